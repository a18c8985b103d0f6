"""What a spec called and what came back, for the report of a failure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flue_conformance.specs.support.pulse import Pulse
from flue_conformance.specs.support.shown import said, shown


@dataclass(frozen=True, slots=True)
class Returned:
    """The call returned this."""

    value: object

    def __str__(self) -> str:
        return shown(self.value)


@dataclass(frozen=True, slots=True)
class Raised:
    """The call raised this."""

    error: BaseException
    text: str = field(compare=False)
    """The message, had while the call ran: an adapter's own error may do anything when asked."""

    @classmethod
    def by(cls, error: BaseException) -> Raised:
        """Return what raised an error, with its message."""
        return cls(error, said(error))

    def __str__(self) -> str:
        return f"raised {type(self.error).__name__}: {self.text}"


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
    where: str = ""
    """The process that it was made in, such as `worker 2`; empty for the one of the specs."""
    outcome: Outcome = field(default_factory=Unfinished)
    broke: BaseException | None = None
    """How it broke a rule by itself, whatever the spec is about."""
    began: int = field(default=0, repr=False)
    ended: int | None = field(default=None, repr=False)
    """Moments, in the order of all that a ledger notes; None: it has not come back."""

    @property
    def name(self) -> str:
        """The call without its arguments."""
        return f"{self.surface}.{self.method}"

    def __str__(self) -> str:
        given = [shown(argument) for argument in self.arguments]
        given += [f"{name}={shown(value)}" for name, value in self.options.items()]
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.name}({', '.join(given)})"


@dataclass(frozen=True, slots=True)
class Kill:
    """The end of a process that a spec killed, or had killed by a plan."""

    where: str
    moment: int


@dataclass(slots=True)
class Ledger:
    """The calls of one spec in the order in which they began, and what it found besides."""

    calls: list[Call] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """Which of the outcomes that a rule permits the adapter chose."""
    own_changes: list[object] = field(default_factory=list)
    """Documents that the spec itself changes while calls run."""
    pulse: Pulse = field(default_factory=Pulse)
    _moments: Iterator[int] = field(default_factory=itertools.count)
    over: BaseException | None = None
    """What ended the spec: a call that never ended. Each further one would take as long."""

    def begin(
        self,
        surface: str,
        method: str,
        arguments: Sequence[object],
        options: Mapping[str, object],
        where: str = "",
    ) -> Call:
        """Note a call that begins; raises what ended the spec, if it is over.

        Adapters may still be opened and closed, so that nothing stays open.
        """
        if self.over is not None and surface != "adapter":
            raise self.over
        call = Call(surface, method, arguments, options, where, began=next(self._moments))
        self.calls.append(call)
        self.pulse.began(call, f"{surface}.{method}")
        return call

    def end(self, call: Call, outcome: Outcome) -> None:
        """Note how a call ended."""
        call.outcome = outcome
        call.ended = next(self._moments)
        self.pulse.ended(call)

    def killed(self, where: str) -> None:
        """Note that a process is dead."""
        self.kills.append(Kill(where, next(self._moments)))

    def breaking_call(self, error: BaseException) -> Call | None:
        """Return the last call that raised this very error, or broke a rule by it."""
        for call in reversed(self.calls):
            outcome = call.outcome
            if call.broke is error or (isinstance(outcome, Raised) and outcome.error is error):
                return call
        return None

    def unfinished_call(self) -> Call | None:
        """Return the last call that has not ended."""
        unfinished = (call for call in reversed(self.calls) if isinstance(call.outcome, Unfinished))
        return next(unfinished, None)
