"""Expectations of histories: some order explains them, and what is told across keys agrees."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest

from flue_conformance.harness import Answer, Operation, check
from flue_conformance.harness.explaining import (
    Contract,
    Overtaking,
    overtakings,
    promised,
    refutation,
)
from flue_conformance.harness.linearizability import Explanation
from flue_conformance.harness.timeline import svg, text
from flue_conformance.model import Call, Failure
from flue_conformance.rules import CATALOGUE, Requirement
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.clients import History, Workload
from flue_conformance.specs.support.recording import recorded_at_standstills
from flue_conformance.specs.support.shown import shown
from flue_conformance.specs.support.standing import skip_unless_told_of_stops
from flue_conformance.specs.support.workers import Workers

_SETTLING: Final = ("submissions.complete_submission", "submissions.fail_submission")
_ATTEMPTS: Final = 4
_ENOUGH: Final = 0.3
"""Which part of the calls has to be answered, at least."""
_MOST_PAUSES: Final = 6
"""At how many of its pauses a call is held."""
_BUDGET: Final = 40_000
"""How many steps of the model a check may take: some seconds, in which nothing else goes on."""
_LONGEST: Final = 60
_TELLING: Final = (
    ("submission_id", "status"),
    ("submission_id", "attempt_id"),
    ("segment_index", "body"),
    ("next_offset",),
)
"""The members by which records are told from others of their kind."""


async def expect_explained(
    record: Callable[[int, str], Awaitable[History]], steps: int, edition: str
) -> History:
    """Expect that for each key some order of the calls explains what all clients saw.

    `record` makes a history of so many steps, with names of its own. One that takes too long to
    decide, or says too little, since many answers were lost, is recorded anew with fewer steps;
    where none can be decided, the rule is *not run*. Returns the one that was decided; raises
    `BrokenRule` where no order explains a history.
    """
    for attempt in range(_ATTEMPTS):
        history = await record(max(steps >> attempt, 2), f"history {attempt} " if attempt else "")
        if decide(history, edition):
            return history
    answers = sum(each.certain for each in history.operations)
    pytest.skip(
        f"not run: {_ATTEMPTS} histories were undecided, the last one with {answers} answers to "
        f"{len(history.operations)} calls, after {_BUDGET} steps at most"
    )


@contextmanager
def blaming_no_other_rule() -> Iterator[None]:
    """Have the spec's own rule blamed, whatever rule says what should have come back.

    For histories in which that depends on answers that were lost.
    """
    try:
        yield
    except BrokenRule as broken:
        broken.rules = ()
        raise


async def expect_explained_at_standstills(
    workers: Workers, workload: Workload, steps: int, edition: str
) -> None:
    """Expect it of histories in which a process stands still amid each of its calls.

    In the first it does so where a call goes on after its first pause, in the next after its
    second one, until no call pauses as often. Others do their step meanwhile, unless they wait for
    what the call holds. Where nobody can tell that a process stands still, the rule is *not run*.
    """
    skip_unless_told_of_stops()
    others = await workers.open(2)
    for pause in range(1, _MOST_PAUSES + 1):
        record = partial(recorded_at_standstills, workers, others, workload=workload, pause=pause)
        history = await expect_explained(record, steps, edition)
        if not history.halts:
            return


def decide(history: History, edition: str) -> bool:
    """Return whether an order explains a history; False where that is undecided.

    It is as well where most calls were not answered: almost anything explains those. Raises
    `BrokenRule` where none does, or where what is told across keys or advised is not so.
    """
    contract = Contract(edition)
    operations = promised(history.operations)
    overtaken = list(overtakings(operations))
    passing = {id(each.read) for each in overtaken}
    operations = [each for each in operations if id(each) not in passing]
    verdict = check(operations, contract, budget=_BUDGET)
    for key, explanation in verdict.explanations.items():
        if explanation.answer is Answer.VIOLATED:
            raise _unexplained(operations, key, explanation, contract)
    expect_agreement(history)
    for each in overtaken:
        if each.append.certain:
            raise _missed(each)
    answers = sum(each.certain for each in history.operations)
    says_enough = answers >= len(history.operations) * _ENOUGH
    return verdict.answer is Answer.EXPLAINED and says_enough


def _unexplained(
    operations: Iterable[Operation[Call]],
    key: Hashable,
    explanation: Explanation[Call],
    contract: Contract,
) -> BrokenRule:
    of_key = [each for each in operations if each.key == key]
    due = refutation(contract, key, explanation)
    broken = BrokenRule(
        about=f"what several clients saw of {key}",
        came_back=text(of_key, explanation, _label),
        expected=f"some order that explains it; behind the numbered calls: {due.expected}",
        rules=sorted(due.rules, key=_is_advice),
    )
    broken.picture = svg(of_key, explanation, _label)
    return broken


def _missed(overtaking: Overtaking) -> BrokenRule:
    return BrokenRule(
        about=f"what a client saw of {overtaking.read.key} while an event was appended",
        came_back=f"{_label(overtaking.read)}; and then {_label(overtaking.append)}",
        expected="a page that ends before the event, or has it: readers go on behind a page",
        rules=("STREAM-39",),
    )


def expect_agreement(history: History) -> None:
    """Expect that nobody was told of no work while a submission was running or queued.

    It was, from the end of a call that showed it so to the beginning of the first that may have
    settled it. Raises `BrokenRule`.
    """
    for key in history.homes:
        of_key = [each for each in history.operations if _is_about(each, key)]
        shown_at = [each.ended for each in of_key if each.ended and _shows_work(each.outcome, key)]
        settling = [each.began for each in of_key if each.call.name in _SETTLING]
        first, last = min(shown_at, default=math.inf), min(settling, default=math.inf)
        for asked in history.unsettled:
            if asked.outcome is False and first < asked.began and (asked.ended or 0) < last:
                raise BrokenRule(
                    about=f"whether anything was unsettled while {key} was",
                    came_back="False",
                    expected="True",
                    rules=("ORDERING-11",),
                )


def _is_about(operation: Operation[Call], submission_id: str) -> bool:
    first = operation.call.arguments[0] if operation.call.arguments else None
    if isinstance(first, dict):
        first = first.get("dispatchId", first.get("submissionId"))
    return getattr(first, "submission_id", first) == submission_id


def _shows_work(outcome: object, submission_id: str) -> bool:
    submission = getattr(outcome, "submission", outcome)
    return (
        getattr(submission, "submission_id", None) == submission_id
        and getattr(submission, "status", "settled") != "settled"
    )


def _is_advice(rule: str) -> bool:
    return CATALOGUE[rule].requirement is not Requirement.MUST


def _label(operation: Operation[Call]) -> str:
    """Return a call and what came of it, in few words."""
    _, _, method = operation.call.name.partition(".")
    given = ", ".join(map(_brief, operation.call.arguments))
    if not operation.certain:
        return f"{method}({given}) → ?"
    seen = operation.outcome
    came_back = type(seen.error).__name__ if isinstance(seen, Failure) else _brief(seen)
    return f"{method}({given}) → {came_back}"


def _brief(value: object) -> str:
    """Return what tells a value from others of its kind."""
    for names in _TELLING:
        if all(hasattr(value, name) for name in names):
            told = [str(getattr(value, name)) for name in names]
            attempt = getattr(value, "attempt_id", None)
            return " ".join([*told, *([attempt] if attempt and attempt not in told else [])])
    if isinstance(value, dict):
        named = (value.get(name) for name in ("dispatchId", "leafId"))
        return next((str(name) for name in named if name), shown(value)[:_LONGEST])
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_brief, value))}]"
    kind = getattr(value, "kind", None)
    inner = getattr(value, "submission", None)
    if isinstance(kind, str):
        return f"{kind} {_brief(inner)}" if inner else kind
    return shown(value)[:_LONGEST]
