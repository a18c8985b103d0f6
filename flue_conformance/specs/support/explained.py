"""Expectations of histories: some order explains them, and what is told across keys agrees."""

from __future__ import annotations

import asyncio
import math
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import pytest

from flue_conformance.bridge import Moment
from flue_conformance.harness import Answer, Cut, Operation, Worker, can_tell_stops, check
from flue_conformance.harness.explaining import Contract, promised, refutation
from flue_conformance.harness.timeline import svg, text
from flue_conformance.model import Call, Failure
from flue_conformance.rules import CATALOGUE, Requirement
from flue_conformance.specs.scenarios.workloads import Workload
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.clients import Client, History
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.halting import Halting
from flue_conformance.specs.support.shown import shown
from flue_conformance.specs.support.standing import skip_unless_stoppable
from flue_conformance.specs.support.workers import Workers

_SETTLING: Final = ("submissions.complete_submission", "submissions.fail_submission")
_MORTALS: Final = 4
"""How many clients work through kills, one of them in a process that is spared."""
_ATTEMPTS: Final = 4
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


async def recorded(
    handles: Sequence[Handle],
    workload: Workload,
    steps: int,
    space: str = "",
) -> History:
    """Let a client an handle, and one more, do a workload at once; return what they saw."""
    history = _new_history(space)
    meeting = asyncio.Barrier(len(handles) + 1)
    async with asyncio.TaskGroup() as group:
        for place, handle in enumerate([*handles, handles[0]]):
            client = Client(f"client {place + 1}", handle, history, meeting)
            chance = random.Random(f"{history.seed} {client.name}")  # noqa: S311 - likewise
            group.create_task(workload(client, chance, steps))
    return history


async def recorded_through_kills(
    workers: Workers, workload: Workload, steps: int, space: str = ""
) -> History:
    """Let clients work at once, each in a process that is killed, and then in another one."""
    history = _new_history(space)
    meeting = asyncio.Barrier(_MORTALS)

    async def reopen() -> Handle:
        return await workers.connect(workers.start())

    handles = await asyncio.gather(
        *(workers.connect(workers.start(_cut(place, steps))) for place in range(_MORTALS))
    )
    async with asyncio.TaskGroup() as group:
        for place, handle in enumerate(handles):
            client = Client(f"client {place + 1}", handle, history, meeting, reopen)
            chance = random.Random(f"{history.seed} {client.name}")  # noqa: S311 - likewise
            group.create_task(workload(client, chance, steps))
    return history


def _new_history(space: str) -> History:
    return History(space=space, seed=random.random())  # noqa: S311 - the plugin seeds it


async def _recorded_at_standstills(
    slow: Worker, handles: Sequence[Handle], workload: Workload, steps: int, history: History
) -> History:
    """Let clients work at once, the first one in a process that stops itself amid its calls."""
    halting = Halting(slow, history, len(handles))

    async def take_part(place: int, handle: Handle) -> None:
        meeting = halting.beside() if place else halting
        client = Client(f"client {place + 1}", handle, history, meeting)
        chance = random.Random(f"{history.seed} {client.name}")  # noqa: S311 - likewise
        await workload(client, chance, steps)
        await meeting.leave()

    watching = asyncio.create_task(halting.watch())
    try:
        async with asyncio.TaskGroup() as group:
            for place, handle in enumerate(handles):
                group.create_task(take_part(place, handle))
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    return history


def _cut(place: int, steps: int) -> Cut | None:
    """Return where a process is killed: amid some call, or between two; the last one lives."""
    if place == _MORTALS - 1:
        return None
    moment = random.choice(list(Moment))  # noqa: S311 - the plugin seeds it
    return Cut(moment, number=random.randint(steps // 2, steps * 2))  # noqa: S311 - likewise


async def expect_explained(
    record: Callable[[int, str], Awaitable[History]], steps: int, edition: str
) -> None:
    """Expect that for each key some order of the calls explains what all clients saw.

    `record` makes a history of so many steps, with names of its own. One that takes too long to
    decide, since many answers were lost, is recorded anew with fewer steps; where none can be
    decided, the rule is *not run*. Raises `BrokenRule` where no order explains a history.
    """
    for attempt in range(_ATTEMPTS):
        history = await record(max(steps >> attempt, 2), f"history {attempt} " if attempt else "")
        if _decided(history, edition):
            return
    pytest.skip(f"not run: {_ATTEMPTS} histories were undecided after {_BUDGET} steps")


async def expect_explained_at_standstills(
    workers: Workers, workload: Workload, steps: int, edition: str
) -> None:
    """Expect it of histories in which a process stands still amid each of its calls.

    In the first it does so where a call goes on after its first pause, in the next after its
    second one, until no call pauses as often. Others do their step meanwhile, unless they wait for
    what the call holds. Where nobody can tell that a process stands still, the rule is *not run*.
    """
    skip_unless_stoppable()
    if not can_tell_stops():
        pytest.skip("not run: this system does not tell of a process that it stands still")
    one, two = await workers.open(2)
    others = [one, two, await one.connect()]
    for pause in range(1, _MOST_PAUSES + 1):
        history = History()

        async def record(steps: int, space: str, pause: int = pause) -> History:
            nonlocal history
            history = _new_history(f"pause {pause} {space}")
            cut = Cut(Moment.INSIDE, pause, each_call=True, signal=signal.SIGSTOP)
            worker = workers.start(cut)
            handles = [await workers.connect(worker), *others]
            await _recorded_at_standstills(worker, handles, workload, steps, history)
            worker.end()
            return history

        await expect_explained(record, steps, edition)
        if not history.halts:
            return


def _decided(history: History, edition: str) -> bool:
    contract = Contract(edition)
    operations = promised(history.operations)
    verdict = check(operations, contract, budget=_BUDGET)
    for key, explanation in verdict.explanations.items():
        if explanation.answer is Answer.VIOLATED:
            of_key = [each for each in operations if each.key == key]
            due = refutation(contract, key, explanation)
            broken = BrokenRule(
                about=f"what several clients saw of {key}",
                came_back=text(of_key, explanation, _label),
                expected=f"some order that explains it; behind the numbered calls: {due.expected}",
                rules=sorted(due.rules, key=_is_advice),
            )
            broken.picture = svg(of_key, explanation, _label)
            raise broken
    expect_agreement(history)
    return verdict.answer is Answer.EXPLAINED


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
