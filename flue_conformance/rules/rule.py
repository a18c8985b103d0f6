"""`Rule`: one sentence of the adapter contract, and what the kit knows about it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from types import MappingProxyType

EDITIONS = ("0.10", "0.11")
"""The editions that the catalogue knows, oldest first."""

_AREA_OF_PREFIX = MappingProxyType(
    {
        "SESSION": "sessions",
        "ADMISSION": "admission",
        "ORDERING": "ordering",
        "CLAIM": "claims",
        "LIFECYCLE": "lifecycle",
        "JOURNAL": "journals",
        "CHUNK": "chunks",
        "LEASE": "leases",
        "DELETION": "deletion",
        "RUN": "runs",
        "EVENT": "events",
        "STREAM": "streams",
        "INDEX": "index",
        "ADAPTER": "adapter",
        "ENCODING": "encoding",
        "DURABILITY": "durability",
    }
)

AREAS = tuple(_AREA_OF_PREFIX.values())
"""The areas of the contract, in its order."""


class Requirement(StrEnum):
    """How binding a rule is, the strictest first."""

    MUST = "MUST"
    """A conforming adapter always does this; the kit fails otherwise."""
    SHOULD = "SHOULD"
    """Doing otherwise is a finding, not a failure."""
    MAY = "MAY"
    """A permitted freedom; any outcome but those listed is reported like a broken SHOULD."""


MUST = Requirement.MUST
SHOULD = Requirement.SHOULD
MAY = Requirement.MAY


class Level(StrEnum):
    """How much durability an adapter has shown; compares by rank, also with a level's text."""

    EPHEMERAL = "ephemeral"
    """One process; the state is lost when it exits."""
    SINGLE_HOST = "single-host"
    """The state survives a crash or restart on the same host."""
    MULTI_REPLICA = "multi-replica"
    """Several processes or hosts work at once, and the state survives the loss of one."""

    @property
    def rank(self) -> int:
        """The level's place among the levels, the lowest being 0."""
        return EVERY_LEVEL.index(self)

    # A str compares by alphabet, which would put multi-replica below single-host.

    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


EVERY_LEVEL = tuple(Level)
"""For the races: shown in one process, by several processes on a host, and over a server."""


class Verification(StrEnum):
    """What it takes to see a rule broken."""

    DETERMINISTIC = "deterministic"
    """Calls in one order that can end in one way only."""
    RACING = "racing"
    """Concurrent calls, repeated; whatever the winner, the outcome must be a permitted one."""
    PLANTED = "planted"
    """Damaged records, which only the backend's planter can store."""
    CRASH = "crash"
    """A killed process, and a look at what it left behind."""
    FAULT = "fault"
    """An environment that fails or lies: server, connection, power, clock."""
    UNTESTED = "untested"
    """No test can break it; it never counts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the contract; its id is stable for ever."""

    id: str
    requirement: Requirement
    sentence: str
    """The rule in the contract's words, in ASCII; names of the contract in backticks."""
    _: KW_ONLY
    since: str = EDITIONS[0]
    """The first edition that has the rule."""
    until: str | None = None
    """The first edition that no longer has it; None while no edition dropped it."""
    levels: tuple[Level, ...] = (Level.EPHEMERAL,)
    """The levels from which it counts, lowest first; each asks for a proof of its own."""
    errors: tuple[str, ...] = ()
    """The kinds of error that the contract names for it; none where any will do, or none is due."""
    verified_by: Verification = Verification.DETERMINISTIC
    untested_because: str | None = None
    files_only: bool = False
    """Whether it speaks of file locations alone, and does not apply to other backends."""

    @property
    def area(self) -> str:
        """The area that the rule belongs to, such as `claims` for CLAIM-02."""
        return _AREA_OF_PREFIX[self.id.partition("-")[0]]

    @property
    def editions(self) -> tuple[str, ...]:
        """The known editions that have the rule."""
        return tuple(edition for edition in EDITIONS if self.holds_in(edition))

    @property
    def tested(self) -> bool:
        """Whether a test can break the rule; one that none can never counts."""
        return self.verified_by is not Verification.UNTESTED

    def holds_in(self, edition: str) -> bool:
        """Return whether `edition`, a dotted number such as `0.11`, has the rule.

        Raises `ValueError` for a text that is no dotted number.
        """
        asked = _ordinal(edition)
        return _ordinal(self.since) <= asked and (
            self.until is None or asked < _ordinal(self.until)
        )


def _ordinal(edition: str) -> tuple[int, ...]:
    """Return what editions sort by: 0.9 comes before 0.10."""
    return tuple(int(part) for part in edition.split("."))
