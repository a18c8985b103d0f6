"""What a report says of one spec, made of what pytest's reports say of it."""

from __future__ import annotations

from flue_conformance.certification import gravest
from flue_conformance.certification.report.data import Picture, Proof, SpecReport
from flue_conformance.plugin.outcomes import Told
from flue_conformance.plugin.reporting.shown import SHOWN, Shown


def spec_report(told: Told, shown: Shown, repeat: str) -> SpecReport:
    """Return the report on a spec; `repeat` is the command that runs it again."""
    outcome = gravest(result.outcome for result in told.results)
    reasons = (result.reason for result in told.results if result.outcome is outcome)
    proofs = dict.fromkeys(
        (result.rule_id, result.level, result.requirement) for result in told.results
    )
    return SpecReport(
        id=told.node_id,
        proofs=tuple(
            Proof(rule=rule, level=level, requirement=requirement)
            for rule, level, requirement in proofs
            if level is not None and requirement is not None
        ),
        outcome=outcome,
        reason="; ".join(dict.fromkeys(filter(None, reasons))),
        seconds=round(shown.seconds, 6),
        repeat=repeat if outcome in SHOWN else "",
        seen=shown.seen,
        notes=told.notes.findings,
        choices=told.notes.seen,
        pictures=_pictures(shown.picture),
    )


def _pictures(drawn: str) -> tuple[Picture, ...]:
    if not drawn:
        return ()
    return (
        Picture(
            title="What was seen, as a picture", svg=drawn, text="The text below says the same."
        ),
    )
