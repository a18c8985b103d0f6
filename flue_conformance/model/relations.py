"""What a call may return where the contract says no more than a relation to other values.

A pattern stands for values that nobody has seen yet. Seeing one makes it known: from then on it has
to stay what it was.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeGuard, TypeVar

from flue_conformance.contract import ABSENT, ContractError
from flue_conformance.model.documents import Document

if TYPE_CHECKING:
    from flue_conformance.model.state import State

T = TypeVar("T")

_PLAIN: Final = frozenset((str, int, bool, type(None)))
"""Types whose values are equal, or are not, whatever else holds."""

CLOCK_SLACK_MS: Final = 50
"""How far an instant may lie outside the call that set it (section 6 of the contract)."""


class Misfit:
    """What is learned from a value that does not fit."""

    def __repr__(self) -> str:
        return "MISFIT"


MISFIT: Final = Misfit()


class Pattern(ABC):
    """What a value has to be like."""

    @abstractmethod
    def learned(self, seen: object) -> Any:
        """Return what is known once a value was seen, or `MISFIT`."""

    def kept_in(self, state: State) -> State | None:
        """Return the state with what was learned; None where that contradicts what was known."""
        return state


@dataclass(frozen=True, slots=True)
class Moment:
    """When a call was made: from one instant to another, in milliseconds."""

    began: int
    ended: int

    @property
    def now(self) -> Between:
        """The instant that an adapter took for now."""
        return self.later(0)

    def later(self, milliseconds: int) -> Between:
        """Return an instant so long after now."""
        return Between(
            self.began - CLOCK_SLACK_MS + milliseconds, self.ended + CLOCK_SLACK_MS + milliseconds
        )


@dataclass(frozen=True, slots=True)
class Between(Pattern):
    """An integer between two others, inclusive."""

    low: int
    high: int

    def learned(self, seen: object) -> Any:
        """Return the integer."""
        return seen if _is_integer(seen) and self.low <= seen <= self.high else MISFIT

    def __str__(self) -> str:
        return f"an integer from {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Above(Pattern):
    """An integer greater than another one."""

    low: int

    def learned(self, seen: object) -> Any:
        """Return the integer."""
        return seen if _is_integer(seen) and seen > self.low else MISFIT

    def __str__(self) -> str:
        return f"an integer greater than {self.low}"


@dataclass(frozen=True, slots=True)
class Anything(Pattern):
    """Whatever it is; it has to stay that."""

    def learned(self, seen: object) -> Any:
        """Return it, if it hashes."""
        return seen if isinstance(seen, str | int | float | None) else self

    def __str__(self) -> str:
        return "anything"


@dataclass(frozen=True, slots=True)
class SomeText(Pattern):
    """A text, whichever it is."""

    def learned(self, seen: object) -> Any:
        """Return the text."""
        return seen if isinstance(seen, str) else MISFIT

    def __str__(self) -> str:
        return "some text"


@dataclass(frozen=True, slots=True)
class OneOf(Pattern):
    """One of several."""

    choices: tuple[Any, ...]

    @classmethod
    def these(cls, *choices: T) -> T | OneOf:
        """Return the choice among different values, or the only one."""
        different = tuple(dict.fromkeys(choices))
        return different[0] if len(different) == 1 else cls(different)

    def learned(self, seen: object) -> Any:
        """Return the choice that fits."""
        found = (learned(choice, seen) for choice in self.choices)
        return next((known for known in found if known is not MISFIT), MISFIT)

    def __str__(self) -> str:
        return " or ".join(map(told, self.choices))


@dataclass(frozen=True, slots=True)
class Failure:
    """A call raised this, and did nothing."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Raises(Pattern):
    """An error; which class it has is the adapter's choice."""

    kind: type[ContractError] | None = None

    def learned(self, seen: object) -> Any:
        """Return itself for any error."""
        return self if isinstance(seen, Failure) else MISFIT

    def __str__(self) -> str:
        return f"an error of kind {self.kind.kind}" if self.kind else "an error"


class Record(Pattern):
    """A record of the contract whose members may be known by relation alone."""

    NAMES: ClassVar[tuple[str, ...]]
    """The members that an adapter returns."""

    def learned(self, seen: object) -> Any:
        """Return the record with all members known."""
        changes = {}
        for name in self.NAMES:
            expected = getattr(self, name)
            known = learned(expected, getattr(seen, name, MISFIT))
            if known is MISFIT:
                return MISFIT
            if known is not expected:
                changes[name] = known
        return dataclasses.replace(self, **changes) if changes else self  # type: ignore[type-var]

    def __str__(self) -> str:
        members = (f"{name}={told(getattr(self, name))}" for name in self.NAMES)
        return f"{type(self).__name__}({', '.join(members)})"


def learned(expected: Any, seen: object) -> Any:
    """Return what is known of an expected value once one was seen; `MISFIT` where they differ."""
    if type(expected) is type(seen) and type(seen) in _PLAIN:
        # So are most members, and to ask an abstract class about each of them is slow.
        return expected if expected == seen else MISFIT
    if isinstance(expected, Pattern):
        return expected.learned(seen)
    if isinstance(expected, Document):
        return expected if expected.is_equal_to(seen) else MISFIT
    if isinstance(expected, bool) or isinstance(seen, bool) or expected is None:
        return expected if expected is seen else MISFIT
    if expected is ABSENT or seen is ABSENT:
        return expected if expected is seen else MISFIT
    return expected if expected == seen else MISFIT


def _is_integer(seen: object) -> TypeGuard[int]:
    return isinstance(seen, int) and not isinstance(seen, bool)


def told(expected: object) -> str:
    """Return an expected value for a person."""
    return str(expected) if isinstance(expected, Pattern | Document) else repr(expected)
