"""What races with the deletion of a session. DELETION-06, DELETION-12, DELETION-15."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentDispatchReceipt,
    AgentSubmissionStore,
    DispatchInput,
    RetainedReceipt,
    SessionDeleting,
    is_kind,
    session_key,
)
from flue_conformance.specs.scenarios.callbacks import Callback, fails_at_once, fails_later
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.steps import queue, queue_and_settle, read
from flue_conformance.specs.scenarios.values import ACCEPTED_INSTANT, dispatch_input
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import (
    Racer,
    attempted,
    is_storage,
    outlasting,
    through_contention,
    together,
)


def receipt(dispatch_id: str, accepted_at: int = ACCEPTED_INSTANT) -> RetainedReceipt:
    """Return what a replay of a deleted dispatch gets."""
    return RetainedReceipt(AgentDispatchReceipt(dispatch_id, accepted_at))


async def race_replays_with_deletions(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Replay dispatches while their sessions are deleted; nothing is queued."""
    submissions = handles[0].submissions
    deleter, *replayers = (handle.submissions for handle in handles)
    for number in range(rounds):
        name = f"dispatch-{number}"
        await queue_and_settle(submissions, name, session=name)
        settled = AdmittedSubmission(await read(submissions, name))
        replay = dispatch_input(name, session=name)
        # Of varying length, so that the deletion ends at another step of the replays each time.
        callback = Callback(partial(_reads, deleter, name, number % 5))
        deleting = asyncio.create_task(
            outlasting(partial(deleter.delete_session, session_key("agent-1", name), callback))
        )

        histories = await asyncio.gather(
            *(_replays_until(deleting, replayer, replay) for replayer in replayers)
        )
        await deleting

        for *during, after in histories:
            for racer in during:
                expect_replay(expect, racer, settled, receipt(name))
            expect.equal(after.value, receipt(name), "a replay after the deletion")
        expect.none(await submissions.get_submission(name), "the submission afterwards")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


async def race_new_work_with_deletions(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Admit new work while its session is deleted; it is refused or kept."""
    submissions = handles[0].submissions
    deleter, *admitters = (handle.submissions for handle in handles)
    for number in range(rounds):
        session = f"session-{number}"
        await queue_and_settle(submissions, f"{number} old", session=session)
        new = [dispatch_input(f"{number} new {place}", session=session) for place in range(3)]

        key = session_key("agent-1", session)
        calls: list[Callable[[], Awaitable[object]]] = [
            partial(admitter.admit_dispatch, dispatch)
            for admitter, dispatch in zip(admitters, new, strict=True)
        ]
        # Whoever comes first, the other is refused: a deletion beside new work as well.
        place = number % (len(calls) + 1)
        calls.insert(place, partial(_tried_deletion, deleter, key))

        racers = await together(calls)

        del racers[place]
        for dispatch, racer in zip(new, racers, strict=True):
            if racer.error is None:
                found = await read(submissions, dispatch["dispatchId"])
                expect.equal(found.status, "queued", "work that was admitted beside a deletion")


async def race_replays_with_failing_deletions(
    handles: list[Handle], expect: Expect, rounds: int
) -> None:
    """Replay dispatches while deletions of their sessions fail; everything stays as it was."""
    submissions = handles[0].submissions
    deleter, *replayers = (handle.submissions for handle in handles)
    for number in range(rounds):
        name = f"dispatch-{number}"
        await queue_and_settle(submissions, name, session=name)
        settled = AdmittedSubmission(await read(submissions, name))
        failure = RuntimeError("out of reach")
        fails = fails_later(failure) if number % 2 else fails_at_once(failure)
        # Its marker may meet contention, and then it is made again; not for its callback's error.
        deletion = through_contention(
            partial(deleter.delete_session, session_key("agent-1", name), fails),
            lambda error: is_storage(error) and str(error) != "out of reach",
        )
        deleting = asyncio.create_task(deletion)

        histories = await asyncio.gather(
            *(
                _replays_until(deleting, replayer, dispatch_input(name, session=name))
                for replayer in replayers
            )
        )

        error = (await deleting).error
        expect.equal(str(error), "out of reach", "what the deletion raised")
        for *during, after in histories:
            for racer in [*during, after]:
                expect_replay(expect, racer, settled, settled)
            expect.equal(after.value, settled, "a replay after the deletion failed")


async def race_deletions(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race deletions of one session, one through each handle, of which some fail; others end it."""
    submissions = handles[0].submissions
    for number in range(rounds):
        name = f"dispatch-{number}"
        await queue_and_settle(submissions, name, session=name)
        key = session_key("agent-1", name)
        fails = [place == number % (2 * len(handles)) for place in range(len(handles))]
        callbacks = [Callback(_failing if failing else nothing) for failing in fails]

        deletions = [
            partial(handle.submissions.delete_session, key, callback)
            for handle, callback in zip(handles, callbacks, strict=True)
        ]
        # A callback's error is no contention, after which a call is made again.
        racers = await asyncio.gather(
            *(
                attempted(deletion) if failing else through_contention(deletion)
                for deletion, failing in zip(deletions, fails, strict=True)
            )
        )

        for callback, failing, racer in zip(callbacks, fails, racers, strict=True):
            if callback.calls and failing:
                expect.equal(str(racer.error), "out of reach", "what a callback's error became")
            elif callback.calls:
                expect.equal(racer.error, None, "what a deletion raised whose callback returned")
        if any(racer.error is None for racer in racers):
            expect.none(await submissions.get_submission(name), "the submission afterwards")
            replay = await outlasting(
                partial(submissions.admit_dispatch, dispatch_input(name, session=name))
            )
            expect.equal(replay, receipt(name), "a replay afterwards")
            admitted = await queue(submissions, f"{name} new", session=name)
            expect.equal(admitted.status, "queued", "a new dispatch afterwards")


async def _failing() -> None:
    raise RuntimeError("out of reach")


async def _tried_deletion(submissions: AgentSubmissionStore, key: str) -> None:
    try:
        await submissions.delete_session(key, nothing)
    except BrokenRule:
        raise
    except Exception:  # noqa: BLE001 - refused, in whatever words
        return


async def _reads(submissions: AgentSubmissionStore, name: str, times: int) -> None:
    for _ in range(times):
        await outlasting(partial(submissions.get_submission, name))


async def _replays_until(
    deleting: asyncio.Task[Any], submissions: AgentSubmissionStore, replay: DispatchInput
) -> list[Racer[AgentDispatchAdmission]]:
    """Return what became of replays during the deletion, and of one after it."""
    history = []
    while True:
        over = deleting.done()
        history.append(await through_contention(partial(submissions.admit_dispatch, replay)))
        if over:
            return history
        # Ever longer, or replays would keep the deletion from its turn where writers wait in line.
        await asyncio.sleep(len(history) // 8 / 1000)


def expect_replay(
    expect: Expect,
    racer: Racer[AgentDispatchAdmission],
    settled: AdmittedSubmission,
    receipt: AgentDispatchAdmission,
) -> None:
    """Expect of a replay during a deletion what it may be: refused, settled, or a receipt."""
    if racer.error is None:
        found = isinstance(racer.value, AdmittedSubmission)
        expect.equal(racer.value, settled if found else receipt, "a replay during the deletion")
    elif not is_kind(racer.error, SessionDeleting):
        expect.finding(f"a replay during a deletion raised {racer.error!r}, not SessionDeleting")
