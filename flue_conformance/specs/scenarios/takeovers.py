"""What others do and see while an attempt is replaced: from attempt-1 to attempt-2."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from flue_conformance.contract import AgentSubmissionStore, SubmissionAttemptRef
from flue_conformance.specs.scenarios.steps import read, read_journal
from flue_conformance.specs.support.racing import outlasting, through_contention


async def attempts(submissions: AgentSubmissionStore, name: str) -> tuple[str | None, str]:
    """Return the attempt of a submission and that of its journal."""
    submission, journal = await read(submissions, name), await read_journal(submissions, name)
    return submission.attempt_id, journal.attempt_id


async def updates_until(
    moving: asyncio.Task[Any], submissions: AgentSubmissionStore, mine: SubmissionAttemptRef
) -> int | None:
    """Return how many updates applied until the move was over; None where that is not known."""
    updates = 0
    while True:
        over = moving.done()
        racer = await through_contention(
            partial(submissions.update_turn_journal_phase, mine, "provider_started")
        )
        if racer.error or racer.tries > 1:
            return None
        updates += bool(racer.value)
        if over:
            return updates
        await asyncio.sleep(0)


async def journal_once_submission_moved(
    moving: asyncio.Task[Any], submissions: AgentSubmissionStore, name: str
) -> str:
    """Return the journal's attempt, read after the submission was seen to have moved."""
    while True:
        over = moving.done()
        found = await outlasting(partial(read, submissions, name))
        if over or found.attempt_id != "attempt-1":
            return (await outlasting(partial(read_journal, submissions, name))).attempt_id
        await asyncio.sleep(0)


async def submission_once_journal_moved(
    moving: asyncio.Task[Any], submissions: AgentSubmissionStore, name: str
) -> str | None:
    """Return the submission's attempt, read after the journal was seen to have moved."""
    while True:
        over = moving.done()
        found = await outlasting(partial(read_journal, submissions, name))
        if over or found.attempt_id != "attempt-1":
            return (await outlasting(partial(read, submissions, name))).attempt_id
        await asyncio.sleep(0)
