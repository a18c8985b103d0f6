"""The checker accepts what some order explains, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from flue_conformance.harness import Answer, Operation, check

from .brute_force import SEEN, histories, is_explainable, orders, replayed
from .registers import Call, Registers, corrupted, history

READ: Call = ("read", 0, 0)
OF_CHECKS = {True: Answer.EXPLAINED, False: Answer.VIOLATED}


def write(value: int) -> Call:
    return ("write", value, 0)


def seen(
    client: str, call: Call, began: int, ended: int | None, outcome: object = True
) -> Operation[Call]:
    return Operation(client, "x", call, began, ended, outcome)


def answer(*operations: Operation[Call]) -> Answer:
    return check(operations, Registers()).answer


# The histories that papers and introductions draw.

TEXTBOOK = {
    "nothing happened": ([], True),
    "a read after a write": ([seen("a", write(1), 0, 1), seen("b", READ, 2, 3, 1)], True),
    "a stale read": ([seen("a", write(1), 0, 1), seen("b", READ, 2, 3, 0)], False),
    "a read during a write sees the old value": (
        [seen("a", write(1), 0, 9), seen("b", READ, 2, 3, 0)],
        True,
    ),
    "a read during a write sees the new value": (
        [seen("a", write(1), 0, 9), seen("b", READ, 2, 3, 1)],
        True,
    ),
    "the new value, and then the old one": (
        [seen("a", write(1), 0, 9), seen("b", READ, 1, 2, 1), seen("c", READ, 3, 4, 0)],
        False,
    ),
    "the new and the old value at the same time": (
        [seen("a", write(1), 0, 9), seen("b", READ, 1, 5, 1), seen("c", READ, 3, 4, 0)],
        True,
    ),
    "a value out of thin air": ([seen("a", write(1), 0, 1), seen("b", READ, 2, 3, 2)], False),
    "writes that overlap, in either order": (
        [seen("a", write(1), 0, 5), seen("b", write(2), 1, 4), seen("a", READ, 6, 7, 1)],
        True,
    ),
    "two readers that disagree about the order of writes": (
        [
            seen("a", write(1), 0, 5),
            seen("b", write(2), 1, 4),
            seen("c", READ, 6, 7, 1),
            seen("d", READ, 8, 9, 2),
        ],
        False,
    ),
    "two swaps that both won": (
        [seen("a", ("swap", 1, 0), 0, 5), seen("b", ("swap", 2, 0), 1, 4)],
        False,
    ),
    "a lost write that is read": (
        [seen("a", write(1), 0, None), seen("b", READ, 5, 6, 1)],
        True,
    ),
    "a lost write that never happened": (
        [seen("a", write(1), 0, None), seen("b", READ, 5, 6, 0)],
        True,
    ),
    "a lost write that happens late": (
        [seen("a", write(1), 0, None), seen("b", READ, 5, 6, 0), seen("b", READ, 7, 8, 1)],
        True,
    ),
    "a lost write that happens twice": (
        [
            seen("a", write(1), 0, None),
            seen("b", READ, 5, 6, 1),
            seen("b", write(0), 7, 8),
            seen("b", READ, 9, 10, 1),
        ],
        False,
    ),
    "a lost write before it was begun": (
        [seen("b", READ, 1, 2, 1), seen("a", write(1), 3, None)],
        False,
    ),
    "a lost swap that found something else": (
        [seen("a", ("swap", 2, 1), 0, None), seen("b", READ, 5, 6, 2)],
        False,
    ),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_a_textbook_history(name: str) -> None:
    operations, explainable = TEXTBOOK[name]
    assert answer(*operations) == OF_CHECKS[explainable]
    assert is_explainable(operations) == explainable


def test_keys_do_not_affect_one_another() -> None:
    apart = [
        Operation("a", "x", write(1), 0, 1, True),
        Operation("b", "y", READ, 2, 3, 0),
        Operation("b", "x", READ, 4, 5, 1),
    ]

    verdict = check(apart, Registers())

    assert verdict.answer == Answer.EXPLAINED
    assert set(verdict.explanations) == {"x", "y"}


def test_one_violated_key_is_enough() -> None:
    bad = [Operation("b", "y", READ, 2, 3, 7), Operation("b", "x", READ, 4, 5, 0)]

    verdict = check(bad, Registers())

    assert verdict.answer == Answer.VIOLATED
    assert verdict.explanations["x"].answer == Answer.EXPLAINED


def test_what_happens_at_one_instant_overlaps() -> None:
    assert answer(seen("a", write(1), 0, 2), seen("b", READ, 2, 3, 0)) == Answer.EXPLAINED


def test_a_violation_names_the_operation_and_what_comes_before_it() -> None:
    first, stale = seen("a", write(1), 0, 1), seen("b", READ, 2, 3, 0)
    later = seen("a", write(2), 4, 5)

    explanation = check([later, stale, first], Registers()).explanations["x"]

    assert explanation.culprit == stale
    assert list(explanation.order) == [first]


# Up to a few operations, every history there is; `ci/proof` goes further.


def test_there_are_as_many_orders_as_fishburn_counted() -> None:
    assert [sum(1 for _ in orders(count)) for count in range(1, 7)] == [1, 2, 5, 15, 53, 217]


@pytest.mark.parametrize("count", range(1, 5))
def test_it_agrees_with_brute_force_on_every_history(count: int) -> None:
    for operations in histories(count, SEEN):
        agree(operations)


def agree(operations: Sequence[Operation[Call]]) -> None:
    """Expect the answer of brute force, and an order that can be replayed."""
    explanation = check(operations, Registers()).explanations["register"]
    assert explanation.answer == OF_CHECKS[is_explainable(operations)], operations
    assert replayed(explanation.order), operations
    if explanation.answer == Answer.EXPLAINED:
        assert {each for each in operations if each.certain} <= set(explanation.order)
    else:
        assert explanation.culprit is not None
        ended = explanation.culprit.ended or 0
        assert is_explainable(operations, until=ended - 1)
        assert not is_explainable(operations, until=ended)


# Longer ones at random.


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("unknown", [0, 0.1])
def test_a_history_of_real_registers_is_explained(seed: int, unknown: float) -> None:
    operations = history(300, clients=5, keys=3, unknown=unknown, seed=seed)

    verdict = check(operations, Registers())

    assert verdict.answer == Answer.EXPLAINED
    for explanation in verdict.explanations.values():
        assert replayed(explanation.order)


@pytest.mark.parametrize("seed", range(20))
def test_a_corrupted_history_is_rejected(seed: int) -> None:
    operations = history(300, clients=5, keys=3, unknown=0.02, seed=seed)

    assert check(corrupted(operations, seed), Registers()).answer == Answer.VIOLATED


@pytest.mark.parametrize("seed", range(300))
def test_a_short_history_with_a_changed_result_is_judged_as_brute_force_judges_it(
    seed: int,
) -> None:
    chance = random.Random(seed)
    operations = history(9, clients=3, keys=1, unknown=0.2, seed=seed)
    place = chance.randrange(9)
    changed = operations[place]
    if changed.certain:
        outcome: object = (
            chance.randrange(5) if changed.call[0] == "read" else chance.random() < 0.5
        )
        operations[place] = Operation(
            changed.client, changed.key, changed.call, changed.began, changed.ended, outcome
        )

    assert check(operations, Registers()).answer == OF_CHECKS[is_explainable(operations)]


# The third answer.


def test_a_search_that_is_too_long_is_undecided() -> None:
    operations = history(200, clients=5, keys=1, unknown=0.02, seed=1)

    verdict = check(operations, Registers(), budget=100)

    assert verdict.answer == Answer.UNDECIDED
    assert 100 <= verdict.steps < 200


def test_many_lost_writes_do_not_hide_a_value_that_nobody_wrote() -> None:
    operations = corrupted(history(800, clients=5, keys=1, unknown=0.02, seed=0), 0)

    assert check(operations, Registers()).answer == Answer.VIOLATED


def test_a_lost_write_that_would_have_to_happen_twice_is_found_among_many() -> None:
    lost = [Operation(f"{number}", "x", write(100 + number), number) for number in range(20)]
    seen_twice = [
        Operation("a", "x", READ, 30, 31, 100),
        Operation("a", "x", write(1), 32, 33, True),
        Operation("a", "x", READ, 34, 35, 100),
    ]

    assert check([*lost, *seen_twice], Registers()).answer == Answer.VIOLATED


def test_a_violation_counts_more_than_what_is_undecided() -> None:
    bad = Operation("a", "bad", READ, 0, 1, 7)
    long = history(200, clients=5, keys=1, unknown=0, seed=1)
    later = [
        Operation(
            each.client, "long", each.call, 9 + each.began, 9 + (each.ended or 0), each.outcome
        )
        for each in long
    ]

    verdict = check([bad, *later], Registers(), budget=100)

    assert verdict.explanations["long"].answer == Answer.UNDECIDED
    assert verdict.answer == Answer.VIOLATED


def test_ten_thousand_operations_need_no_deep_stack() -> None:
    operations = history(10_000, clients=5, keys=1, unknown=0.02, seed=3)

    assert check(operations, Registers()).answer == Answer.EXPLAINED
