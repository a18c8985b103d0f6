"""What a report says, as typed data: the one definition of its JSON and of the JSON's schema.

Members are camelCase in JSON. Times are seconds; instants are UTC, as ISO 8601 writes them. All
texts are without secrets, user names and home paths before they get here.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from flue_conformance.certification.outcome import Outcome
from flue_conformance.rules import Level, Requirement

VERSION: Final = 1
"""Of the format; a reader refuses any other."""

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class _Part(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A part of a report: immutable, and nothing in it that this version does not know."""


class Package(_Part, frozen=True):
    """An installed distribution."""

    name: str
    version: str


class Kit(_Part, frozen=True):
    """The kit that ran, and what it runs on."""

    version: str
    packages: tuple[Package, ...]
    """Its own dependencies that bear on results, such as pytest and hypothesis."""


class Machine(_Part, frozen=True):
    """Where it ran."""

    system: str
    """Such as `Linux 6.1.0`."""
    architecture: str
    python: str
    """Such as `CPython 3.11.7`."""
    sqlite: str
    """The version of the SQLite that Python's own module uses."""
    processors: Count


class Run(_Part, frozen=True):
    """How it was run."""

    began: str
    seconds: Seconds
    profile: str
    seed: int
    patience: float
    isolation: str
    strict: bool
    workers: Count
    """Parallel worker processes of pytest; 0: none."""
    arguments: tuple[str, ...]
    """What pytest was given on its command line."""


class Picture(_Part, frozen=True):
    """A drawing that shows what was seen, such as a history or the kills of a crash spec."""

    title: str
    svg: str
    text: str
    """The same in words, for who cannot see it."""


class Proof(_Part, frozen=True):
    """A rule that a spec tries to break, and the level at which it shows it."""

    rule: str
    level: Level
    requirement: Requirement
    """Weaker than the rule's where the spec is about a weaker part of it."""


class SpecReport(_Part, frozen=True):
    """What one spec showed."""

    id: str
    """Its node id, which pytest takes as an argument."""
    proofs: tuple[Proof, ...]
    outcome: Outcome
    reason: str
    """Why it is not *held*."""
    seconds: Seconds
    repeat: str
    """The command that runs exactly this spec again; empty where it held."""
    seen: str
    """For a broken spec: what was called, what came back, what was expected."""
    notes: tuple[str, ...]
    """What users should know but what breaks no rule."""
    choices: tuple[str, ...]
    """Which of the outcomes that a rule permits the adapter chose."""
    pictures: tuple[Picture, ...]


class ProofReport(_Part, frozen=True):
    """What was shown of a rule at one level."""

    level: Level
    declared: bool
    """Whether the adapter claims this level or a higher one."""
    excused: bool
    """Whether the level does not wait for it, since the rule has nothing to say here."""
    outcome: Outcome
    specs: tuple[str, ...]
    """The ids of the specs that were to show it."""


class RuleReport(_Part, frozen=True):
    """What was shown of one rule."""

    id: str
    area: str
    requirement: Requirement
    sentence: str
    outcome: Outcome
    seconds: Seconds
    """What its specs took; a spec of several rules counts in each."""
    proofs: tuple[ProofReport, ...]
    """One a level from which it counts; none where the edition lacks the rule."""


class UntestedRule(_Part, frozen=True):
    """A rule of the edition that no test can break; it never counts."""

    id: str
    because: str


class Blocker(_Part, frozen=True):
    """What stands between an adapter and a level."""

    rule: str
    level: Level
    """Where the proof is due: the level itself or one below it."""
    outcome: Outcome
    reason: str


class LevelReport(_Part, frozen=True):
    """Whether a level was earned, and why not."""

    level: Level
    declared: bool
    earned: bool
    blockers: tuple[Blocker, ...]


class Deviation(_Part, frozen=True):
    """A deviation that the adapter's author knows and states."""

    rule: str
    failure: str
    reason: str
    link: str
    until: str
    """The day after which it counts no more."""
    happened: bool


class SubjectReport(_Part, frozen=True):
    """The verdict on one adapter in one edition."""

    name: str
    """Such as `sqlite-0.11`, as node ids show it."""
    adapter: str
    edition: str
    package: Package | None
    """What the adapter comes in: a distribution, or a package of another language."""
    integrity: str
    """The digest of the file that was installed, as npm writes it; empty for distributions."""
    drivers: tuple[Package, ...]
    """What that distribution requires, as it is installed."""
    server: str
    """What the adapter's databases were on, such as a server and its version."""
    declares: Level
    earned: Level | None
    complete: bool
    """Whether the run left nothing out; one that did earns nothing."""
    incomplete_because: str
    specs_available: Count
    levels: tuple[LevelReport, ...]
    notices: tuple[str, ...]
    deviations: tuple[Deviation, ...]
    command: str
    """The command that runs all its specs again."""
    rules: tuple[RuleReport, ...]
    """Every rule that a test can break, in the contract's order."""
    untested: tuple[UntestedRule, ...]
    specs: tuple[SpecReport, ...]


class Report(_Part, frozen=True, tag_field="format", tag="flue-conformance-report"):
    """What one run showed."""

    version: Literal[1]
    kit: Kit
    machine: Machine
    run: Run
    subjects: tuple[SubjectReport, ...]
    complaints: tuple[str, ...]
    """Why the run is no success, besides specs that failed."""
