"""Replays that race with the deletion of their session. DELETION-15."""

from __future__ import annotations

import asyncio
from functools import partial

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
from flue_conformance.specs.scenarios.callbacks import Callback
from flue_conformance.specs.scenarios.steps import queue_and_settle, read
from flue_conformance.specs.scenarios.values import ACCEPTED_INSTANT, dispatch_input
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import Racer, outlasting, through_contention


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


async def _reads(submissions: AgentSubmissionStore, name: str, times: int) -> None:
    for _ in range(times):
        await outlasting(partial(submissions.get_submission, name))


async def _replays_until(
    deleting: asyncio.Task[None], submissions: AgentSubmissionStore, replay: DispatchInput
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
    receipt: RetainedReceipt,
) -> None:
    """Expect of a replay during a deletion what it may be: refused, settled, or a receipt."""
    if racer.error is None:
        found = isinstance(racer.value, AdmittedSubmission)
        expect.equal(racer.value, settled if found else receipt, "a replay during the deletion")
    elif not is_kind(racer.error, SessionDeleting):
        expect.finding(f"a replay during a deletion raised {racer.error!r}, not SessionDeleting")
