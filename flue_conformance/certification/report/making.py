"""Makes the report on a subject of its verdict and of what its specs told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flue_conformance.backends.durability import Durability
from flue_conformance.certification.obligation import Obligation
from flue_conformance.certification.outcome import SpecResult
from flue_conformance.certification.report.data import (
    Blocker,
    Deviation,
    LevelReport,
    Package,
    ProofReport,
    RuleReport,
    SpecReport,
    SubjectReport,
    UntestedRule,
)
from flue_conformance.certification.verdict import RuleVerdict, Verdict, judge
from flue_conformance.rules import CATALOGUE, Level, Rule


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an adapter came from, and what it worked on."""

    package: Package | None
    integrity: str
    drivers: Sequence[Package]
    server: str
    command: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried on one adapter in one edition."""

    label: str
    edition: str
    declares: Level
    specs: Sequence[SpecReport]
    specs_available: int
    incomplete_because: str
    """Why the run left specs out; empty where it left none out."""
    deviations: Sequence[Deviation]


def subject_report(
    tried: Tried, provenance: Provenance, catalogue: Mapping[str, Rule] = CATALOGUE
) -> SubjectReport:
    """Return the report on one adapter in one edition, as its specs have it be.

    Whoever verifies a report makes it again of the specs in it, and has to come to the same.
    Raises `ValueError` for specs that the catalogue cannot have.
    """
    specs = tried.specs
    verdict = judge(
        tried.label,
        tried.edition,
        Durability(tried.declares),
        _results(specs),
        incomplete_because=tried.incomplete_because or None,
        catalogue=catalogue,
    )
    seconds = {spec.id: spec.seconds for spec in specs}
    return SubjectReport(
        name=verdict.name,
        adapter=verdict.label,
        edition=verdict.edition,
        package=provenance.package,
        integrity=provenance.integrity,
        drivers=tuple(provenance.drivers),
        server=provenance.server,
        declares=tried.declares,
        earned=verdict.earned,
        complete=verdict.complete,
        incomplete_because=verdict.incomplete_because or "",
        specs_available=tried.specs_available,
        levels=tuple(_level(verdict, level) for level in Level),
        notices=verdict.notices,
        deviations=tuple(tried.deviations),
        command=provenance.command,
        rules=tuple(_rule(rule, seconds) for rule in verdict.rules),
        untested=tuple(
            UntestedRule(id=rule.id, because=rule.untested_because or "")
            for rule in catalogue.values()
            if not rule.tested and rule.holds_in(verdict.edition)
        ),
        specs=tuple(specs),
    )


def made_again(subject: SubjectReport, catalogue: Mapping[str, Rule] = CATALOGUE) -> SubjectReport:
    """Return the report that the specs in a report come to.

    Raises `ValueError` and `KeyError` for specs that the catalogue cannot have.
    """
    return subject_report(
        Tried(
            label=subject.adapter,
            edition=subject.edition,
            declares=subject.declares,
            specs=subject.specs,
            specs_available=subject.specs_available,
            incomplete_because=subject.incomplete_because,
            deviations=subject.deviations,
        ),
        Provenance(
            subject.package, subject.integrity, subject.drivers, subject.server, subject.command
        ),
        catalogue,
    )


def _results(specs: Iterable[SpecReport]) -> Iterator[SpecResult]:
    for spec in specs:
        for proof in spec.proofs:
            yield SpecResult(
                proof.rule, proof.level, spec.id, spec.outcome, spec.reason, proof.requirement
            )


def _level(verdict: Verdict, level: Level) -> LevelReport:
    return LevelReport(
        level=level,
        declared=level <= Level(verdict.durability),
        earned=verdict.earned is not None and level <= verdict.earned,
        blockers=tuple(
            Blocker(
                rule=blocker.rule.id,
                level=blocker.level,
                outcome=blocker.outcome,
                reason=_reason(blocker),
            )
            for blocker in verdict.blockers(level)
        ),
    )


def _reason(blocker: Obligation) -> str:
    """Return why a proof is what it is, in the words of the specs that came to it."""
    reasons = (result.reason for result in blocker.results if result.outcome is blocker.outcome)
    said = "; ".join(dict.fromkeys(reason for reason in reasons if reason))
    return said or ("" if blocker.results else "no spec of it came to an outcome")


def _rule(verdict: RuleVerdict, seconds: Mapping[str, float]) -> RuleReport:
    rule = verdict.rule
    proofs = tuple(
        ProofReport(
            level=obligation.level,
            declared=obligation.declared,
            excused=obligation.excused,
            outcome=obligation.outcome,
            specs=tuple(dict.fromkeys(result.node_id for result in obligation.results)),
        )
        for obligation in verdict.obligations
    )
    ids = dict.fromkeys(spec for proof in proofs for spec in proof.specs)
    return RuleReport(
        id=rule.id,
        area=rule.area,
        requirement=rule.requirement,
        sentence=rule.sentence,
        outcome=verdict.outcome,
        seconds=round(sum(seconds.get(spec, 0) for spec in ids), 6),
        proofs=proofs,
    )
