from __future__ import annotations

import dataclasses

import pytest

from flue_conformance.rules import EDITIONS, Level, Requirement, Rule, Verification


def rule(**members: object) -> Rule:
    return dataclasses.replace(Rule("CLAIM-01", Requirement.MUST, "A claim."), **members)  # type: ignore[arg-type]


def test_a_rule_holds_in_every_edition_from_the_lowest_level_unless_it_says_otherwise() -> None:
    plain = rule()

    assert plain.editions == EDITIONS
    assert plain.levels == (Level.EPHEMERAL,)
    assert plain.verified_by is Verification.DETERMINISTIC
    assert plain.area == "claims"
    assert plain.tested


def test_the_end_of_an_edition_range_is_exclusive() -> None:
    assert rule(until="0.11").editions == ("0.10",)
    assert rule(since="0.11").editions == ("0.11",)
    assert rule(since="0.11").holds_in("0.12")
    assert not rule(until="0.11").holds_in("0.12")


def test_editions_compare_as_numbers_and_not_as_text() -> None:
    assert not rule(since="0.10").holds_in("0.9")
    assert rule(since="0.10").holds_in("1.0")
    assert rule(until="1.0").holds_in("0.100")


def test_an_edition_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="newest"):
        rule().holds_in("newest")


def test_levels_compare_by_rank_and_not_by_alphabet() -> None:
    assert Level.EPHEMERAL < Level.SINGLE_HOST < Level.MULTI_REPLICA
    assert Level.MULTI_REPLICA > Level.SINGLE_HOST
    assert Level.SINGLE_HOST >= Level.SINGLE_HOST
    assert Level.SINGLE_HOST <= Level.SINGLE_HOST
    assert max(Level) is Level.MULTI_REPLICA
    assert sorted(["multi-replica", Level.EPHEMERAL, Level.SINGLE_HOST], key=Level) == list(Level)


def test_a_level_compares_with_its_text_and_refuses_any_other() -> None:
    assert Level.MULTI_REPLICA > "single-host"
    assert Level("single-host") is Level.SINGLE_HOST
    with pytest.raises(ValueError, match="durable"):
        assert Level.EPHEMERAL < "durable"


def test_a_rule_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule().sentence = "Another."  # type: ignore[misc]
