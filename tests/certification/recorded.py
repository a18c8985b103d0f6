"""A report as a run would write it, without the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flue_conformance import __version__
from flue_conformance.backends import Durability
from flue_conformance.certification import Outcome
from flue_conformance.certification.report.data import (
    VERSION,
    Deviation,
    Kit,
    Machine,
    Package,
    Picture,
    Proof,
    Report,
    Run,
    SpecReport,
    SubjectReport,
)
from flue_conformance.certification.report.making import Provenance, Tried, subject_report
from flue_conformance.rules import CATALOGUE, Level, Rule

PICTURE = Picture(
    title="Who held the submission",
    svg='<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40">'
    '<rect width="300" height="40" fill="#cde"/><text x="8" y="25">two owners</text></svg>',
    text="Two owners held it at once.",
)


def report(*subjects: SubjectReport, profile: str = "standard") -> Report:
    return Report(
        version=VERSION,
        kit=Kit(version=__version__, packages=(Package(name="pytest", version="9.2.0"),)),
        machine=Machine(
            system="Linux 6.1",
            architecture="x86_64",
            python="CPython 3.11.7",
            sqlite="3.40.1",
            processors=2,
        ),
        run=Run(
            began="2026-11-26T18:00:00Z",
            seconds=61.5,
            profile=profile,
            seed=0,
            patience=1.0,
            isolation="none",
            strict=False,
            workers=0,
            arguments=("--flue-adapter=mine",),
        ),
        subjects=subjects,
        complaints=(),
    )


def subject(
    edition: str = "0.11",
    *,
    declares: Durability = Durability.SINGLE_HOST,
    outcomes: Mapping[str, Outcome] | None = None,
    incomplete_because: str = "",
    package: Package | None = None,
    integrity: str = "",
) -> SubjectReport:
    """Return a subject of which everything held that it declares, but for `outcomes` by rule."""
    waived = outcomes or {}
    specs = list(_specs(edition, Level(declares), waived))
    return subject_report(
        Tried(
            label="mine",
            edition=edition,
            declares=Level(declares),
            specs=specs,
            specs_available=len(specs),
            incomplete_because=incomplete_because,
            deviations=[_deviation(one) for one, it in waived.items() if it is Outcome.WAIVED],
        ),
        Provenance(
            package=package or Package(name="my-adapter", version="1.2.0"),
            integrity=integrity,
            drivers=(Package(name="psycopg", version="3.3.9"),),
            server="Postgres 17.2",
            command="pytest --flue-adapter=mine",
        ),
    )


def _deviation(rule_id: str) -> Deviation:
    return Deviation(
        rule=rule_id,
        failure="came back <b>1</b>",
        reason="The driver does so.",
        link="https://example.org/7",
        until="2999-01-01",
        happened=True,
    )


def _specs(edition: str, declares: Level, outcomes: Mapping[str, Outcome]) -> Iterator[SpecReport]:
    for rule in CATALOGUE.values():
        if rule.tested and rule.holds_in(edition):
            for level in rule.levels:
                if level <= declares:
                    yield _spec(rule, level, edition, outcomes.get(rule.id, Outcome.HELD))


def _spec(rule: Rule, level: Level, edition: str, outcome: Outcome) -> SpecReport:
    name = rule.id.lower().replace("-", "_")
    node_id = f"flue.{rule.area}::test_{name}_{level.rank}[mine-{edition}]"
    shown = outcome in (Outcome.BROKEN, Outcome.WAIVED, Outcome.ERROR)
    return SpecReport(
        id=node_id,
        proofs=(Proof(rule=rule.id, level=level, requirement=rule.requirement),),
        outcome=outcome,
        reason="" if outcome is Outcome.HELD else f"<b>{outcome}</b> & seen",
        seconds=0.01 * (len(name) % 7),
        repeat=f"pytest --flue-adapter=mine '{node_id}'" if shown else "",
        seen="came back <b>1</b>\nexpected None" if shown else "",
        notes=(),
        choices=(),
        pictures=(PICTURE,) if shown else (),
    )
