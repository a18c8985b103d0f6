"""`Digest`: what a page shows of one subject, computed from its report alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flue_conformance.certification.outcome import Outcome
from flue_conformance.certification.report.data import (
    LevelReport,
    Report,
    RuleReport,
    SpecReport,
    SubjectReport,
)
from flue_conformance.rules import Requirement

_SLOWEST = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule, and the specs of it that came to one outcome."""

    rule: RuleReport
    requirement: Requirement
    """Weaker than the rule's where its specs are about a weaker part of it."""
    specs: Sequence[SpecReport]

    @property
    def binding(self) -> bool:
        """Whether a MUST is at stake."""
        return self.requirement is Requirement.MUST


@dataclass(frozen=True, slots=True)
class Gap:
    """Why rules were not shown, and which."""

    reason: str
    rules: Sequence[str]


class Digest:
    """One subject of one report."""

    def __init__(self, report: Report, subject: SubjectReport, anchor: str) -> None:
        self.report = report
        self.subject = subject
        self.anchor = anchor
        """Begins the ids of its parts of the page."""

    @cached_property
    def area_counts(self) -> Mapping[str, Mapping[Outcome, int]]:
        """How many rules of each area of the edition have each outcome."""
        tally: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        for rule in self.subject.rules:
            if rule.proofs:
                tally[rule.area][rule.outcome] += 1
        return tally

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rules of the edition have each outcome."""
        return Counter(rule.outcome for rule in self.subject.rules if rule.proofs)

    @property
    def total(self) -> int:
        """How many rules of the edition a test can break."""
        return sum(self.counts.values())

    @cached_property
    def broken(self) -> Sequence[Entry]:
        """The broken rules, MUSTs first."""
        return self._entries(Outcome.BROKEN)

    @property
    def broken_musts(self) -> Sequence[Entry]:
        """The broken rules that no level forgives."""
        return [entry for entry in self.broken if entry.binding]

    @cached_property
    def errors(self) -> Sequence[Entry]:
        """The rules that could not be judged."""
        return self._entries(Outcome.ERROR)

    @cached_property
    def waived(self) -> Sequence[Entry]:
        """The rules that the author says the adapter does not keep."""
        return self._entries(Outcome.WAIVED)

    @cached_property
    def gaps(self) -> Sequence[Gap]:
        """Why rules that the adapter claims were not run, the most of them first."""
        specs = self._specs
        rules: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for rule in self.subject.rules:
            for proof in rule.proofs:
                if proof.outcome is not Outcome.NOT_RUN or not proof.declared:
                    continue
                reasons = {
                    specs[spec].reason
                    for spec in proof.specs
                    if spec in specs and specs[spec].outcome is Outcome.NOT_RUN
                }
                for reason in sorted(reasons) or [""]:
                    rules[reason][rule.id] = None
        gaps = [Gap(reason, list(ids)) for reason, ids in rules.items()]
        return sorted(gaps, key=lambda gap: -len(gap.rules))

    @property
    def not_shown(self) -> Sequence[str]:
        """The rules that the adapter claims and that were not run, each once."""
        return list(dict.fromkeys(rule for gap in self.gaps for rule in gap.rules))

    @property
    def next_level(self) -> LevelReport | None:
        """The lowest level that was declared but not earned."""
        return next(
            (level for level in self.subject.levels if level.declared and not level.earned), None
        )

    @property
    def slowest(self) -> Sequence[RuleReport]:
        """The rules that took longest."""
        timed = [rule for rule in self.subject.rules if rule.seconds > 0]
        return sorted(timed, key=lambda rule: -rule.seconds)[:_SLOWEST]

    @property
    def area_seconds(self) -> Mapping[str, float]:
        """What the specs of each area took, each spec once."""
        seconds: defaultdict[str, float] = defaultdict(float)
        areas = {rule.id: rule.area for rule in self.subject.rules}
        for spec in self.subject.specs:
            if spec.proofs:
                seconds[areas.get(spec.proofs[0].rule, "")] += spec.seconds
        return seconds

    @property
    def notes(self) -> Sequence[tuple[str, str]]:
        """What breaks no rule but should be known, with the ids of the rules that it is about."""
        return [(_rules(spec), note) for spec in self.subject.specs for note in spec.notes]

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """Which permitted outcomes the adapter chose, with the ids of the rules."""
        return [(_rules(spec), choice) for spec in self.subject.specs for choice in spec.choices]

    @cached_property
    def _specs(self) -> Mapping[str, SpecReport]:
        return {spec.id: spec for spec in self.subject.specs}

    def _entries(self, outcome: Outcome) -> Sequence[Entry]:
        rules = {rule.id: rule for rule in self.subject.rules}
        found: defaultdict[tuple[str, Requirement], list[SpecReport]] = defaultdict(list)
        for spec in self.subject.specs:
            if spec.outcome is outcome:
                for rule, requirement in dict.fromkeys(
                    (proof.rule, proof.requirement) for proof in spec.proofs
                ):
                    found[rule, requirement].append(spec)
        strictness = list(Requirement)
        order = list(rules)
        return [
            Entry(rules[rule], requirement, specs)
            for (rule, requirement), specs in sorted(
                found.items(), key=lambda it: (strictness.index(it[0][1]), order.index(it[0][0]))
            )
        ]


def digests(reports: Iterable[Report]) -> Sequence[Digest]:
    """Return a digest of each subject of the reports, in their order."""
    return [
        Digest(report, subject, f"s{number}")
        for number, (report, subject) in enumerate(
            ((report, subject) for report in reports for subject in report.subjects), start=1
        )
    ]


def _rules(spec: SpecReport) -> str:
    return ", ".join(dict.fromkeys(proof.rule for proof in spec.proofs))
