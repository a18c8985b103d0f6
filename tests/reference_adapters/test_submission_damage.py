"""Damaged submission rows: lists settle them and go on, everything else refuses them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from sqlalchemy import Connection, text

from flue_conformance.contract import (
    DispatchConflict,
    MalformedRecord,
    RetainedReceipt,
    SessionBusy,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    session_key,
)
from flue_conformance.specs.scenarios.values import direct_input, dispatch_input, image, turn
from reference_adapters.database import Database
from reference_adapters.submissions import SubmissionStore, queries

pytestmark = pytest.mark.asyncio

SESSION = session_key("agent-1", "default")
CLAIM = SubmissionClaimRef("dispatch-1", "attempt-1", "owner-1", 1)
STORED = {**dispatch_input(), "kind": "dispatch", "submissionId": "dispatch-1"}


def stored(**changes: object) -> str:
    return json.dumps({**STORED, **changes})


def without(member: str) -> str:
    return json.dumps({name: value for name, value in STORED.items() if name != member})


QUEUED = {
    "no JSON": {"payload": "{"},
    "NaN": {"payload": "NaN"},
    "no object": {"payload": "[]"},
    "JSON too deep": {"payload": "[" * 100_000},
    "another kind in the row": {"kind": "direct"},
    "an unknown kind in the row": {"kind": "telegram"},
    "an unknown kind in the input": {"payload": stored(kind="telegram")},
    "a direct prompt's kind in the input": {"payload": stored(kind="direct")},
    "another id": {"payload": stored(dispatchId="dispatch-2", submissionId="dispatch-2")},
    "two ids": {"payload": stored(dispatchId="dispatch-2")},
    "another session": {"payload": stored(session="other")},
    "another session key": {"session_key": "agent-session:[]"},
    "another acceptance time": {"accepted_at": 1},
    "no acceptance time": {"payload": stored(acceptedAt="yesterday")},
    "no input": {"payload": without("input")},
    "a kind that is a list": {"payload": stored(kind=[])},
    "no agent": {"payload": without("agent")},
    "an agent that is a number": {"payload": stored(agent=7)},
    "an unknown status": {"status": "paused"},
    "an attempt": {"attempt_id": "attempt-0"},
    "a start": {"started_at": 1},
    "an applied input": {"input_applied_at": 1},
    "a recovery request": {"recovery_requested_at": 1},
}
RUNNING = {
    "no attempt": {"attempt_id": None},
    "no start": {"started_at": None},
    "no JSON": {"payload": "{"},
}


async def change(database: Database, statement: str, **values: object) -> None:
    def step(connection: Connection) -> None:
        assert connection.execute(text(statement), values).rowcount == 1

    await database.write(step)


async def damage(database: Database, **columns: object) -> None:
    """Overwrite columns of dispatch-1."""
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    where = "submission_id = 'dispatch-1'"
    await change(
        database, f"UPDATE flue_agent_submissions SET {assignments} WHERE {where}", **columns
    )


@pytest.mark.parametrize("columns", QUEUED.values(), ids=QUEUED)
async def test_a_damaged_head_is_refused_then_settled_and_the_queue_goes_on(
    database: Database, store: SubmissionStore, columns: Mapping[str, object]
) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.admit_dispatch(dispatch_input("dispatch-2"))
    await damage(database, **columns)
    session = str(columns.get("session_key", SESSION))

    with pytest.raises(MalformedRecord, match="Malformed submission 'dispatch-1'"):
        await store.get_submission("dispatch-1")
    if columns.get("status") is None:
        with pytest.raises(MalformedRecord):
            await store.claim_submission(CLAIM)
    assert await store.list_running_submissions() == []
    with pytest.raises(SessionBusy):
        await store.delete_session(session, nothing)
    assert await store.has_unsettled_submissions()

    await store.list_runnable_submissions()
    (successor,) = await store.list_runnable_submissions()

    assert successor.submission_id == "dispatch-2"
    assert await status(database) == ("settled", True)


@pytest.mark.parametrize("columns", RUNNING.values(), ids=RUNNING)
@pytest.mark.parametrize("lister", ["list_running_submissions", "list_expired_submissions"])
async def test_a_damaged_runner_is_settled_by_the_lists_that_meet_it(
    database: Database, store: SubmissionStore, columns: Mapping[str, object], lister: str
) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.admit_dispatch(dispatch_input("dispatch-2", session="other"))
    assert await store.claim_submission(CLAIM)
    other = SubmissionClaimRef("dispatch-2", "attempt-2", "owner-1", 1)
    healthy = await store.claim_submission(other)
    await damage(database, **columns)

    assert await getattr(store, lister)() == [healthy]
    assert await status(database) == ("settled", True)


async def test_nobody_takes_over_what_cannot_be_read(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(CLAIM)
    await damage(database, payload="{")
    attempt = SubmissionAttemptRef("dispatch-1", "attempt-1")

    with pytest.raises(MalformedRecord):
        await store.replace_turn_journal_attempt(attempt, "attempt-2")

    assert await store.complete_submission(attempt)


async def test_an_owner_can_end_a_submission_that_was_damaged_meanwhile(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(CLAIM)
    await damage(database, payload="{")

    assert await store.complete_submission(SubmissionAttemptRef("dispatch-1", "attempt-1"))
    assert await store.list_running_submissions() == []
    assert await status(database) == ("settled", False)


@pytest.mark.parametrize("kind", ["dispatch", "telegram"])
async def test_deletion_removes_damaged_submissions_and_keeps_their_receipts(
    database: Database, store: SubmissionStore, kind: str
) -> None:
    await store.admit_dispatch(dispatch_input())
    await damage(database, payload="{", kind=kind)
    await store.list_runnable_submissions()

    await store.delete_session(SESSION, nothing)

    assert isinstance(await store.admit_dispatch(dispatch_input()), RetainedReceipt)


async def test_a_replay_of_a_damaged_submission_is_a_conflict(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_dispatch(dispatch_input())
    await damage(database, payload="{")

    assert await store.admit_dispatch(dispatch_input()) == DispatchConflict()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM flue_image_chunks WHERE image_id = '1'",
        "UPDATE flue_image_chunks SET image_id = '7' WHERE image_id = '1'",
        "UPDATE flue_image_chunks SET chunk_count = 2 WHERE image_id = '0'",
        "UPDATE flue_image_chunks SET chunk_index = 1 WHERE image_id = '0'",
        """INSERT INTO flue_image_chunks
           VALUES ('submission', 'direct-1', '', '2', 0, 1, 'of no image')""",
    ],
)
async def test_images_that_do_not_fit_their_submission_are_damage(
    database: Database, store: SubmissionStore, statement: str
) -> None:
    payload = {"message": "Look.", "images": [image(), image()]}
    await store.admit_direct(direct_input(payload=payload))
    await change(database, statement)

    with pytest.raises(MalformedRecord):
        await store.get_submission("direct-1")
    assert await store.list_runnable_submissions() == []
    assert not await store.has_unsettled_submissions()


async def test_a_settlement_leaves_what_changed_since_it_was_read(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_dispatch(dispatch_input())
    await damage(database, started_at=1)
    listing = await database.read(queries.listing, store._layout, queries.RUNNABLE)
    await damage(database, status="running", attempt_id="attempt-1")

    await database.write(queries.settle_damaged, listing.damaged)

    assert await status(database) == ("running", False)


async def test_a_damaged_tool_request_is_refused(
    database: Database, store: SubmissionStore
) -> None:
    await store.begin_turn_journal(turn("dispatch-1"))
    await change(database, "UPDATE flue_agent_turn_journals SET tool_request_json = '{'")

    with pytest.raises(MalformedRecord, match="tool request"):
        await store.get_turn_journal("dispatch-1")


async def status(database: Database) -> tuple[str, bool]:
    """Return the status of dispatch-1, and whether it has an error."""

    def step(connection: Connection) -> tuple[str, bool]:
        row = connection.execute(
            text(
                "SELECT status, error FROM flue_agent_submissions"
                " WHERE submission_id = 'dispatch-1'"
            )
        ).one()
        return row.status, bool(row.error)

    return await database.read(step)


async def nothing() -> None:
    pass
