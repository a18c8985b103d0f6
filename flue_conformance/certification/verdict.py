"""`Verdict`: what a run shows of one adapter in one edition, and the level that it earns.

A verdict is computed from the rules of the catalogue, not from the specs that happened to run:
what nobody showed is *not run* and blocks its level.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flue_conformance.backends.durability import Durability
from flue_conformance.certification.obligation import Obligation
from flue_conformance.certification.outcome import Outcome, SpecResult, gravest
from flue_conformance.rules import AREAS, CATALOGUE, Level, Requirement, Rule


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What was shown of one rule; without obligations when the edition lacks it."""

    rule: Rule
    obligations: tuple[Obligation, ...]

    @property
    def outcome(self) -> Outcome:
        """What the proofs at all its levels amount to."""
        if not self.obligations:
            return Outcome.NOT_APPLICABLE
        return gravest(obligation.outcome for obligation in self.obligations)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run shows of one adapter in one edition."""

    label: str
    edition: str
    durability: Durability
    rules: tuple[RuleVerdict, ...]
    """Every rule that a test can break, in the contract's order."""
    incomplete_because: str | None
    """Why the run left specs out, such as `-k`; such a run earns nothing."""

    @property
    def name(self) -> str:
        """The adapter and edition as node ids show them, such as `sqlite-0.11`."""
        return f"{self.label}-{self.edition}"

    @property
    def complete(self) -> bool:
        """Whether the run was one that can earn a level."""
        return self.incomplete_because is None

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """Every proof that some level asks for in this edition."""
        return tuple(obligation for rule in self.rules for obligation in rule.obligations)

    @property
    def earned(self) -> Level | None:
        """The highest level that nothing blocks; None when not even the lowest is earned."""
        if not self.complete:
            return None
        return max((level for level in Level if not self.blockers(level)), default=None)

    def blockers(self, level: Level) -> tuple[Obligation, ...]:
        """Return what stands between the adapter and `level`, whatever the cause."""
        return tuple(
            obligation
            for obligation in self.obligations
            if obligation.level <= level and obligation.blocking
        )

    def missing(self, level: Level) -> tuple[Obligation, ...]:
        """Return the blockers of `level` that nobody has shown to hold or to be broken."""
        return tuple(obligation for obligation in self.blockers(level) if obligation.missing)

    def with_outcome(self, outcome: Outcome) -> tuple[RuleVerdict, ...]:
        """Return the rules with this outcome."""
        return tuple(rule for rule in self.rules if rule.outcome is outcome)

    @property
    def findings(self) -> tuple[SpecResult, ...]:
        """What was broken without breaking a MUST: SHOULD and MAY rules, weaker parts of others."""
        return tuple(
            result
            for obligation in self.obligations
            for result in obligation.results
            if result.outcome is Outcome.BROKEN
            and (result.requirement or obligation.rule.requirement) is not Requirement.MUST
        )

    @property
    def counts(self) -> Mapping[str, Mapping[Outcome, int]]:
        """How many rules of each area have each of the six outcomes, zeros included."""
        tally = Counter((verdict.rule.area, verdict.outcome) for verdict in self.rules)
        return {area: {outcome: tally[area, outcome] for outcome in Outcome} for area in AREAS}

    @property
    def notices(self) -> tuple[str, ...]:
        """Where the declared durability and what was shown differ, one sentence each.

        Only a broken rule contradicts the declaration; a proof that is missing does not.
        """
        declared = Level(self.durability)
        blockers = self.blockers(declared)
        broken = [blocker for blocker in blockers if blocker.outcome is Outcome.BROKEN]
        if broken:
            ids = ", ".join(dict.fromkeys(blocker.rule.id for blocker in broken))
            return (f"{self.name} declares {declared}, which broken rules contradict: {ids}.",)
        if not self.complete:
            return ()
        if blockers:
            tally = Counter(blocker.outcome for blocker in blockers)
            shown = ", ".join(
                f"{tally[outcome]} {outcome}" for outcome in Outcome if tally[outcome]
            )
            return (f"{self.name} declares {declared}, which is not shown yet: {shown}.",)
        if self.earned is not None and self.earned > declared:
            return (f"{self.name} declares {declared} only, and earned {self.earned}.",)
        return ()


def judge(
    label: str,
    edition: str,
    durability: Durability,
    results: Iterable[SpecResult],
    *,
    incomplete_because: str | None,
    catalogue: Mapping[str, Rule] = CATALOGUE,
) -> Verdict:
    """Return the verdict on one adapter in one edition.

    `incomplete_because` names what kept specs from being run or collected (`-k`, `-x`, a single
    node id); None says that the run was a whole one, the only kind that earns a level.
    `catalogue` is that of another version of the kit where an older run is judged again.
    Raises `ValueError` for a result that no spec can have about the catalogue's rules.
    """
    shown: defaultdict[tuple[str, Level], list[SpecResult]] = defaultdict(list)
    for result in results:
        shown[result.rule_id, _proven_level(result, edition, catalogue)].append(result)
    declared = Level(durability)
    verdicts = tuple(
        RuleVerdict(
            rule,
            tuple(
                Obligation(rule, level, level <= declared, tuple(shown[rule.id, level]))
                for level in rule.levels
                if rule.holds_in(edition)
            ),
        )
        for rule in catalogue.values()
        if rule.tested
    )
    return Verdict(label, edition, durability, verdicts, incomplete_because)


def _proven_level(result: SpecResult, edition: str, catalogue: Mapping[str, Rule]) -> Level:
    """Return the level that a result is about, once it is sure that it can be about its rule."""
    rule = catalogue.get(result.rule_id)
    if rule is None:
        raise ValueError(f"{result.node_id} verifies {result.rule_id}, which is no rule.")
    if not rule.tested:
        raise ValueError(f"{result.node_id} verifies {rule.id}, which is listed as untested.")
    level = result.level or rule.levels[0]
    if level not in rule.levels:
        raise ValueError(f"{result.node_id} verifies {rule.id}, which does not count at {level}.")
    strictness = list(Requirement)
    if result.requirement and strictness.index(result.requirement) < strictness.index(
        rule.requirement
    ):
        raise ValueError(
            f"{result.node_id} verifies {rule.id} as a {result.requirement}, "
            f"but the rule is a {rule.requirement}."
        )
    idle = (Outcome.NOT_APPLICABLE, Outcome.NOT_RUN)
    if result.outcome not in idle and not rule.holds_in(edition):
        raise ValueError(f"{result.node_id} verifies {rule.id}, which {edition} does not have.")
    return level
