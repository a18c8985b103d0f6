from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from flue_conformance.contract import (
    ABSENT,
    RunOwner,
    RunRecord,
    SessionBusy,
    SessionDeleting,
)
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ledger import Ledger

RUN = RunRecord("run-1", RunOwner("release", "run-1"), "active", "2026", payload={"a": [1, True]})


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def expect(ledger: Ledger) -> Expect:
    return Expect(ledger)


@pytest.mark.parametrize(
    ("actual", "where"),
    [
        (replace(RUN, payload={"a": [1, 1]}), ".payload['a'][1] is 1, not True"),
        (replace(RUN, payload={"a": [1]}), ".payload['a'] has 1 items, not 2"),
        (replace(RUN, payload={}), ".payload['a'] is missing"),
        (replace(RUN, payload={"a": [1, True], "b": 0}), ".payload['b'] should not be there"),
        (replace(RUN, payload=ABSENT), ".payload is ABSENT"),
        (replace(RUN, payload=None), ".payload is None"),
        (replace(RUN, owner=RunOwner("Release", "run-1")), ".owner.workflow_name is 'Release'"),
        (None, "no RunRecord"),
    ],
)
def test_the_first_difference_is_named(actual: object, where: str) -> None:
    difference = first_difference(actual, RUN)

    assert difference is not None
    assert where in difference


@pytest.mark.parametrize(
    "actual",
    [
        RUN,
        replace(RUN, payload={"a": (1.0, True)}),
    ],
)
def test_equal_values_have_no_difference(actual: object) -> None:
    assert first_difference(actual, RUN) is None


@pytest.mark.parametrize(
    ("actual", "expected", "told"),
    [
        ("Key-e\u0301", "Key-\u00e9", r"is 'Key-e\u0301', not 'Key-\xe9'"),
        ("Key", "key", "is 'Key', not 'key'"),
        ("0" * 5000 + "1", "0" * 5000 + "2", "from character 4980 on"),
        ("0" * 300, "0" * 299, "from character 279 on"),
    ],
)
def test_texts_are_shown_where_they_differ(actual: str, expected: str, told: str) -> None:
    difference = first_difference(actual, expected)

    assert difference is not None
    assert told in difference


def test_deep_documents_are_compared_without_recursion() -> None:
    def deep() -> object:
        value: object = {}
        for _ in range(20_000):
            value = {"inner": value}
        return value

    assert first_difference(deep(), deep()) is None


@pytest.mark.parametrize(
    "broken",
    [
        lambda expect: expect.equal(1, 2),
        lambda expect: expect.true(1),
        lambda expect: expect.false(None),
        lambda expect: expect.none(False),
        lambda expect: expect.one_of(3, [1, 2]),
        lambda expect: expect.near(99, 150, 200),
        lambda expect: expect.near(251, 150, 200),
        lambda expect: expect.near(None, 150, 200),
        lambda expect: expect.that(False, came_back=1, expected="two"),
    ],
)
def test_an_expectation_that_is_not_met_says_so(
    broken: Callable[[Expect], None], expect: Expect
) -> None:
    with pytest.raises(BrokenRule) as caught:
        broken(expect)

    assert caught.value.came_back
    assert caught.value.expected


def test_expectations_that_are_met_are_silent(expect: Expect, ledger: Ledger) -> None:
    expect.equal([1, {"a": 1.0}], (1, {"a": 1}))
    expect.one_of(2, [1, 2])
    expect.near(100, 150, 200)
    expect.near(250, 150, 200)

    assert ledger.findings == []


async def _raise(error: Exception) -> None:
    raise error


def test_any_error_holds_a_rule_that_says_raises(expect: Expect, ledger: Ledger) -> None:
    error = SessionBusy("queued or running")

    assert asyncio.run(expect.raises(_raise(error), SessionBusy)) is error
    assert ledger.findings == []


def test_another_kind_of_error_is_a_finding(expect: Expect, ledger: Ledger) -> None:
    asyncio.run(expect.raises(_raise(RuntimeError("oh no")), SessionDeleting, "admission"))

    (finding,) = ledger.findings
    assert finding == "admission is of kind Storage, not SessionDeleting: oh no"


def test_no_error_breaks_the_rule(expect: Expect) -> None:
    async def calm() -> int:
        return 7

    with pytest.raises(BrokenRule, match="an error of kind SessionBusy"):
        asyncio.run(expect.raises(calm(), SessionBusy))


def test_a_broken_rule_inside_is_not_taken_for_the_error(expect: Expect) -> None:
    broken = BrokenRule(came_back="nothing", expected="an answer")

    with pytest.raises(BrokenRule) as caught:
        asyncio.run(expect.raises(_raise(broken)))

    assert caught.value is broken


def test_what_a_rule_permits_is_noted(expect: Expect, ledger: Ledger) -> None:
    outcomes = {"starts again": False, "goes on counting": True, "forgets": True}

    assert expect.permitted(outcomes, came_back=2, about="the count") == "goes on counting"
    assert ledger.seen == ["the count: goes on counting"]


def test_what_a_rule_does_not_permit_is_broken(expect: Expect, ledger: Ledger) -> None:
    with pytest.raises(BrokenRule) as broken:
        expect.permitted({"starts again": False, "goes on counting": False}, came_back=7)

    assert broken.value.came_back == "7"
    assert broken.value.expected == "starts again or goes on counting"
    assert ledger.seen == []


def test_a_document_that_the_spec_changes_is_noted(expect: Expect, ledger: Ledger) -> None:
    document: dict[str, object] = {}

    expect.own_change(document)

    assert [noted is document for noted in ledger.own_changes] == [True]
