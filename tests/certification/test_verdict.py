from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from flue_conformance.backends.durability import Durability
from flue_conformance.certification import Outcome, SpecResult, Verdict, judge
from flue_conformance.rules import AREAS, CATALOGUE, EDITIONS, Level, Requirement

EPHEMERAL, SINGLE_HOST, MULTI_REPLICA = Level
OTHERS = [outcome for outcome in Outcome if outcome is not Outcome.HELD]


def everything(outcome: Outcome, edition: str = "0.11") -> Iterator[SpecResult]:
    """Yield one result for every proof that any level asks for."""
    for rule in CATALOGUE.values():
        if rule.tested and rule.holds_in(edition):
            for level in rule.levels:
                yield SpecResult(rule.id, level, f"flue.{rule.area}::test_{rule.id}", outcome)


def verdict(
    results: Iterable[SpecResult],
    durability: Durability = Durability.MULTI_REPLICA,
    edition: str = "0.11",
    incomplete_because: str | None = None,
) -> Verdict:
    return judge("mine", edition, durability, results, incomplete_because=incomplete_because)


def but(
    rule_id: str, outcome: Outcome | None, level: Level = EPHEMERAL, edition: str = "0.11"
) -> list[SpecResult]:
    """Return everything held, except one proof: with `outcome`, or left out where that is None."""
    results = []
    for result in everything(Outcome.HELD, edition):
        if (result.rule_id, result.level) != (rule_id, level):
            results.append(result)
        elif outcome is not None:
            results.append(replace(result, outcome=outcome))
    return results


def outcome_of(judged: Verdict, rule_id: str) -> Outcome:
    (found,) = (entry.outcome for entry in judged.rules if entry.rule.id == rule_id)
    return found


@pytest.mark.parametrize("edition", EDITIONS)
def test_everything_held_earns_the_highest_level(edition: str) -> None:
    judged = verdict(everything(Outcome.HELD, edition), edition=edition)

    assert judged.earned is MULTI_REPLICA
    assert judged.name == f"mine-{edition}"
    assert judged.blockers(MULTI_REPLICA) == ()
    assert judged.notices == ()


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_empty_run_earns_nothing_and_misses_everything(edition: str) -> None:
    judged = verdict([], edition=edition)
    musts = [
        (rule.id, level)
        for rule in CATALOGUE.values()
        if rule.requirement is Requirement.MUST and rule.holds_in(edition)
        for level in rule.levels
    ]

    assert judged.earned is None
    assert [(o.rule.id, o.level) for o in judged.missing(MULTI_REPLICA)] == musts
    assert all(
        entry.outcome is Outcome.NOT_RUN for entry in judged.rules if entry.rule.holds_in(edition)
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_leaving_any_proof_of_a_must_out_costs_its_level(edition: str) -> None:
    proofs = list(everything(Outcome.HELD, edition))
    for index, left_out in enumerate(proofs):
        judged = verdict(proofs[:index] + proofs[index + 1 :], edition=edition)
        assert left_out.level is not None
        if CATALOGUE[left_out.rule_id].requirement is Requirement.MUST:
            assert judged.earned is (None, EPHEMERAL, SINGLE_HOST)[left_out.level.rank], left_out
            (missing,) = judged.missing(MULTI_REPLICA)
            assert (missing.rule.id, missing.level) == (left_out.rule_id, left_out.level)
        else:
            assert judged.earned is MULTI_REPLICA


@pytest.mark.parametrize("outcome", OTHERS)
def test_only_held_is_a_pass(outcome: Outcome) -> None:
    assert verdict(but("CLAIM-02", outcome)).earned is None
    assert verdict(but("DURABILITY-01", outcome, SINGLE_HOST)).earned is EPHEMERAL
    assert verdict(but("DURABILITY-11", outcome, MULTI_REPLICA)).earned is SINGLE_HOST


@pytest.mark.parametrize("outcome", [Outcome.BROKEN, Outcome.WAIVED, Outcome.ERROR])
def test_what_was_shown_to_be_wrong_blocks_without_being_missing(outcome: Outcome) -> None:
    judged = verdict(but("CLAIM-02", outcome))

    assert [blocker.rule.id for blocker in judged.blockers(EPHEMERAL)] == ["CLAIM-02"]
    assert judged.missing(EPHEMERAL) == ()
    assert [entry.rule.id for entry in judged.with_outcome(outcome)] == ["CLAIM-02"]


def test_a_race_asks_for_a_proof_at_each_level() -> None:
    assert verdict(but("CLAIM-03", None, EPHEMERAL)).earned is None
    assert verdict(but("CLAIM-03", None, SINGLE_HOST)).earned is EPHEMERAL
    assert verdict(but("CLAIM-03", None, MULTI_REPLICA)).earned is SINGLE_HOST


def test_several_specs_of_a_rule_must_all_hold() -> None:
    second = SpecResult("CLAIM-02", None, "flue.claims::test_second", Outcome.NOT_RUN)
    judged = verdict([*everything(Outcome.HELD), second])

    assert outcome_of(judged, "CLAIM-02") is Outcome.NOT_RUN
    assert judged.earned is None


def test_a_filtered_run_shows_outcomes_and_earns_nothing() -> None:
    judged = verdict(everything(Outcome.HELD), incomplete_because="-k claim")

    assert not judged.complete
    assert judged.earned is None
    assert outcome_of(judged, "CLAIM-02") is Outcome.HELD
    assert judged.notices == ()


@pytest.mark.parametrize("rule_id", ["ORDERING-13", "ORDERING-14", "DELETION-16", "ADAPTER-09"])
def test_a_missing_planter_or_file_stands_in_no_levels_way(rule_id: str) -> None:
    judged = verdict(but(rule_id, Outcome.NOT_APPLICABLE))

    assert judged.earned is MULTI_REPLICA
    assert outcome_of(judged, rule_id) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("rule_id", ["ORDERING-13", "ADAPTER-09"])
def test_not_having_run_is_excused_for_no_rule(rule_id: str) -> None:
    assert verdict(but(rule_id, Outcome.NOT_RUN)).earned is None
    assert verdict(but(rule_id, None)).earned is None


def test_a_server_has_no_files_to_lose_power_over() -> None:
    judged = verdict(but("DURABILITY-10", Outcome.NOT_APPLICABLE, SINGLE_HOST))

    assert judged.earned is MULTI_REPLICA


def test_declaring_less_reaches_no_level() -> None:
    results = [
        result
        if result.level is EPHEMERAL
        else replace(result, outcome=Outcome.NOT_APPLICABLE, reason="declares ephemeral")
        for result in everything(Outcome.HELD)
    ]
    judged = verdict(results, Durability.EPHEMERAL)

    assert judged.earned is EPHEMERAL
    assert "DURABILITY-10" in {blocker.rule.id for blocker in judged.missing(SINGLE_HOST)}
    assert outcome_of(judged, "DURABILITY-01") is Outcome.NOT_APPLICABLE
    assert outcome_of(judged, "CLAIM-03") is Outcome.HELD


def test_levels_beyond_the_declared_one_are_not_applicable_without_any_result() -> None:
    ephemeral = [result for result in everything(Outcome.HELD) if result.level is EPHEMERAL]
    judged = verdict(ephemeral, Durability.EPHEMERAL)

    assert judged.earned is EPHEMERAL
    assert judged.with_outcome(Outcome.NOT_RUN) == ()
    assert outcome_of(judged, "DURABILITY-01") is Outcome.NOT_APPLICABLE
    assert verdict(ephemeral, Durability.SINGLE_HOST).earned is EPHEMERAL


def test_rules_of_another_edition_are_not_applicable() -> None:
    judged = verdict(everything(Outcome.HELD))
    left_out = SpecResult("EVENT-01", None, "flue.events::test_order", Outcome.NOT_RUN)

    assert {entry.rule.id for entry in judged.with_outcome(Outcome.NOT_APPLICABLE)} == {
        rule.id for rule in CATALOGUE.values() if not rule.holds_in("0.11")
    }
    assert verdict([*everything(Outcome.HELD), left_out]).rules == judged.rules


def test_a_broken_should_is_a_finding_and_costs_no_level() -> None:
    judged = verdict(but("LEASE-06", Outcome.BROKEN))

    assert judged.earned is MULTI_REPLICA
    assert [finding.rule_id for finding in judged.findings] == ["LEASE-06"]
    assert outcome_of(judged, "LEASE-06") is Outcome.BROKEN


def test_a_weaker_part_neither_breaks_nor_holds_its_rule() -> None:
    def part(outcome: Outcome) -> SpecResult:
        return SpecResult(
            "ADAPTER-04", None, "flue.adapter::test_twice", outcome, "", Requirement.SHOULD
        )

    beside = verdict([*everything(Outcome.HELD), part(Outcome.BROKEN)])
    alone = verdict([*but("ADAPTER-04", None), part(Outcome.HELD)])

    assert beside.earned is MULTI_REPLICA
    assert [finding.node_id for finding in beside.findings] == ["flue.adapter::test_twice"]
    assert outcome_of(beside, "ADAPTER-04") is Outcome.HELD
    assert outcome_of(alone, "ADAPTER-04") is Outcome.NOT_RUN
    assert alone.earned is None


def test_counts_name_every_area_and_every_outcome() -> None:
    counts = verdict(but("CLAIM-02", Outcome.BROKEN)).counts

    assert tuple(counts) == AREAS
    assert counts["claims"] == {
        Outcome.HELD: 9,
        Outcome.BROKEN: 1,
        Outcome.NOT_APPLICABLE: 0,
        Outcome.NOT_RUN: 0,
        Outcome.WAIVED: 0,
        Outcome.ERROR: 0,
    }
    assert counts["events"][Outcome.NOT_APPLICABLE] == 17
    assert sum(number for area in counts.values() for number in area.values()) == 268


def test_proofs_that_do_not_exist_yet_are_noted_and_break_nothing() -> None:
    ephemeral = [result for result in everything(Outcome.HELD) if result.level is EPHEMERAL]
    judged = verdict(ephemeral, Durability.SINGLE_HOST)
    missing = len(judged.missing(SINGLE_HOST))

    assert judged.with_outcome(Outcome.BROKEN) == ()
    assert judged.notices == (
        f"mine-0.11 declares single-host, which is not shown yet: {missing} not run.",
    )


def test_a_broken_rule_contradicts_the_declared_durability() -> None:
    judged = verdict(but("DURABILITY-11", Outcome.BROKEN, MULTI_REPLICA))

    assert judged.notices == (
        "mine-0.11 declares multi-replica, which broken rules contradict: DURABILITY-11.",
    )


def test_declaring_less_than_is_shown_is_a_notice() -> None:
    judged = verdict(everything(Outcome.HELD), Durability.SINGLE_HOST)

    assert judged.earned is MULTI_REPLICA
    assert judged.notices == ("mine-0.11 declares single-host only, and earned multi-replica.",)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (SpecResult("CLAIM-99", None, "n", Outcome.HELD), "no rule"),
        (SpecResult("CLAIM-11", None, "n", Outcome.HELD), "untested"),
        (SpecResult("CLAIM-02", SINGLE_HOST, "n", Outcome.HELD), "does not count at single-host"),
        (SpecResult("EVENT-01", None, "n", Outcome.HELD), "0.11 does not have"),
        (
            SpecResult("LEASE-06", None, "n", Outcome.HELD, "", Requirement.MUST),
            "but the rule is a SHOULD",
        ),
    ],
)
def test_a_result_that_no_spec_can_have_is_refused(result: SpecResult, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        verdict([result])
