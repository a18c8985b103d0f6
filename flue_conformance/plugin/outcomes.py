"""What a report says about a spec, in a form that crosses from parallel workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from flue_conformance.certification import Outcome, SpecResult
from flue_conformance.plugin.spec import Spec
from flue_conformance.rules import CATALOGUE, Level, Requirement

NOT_APPLICABLE = "not applicable: "
NOT_RUN = "not run: "

_SUBJECT = "flue_subject"
_RULE = "flue_rule"
_LEVEL = "flue_level"
_REQUIREMENT = "flue_requirement"
_OUTCOME = "flue_outcome"
_REASON = "flue_reason"
_FINDING = "flue_finding"
_SEEN = "flue_seen"
_BLAMED = "flue_blamed"
_PICTURE = "flue_picture"


def describe(item: pytest.Item, spec: Spec) -> None:
    """Write what a spec is about into the properties of its reports; JUnit files have them too."""
    item.user_properties.append((_SUBJECT, spec.subject.name))
    for proof in spec.proofs:
        item.user_properties += [
            (_RULE, proof.rule.id),
            (_LEVEL, str(proof.level)),
            (_REQUIREMENT, str(proof.requirement)),
        ]


@dataclass(frozen=True, slots=True)
class Notes:
    """What a spec noted besides its outcome."""

    findings: tuple[str, ...] = ()
    """What users should know but what breaks no rule."""
    seen: tuple[str, ...] = ()
    """Which of the outcomes that a rule permits the adapter chose."""

    def and_(self, later: Notes) -> Notes:
        """Return both, each note once."""
        return Notes(
            tuple(dict.fromkeys((*self.findings, *later.findings))),
            tuple(dict.fromkeys((*self.seen, *later.seen))),
        )


NOTHING_NOTED = Notes()


def outcome_properties(outcome: Outcome, reason: str) -> list[tuple[str, object]]:
    """Return the properties of a report that say what a phase showed."""
    return [(_OUTCOME, str(outcome)), (_REASON, reason)]


def record(
    item: pytest.Item,
    report: pytest.TestReport,
    outcome: Outcome,
    reason: str,
    notes: Notes = NOTHING_NOTED,
    *,
    blamed: Sequence[str] = (),
) -> None:
    """Write what a phase of a spec showed into its report, and into those of later phases.

    `blamed` are the rules that it showed broken, where those are not the ones that it is about.
    """
    told = [
        *outcome_properties(outcome, reason),
        *((_BLAMED, rule) for rule in blamed),
        *((_FINDING, text) for text in notes.findings),
        *((_SEEN, text) for text in notes.seen),
    ]
    item.user_properties += told
    report.user_properties += told


def attach(report: pytest.TestReport, picture: str) -> None:
    """Tie an SVG document to a report; it crosses from workers, but is no property of a case."""
    vars(report)[_PICTURE] = picture


def attached(report: pytest.TestReport) -> str:
    """Return the SVG document tied to a report; empty where there is none."""
    return str(vars(report).get(_PICTURE, ""))


@dataclass(frozen=True, slots=True)
class Told:
    """What one report says about its spec."""

    node_id: str
    subject: str
    results: tuple[SpecResult, ...]
    """One a rule and outcome so far; none before the spec was called."""
    notes: Notes

    @classmethod
    def by(cls, report: pytest.TestReport) -> Told | None:
        """Return what a report says; None for a user's own test."""
        said: dict[str, list[str]] = {}
        for name, value in report.user_properties:
            said.setdefault(name, []).append(str(value))
        if _SUBJECT not in said:
            return None
        proofs = list(zip(said[_RULE], said[_LEVEL], said[_REQUIREMENT], strict=True))
        if _BLAMED in said:
            proofs = [
                (rule, level, str(CATALOGUE[rule].requirement))
                for rule in dict.fromkeys(said[_BLAMED])
                for level in dict.fromkeys(said[_LEVEL])
            ]
        outcomes = list(zip(said.get(_OUTCOME, ()), said.get(_REASON, ()), strict=True))
        return cls(
            report.nodeid,
            said[_SUBJECT][0],
            tuple(
                SpecResult(
                    rule,
                    Level(level),
                    report.nodeid,
                    Outcome(outcome),
                    reason,
                    Requirement(requirement),
                )
                for rule, level, requirement in proofs
                for outcome, reason in outcomes
            ),
            Notes(
                tuple(dict.fromkeys(said.get(_FINDING, ()))),
                tuple(dict.fromkeys(said.get(_SEEN, ()))),
            ),
        )

    def and_(self, later: Told) -> Told:
        """Return both: a repeated spec, or one that several workers ran, has all its outcomes."""
        return replace(
            later,
            results=tuple(dict.fromkeys((*self.results, *later.results))),
            notes=self.notes.and_(later.notes),
        )
