"""`Step`: one thing that the contract lets a call do; and what is learned from what it returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flue_conformance.model.relations import MISFIT, Failure, Pattern, Record, learned, told
from flue_conformance.model.state import State


@dataclass(frozen=True, slots=True)
class Step:
    """The state after a call, what it returns, and the rules that say so, the foremost first."""

    state: State
    result: object
    rules: tuple[str, ...]

    def known(self, seen: object) -> State | None:
        """Return the state once it was seen what the call returned; None if it cannot be that."""
        known = learned(self.result, seen)
        if known is MISFIT:
            return None
        return known.kept_in(self.state) if isinstance(known, Pattern) else self.state


def difference(seen: object, allowed: Sequence[Step]) -> str | None:
    """Return the first member in which a record differs from the one that was expected."""
    if not allowed:
        return None
    expected = getattr(allowed[0].result, "submission", allowed[0].result)
    record = getattr(seen, "submission", seen)
    if not isinstance(expected, Record) or isinstance(seen, Failure) or record is None:
        return None
    for name in expected.NAMES:
        wanted, found = getattr(expected, name), getattr(record, name, None)
        if learned(wanted, found) is MISFIT:
            return f".{name} is {found!r:.200}, not {told(wanted)}"
    return None


Steps: TypeAlias = Iterator[Step]
Method: TypeAlias = Callable[..., Steps]
