"""`Obligation`: a rule at one of the levels from which it counts, and what was shown of it."""

from __future__ import annotations

from dataclasses import dataclass

from flue_conformance.certification.outcome import Outcome, SpecResult, gravest
from flue_conformance.rules import Level, Requirement, Rule, Verification


@dataclass(frozen=True, slots=True)
class Obligation:
    """One proof that a level asks for."""

    rule: Rule
    level: Level
    declared: bool
    """Whether the adapter claims this level or a higher one."""
    results: tuple[SpecResult, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What the specs of the rule itself amount to; those of a weaker part count nothing."""
        outcomes = [
            result.outcome
            for result in self.results
            if result.requirement in (None, self.rule.requirement)
        ]
        if outcomes:
            return gravest(outcomes)
        return Outcome.NOT_RUN if self.declared else Outcome.NOT_APPLICABLE

    @property
    def excused(self) -> bool:
        """Whether the rule has nothing to say here, so that the level does not wait for it.

        That is so without a planter for damaged records, and for a rule of file locations where
        there is no file. Nothing else is excused: an adapter reaches no level by declaring less.
        """
        excusable = self.rule.verified_by is Verification.PLANTED or self.rule.files_only
        return excusable and self.declared and self.outcome is Outcome.NOT_APPLICABLE

    @property
    def blocking(self) -> bool:
        """Whether it stands in the way of its level and of those above."""
        if self.rule.requirement is not Requirement.MUST or self.excused:
            return False
        return self.outcome is not Outcome.HELD

    @property
    def missing(self) -> bool:
        """Whether it blocks for want of a proof, and not because of what one showed."""
        return self.blocking and self.outcome in (Outcome.NOT_RUN, Outcome.NOT_APPLICABLE)
