"""Turns that are begun while others are about to take the submission over, or to remove it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from sqlalchemy import Connection

from flue_conformance.contract import SubmissionAttemptRef, session_key
from flue_conformance.specs.scenarios.values import attempt, claim, dispatch_input, turn
from reference_adapters.database import Database
from reference_adapters.submissions import SubmissionStore, deletion_steps, journals
from reference_adapters.submissions.deletion_steps import DeletionRef

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.parametrize("place", ["postgres"], indirect=True),
]

Wait: TypeAlias = Callable[[], Awaitable[None]]
Hold: TypeAlias = Callable[[Callable[[Connection], object]], Awaitable[Wait]]


async def begin_beside(
    store: SubmissionStore,
    hold: Hold,
    step: Callable[[Connection], object],
    until_somebody_waits: Wait,
) -> None:
    """Begin a turn between what others do and its commit; expect that it waits for that."""
    release = await hold(step)
    begun = asyncio.create_task(store.begin_turn_journal(turn()))
    try:
        await until_somebody_waits()
        assert not begun.done()
    finally:
        await release()
        await begun


async def test_a_takeover_leaves_no_turn_behind_that_was_begun_before_it(
    store: SubmissionStore, hold: Hold, until_somebody_waits: Wait
) -> None:
    # JOURNAL-15
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(claim())

    def take_over(connection: Connection) -> None:
        journals.replace_attempt(connection, store._layout, attempt(), "attempt-2", None)

    await begin_beside(store, hold, take_over, until_somebody_waits)

    assert await store.complete_submission(SubmissionAttemptRef("dispatch-1", "attempt-2"))


async def test_a_deletion_leaves_no_turn_behind_that_was_begun_before_it(
    store: SubmissionStore, database: Database, hold: Hold, until_somebody_waits: Wait
) -> None:
    # DELETION-06
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(claim())
    await store.complete_submission(attempt())
    layout = store._layout
    ref = DeletionRef(session_key("agent-1", "default"), owner="other")
    marked_at = await database.write(deletion_steps.mark, layout, ref)

    def finish(connection: Connection) -> None:
        deletion_steps.finish(connection, layout, ref, {}, marked_at)

    await begin_beside(store, hold, finish, until_somebody_waits)

    assert await store.get_submission("dispatch-1") is None
