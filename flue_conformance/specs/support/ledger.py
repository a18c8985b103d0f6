"""What a spec called and what came back, for the report of a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Returned:
    """The call returned this."""

    value: object

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Raised:
    """The call raised this."""

    error: BaseException

    def __str__(self) -> str:
        return f"raised {type(self.error).__name__}: {self.error}"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The call had not come back."""

    def __str__(self) -> str:
        return "did not come back"


Outcome = Returned | Raised | Unfinished


@dataclass(slots=True)
class Call:
    """One call of the adapter under test."""

    surface: str
    method: str
    arguments: Sequence[object]
    options: Mapping[str, object]
    outcome: Outcome = field(default_factory=Unfinished)

    def __str__(self) -> str:
        given = [repr(argument) for argument in self.arguments]
        given += [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{self.surface}.{self.method}({', '.join(given)})"


@dataclass(slots=True)
class Ledger:
    """The calls of one spec in the order in which they began, and what it found besides."""

    calls: list[Call] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """Which of the outcomes that a rule permits the adapter chose."""
    own_changes: list[object] = field(default_factory=list)
    """Documents that the spec itself changes during a call; whoever compares leaves them out."""

    def raised_by_adapter(self, error: BaseException) -> Call | None:
        """Return the last call that raised this very error."""
        for call in reversed(self.calls):
            if isinstance(call.outcome, Raised) and call.outcome.error is error:
                return call
        return None
