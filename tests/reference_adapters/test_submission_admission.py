"""Admission where specs cannot look: stored texts, waiting transactions, races with deletion."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from flue_conformance.backends import FlueSchemaPlanter
from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchReceipt,
    MalformedRecord,
    RetainedReceipt,
    SubmissionAttemptRef,
    UnstorableText,
    session_key,
)
from flue_conformance.specs.scenarios.values import (
    ACCEPTED_INSTANT,
    attempt,
    claim,
    direct_input,
    dispatch_input,
    image,
    turn,
)
from reference_adapters.database import Database
from reference_adapters.submissions import SubmissionStore, deletion_steps
from reference_adapters.submissions.deletion_steps import DeletionRef

pytestmark = pytest.mark.asyncio

SESSION = session_key("agent-1", "default")
postgres_only = pytest.mark.parametrize("place", ["postgres"], indirect=True)


async def test_a_dispatch_lies_there_as_an_official_adapter_writes_it(
    planter: FlueSchemaPlanter, store: SubmissionStore
) -> None:
    await store.admit_dispatch(
        dispatch_input(session='"é\u2028\ud800', input={"b": [1.0, 1e21, 1e-7], "2": None, "": {}})
    )

    (row,) = await planter.rows("flue_agent_submissions")
    assert row["payload"] == (
        '{"dispatchId":"dispatch-1","agent":"triage","id":"agent-1","session":"\\"é\u2028\\ud800",'
        '"input":{"2":null,"b":[1,1e+21,1e-7],"":{}},"acceptedAt":"2026-06-03T10:20:30.456Z",'
        '"kind":"dispatch","submissionId":"dispatch-1"}'
    )
    assert row["session_key"] == 'agent-session:["agent-1","default","\\"é\u2028\\ud800"]'
    assert (row["kind"], row["status"], row["accepted_at"]) == (
        "dispatch",
        "queued",
        ACCEPTED_INSTANT,
    )
    assert (row["attempt_count"], row["max_retry"], row["timeout_at"]) == (0, 10, 0)
    assert (row["owner_id"], row["lease_expires_at"], row["error"]) == (None, 0, None)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_images_lie_apart_in_a_file(
    planter: FlueSchemaPlanter, store: SubmissionStore
) -> None:
    payload = {"images": [image("first"), image("")], "message": "Look."}
    await store.admit_direct(direct_input(payload=payload))

    (row,) = await planter.rows("flue_agent_submissions")
    assert row["payload"] == (
        '{"kind":"direct","submissionId":"direct-1","agent":"triage","id":"agent-1",'
        '"session":"default","payload":{"images":['
        '{"type":"image","data":"__flue_image_chunks__:0","mimeType":"image/png"},'
        '{"type":"image","data":"__flue_image_chunks__:1","mimeType":"image/png"}],'
        '"message":"Look."},"acceptedAt":"2026-06-03T10:20:30.456Z"}'
    )
    chunks = await planter.rows("flue_image_chunks", owner_kind="submission", owner_id="direct-1")
    assert [(chunk["image_id"], chunk["data"]) for chunk in chunks] == [("0", "first"), ("1", "")]


async def test_what_an_official_adapter_admitted_is_replayed_and_claimed(
    planter: FlueSchemaPlanter, store: SubmissionStore
) -> None:
    await planter.insert(
        "flue_agent_submissions",
        submission_id="dispatch-1",
        session_key=SESSION,
        kind="dispatch",
        payload='{"dispatchId":"dispatch-1","agent":"triage","id":"agent-1","session":"default",'
        '"input":{"issue":42,"labels":["bug","p1"],"nested":{"empty":{},"none":null}},'
        '"acceptedAt":"2026-06-03T10:20:30.456Z","kind":"dispatch","submissionId":"dispatch-1"}',
        status="queued",
        accepted_at=ACCEPTED_INSTANT,
    )

    replayed = await store.admit_dispatch(dispatch_input())
    assert isinstance(replayed, AdmittedSubmission)
    assert await store.list_runnable_submissions() == [replayed.submission]
    assert await store.claim_submission(claim())


@pytest.mark.parametrize(
    "changes",
    [
        {"input": float("nan")},
        {"input": {1: "a name that is a number"}},
        {"input": object()},
        {"input": [[]]},
    ],
    ids=["NaN", "number as name", "no JSON", "contains itself"],
)
async def test_an_input_without_json_text_is_refused(
    planter: FlueSchemaPlanter, store: SubmissionStore, changes: dict[str, Any]
) -> None:
    if changes["input"] == [[]]:
        changes["input"][0].append(changes["input"])

    with pytest.raises(MalformedRecord):
        await store.admit_dispatch(dispatch_input(**changes))

    assert await planter.rows("flue_agent_submissions") == []


async def test_an_input_that_could_not_be_read_again_is_refused(
    planter: FlueSchemaPlanter, store: SubmissionStore
) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(MalformedRecord):
        await store.admit_dispatch(dispatch_input(input=deep))

    assert await planter.rows("flue_agent_submissions") == []


async def test_texts_that_cannot_be_stored_are_refused_by_name(
    place: Any, store: SubmissionStore
) -> None:
    texts = ["\ud800"] if place.kind == "sqlite" else ["\ud800", "a\0b"]
    for odd in texts:
        for refused in (
            store.admit_dispatch(dispatch_input(odd)),
            store.admit_direct(direct_input(odd)),
            store.claim_submission(claim(attempt_id=odd)),
            store.begin_turn_journal(turn(operation_id=odd)),
            store.append_stream_chunk_segment("stream-1", 0, odd),
            store.append_stream_chunk_segment(odd, 0, ""),
            store.complete_submission(SubmissionAttemptRef(odd, "attempt-1")),
            store.delete_session(odd, nothing),
        ):
            with pytest.raises(UnstorableText):
                await refused

    assert not await store.has_unsettled_submissions()
    assert await store.get_stream_chunk_segments("stream-1") == []


async def test_renewal_skips_ids_that_cannot_exist(store: SubmissionStore) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(claim(lease_ms=-1))

    await store.renew_leases("owner-1", ["\ud800", "dispatch-1"])

    assert await store.list_expired_submissions() == []


class UntoldError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("an error about an error")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("the model went away"), "the model went away"),
        (ValueError(), ""),
        ("", ""),
        ("plain", "plain"),
        ({"code": 7}, '{"code":7}'),
        (None, "null"),
        (object, "an error of the type type"),
        (UntoldError(), "an error of the type UntoldError"),
        ("lone \ud800", "lone \ufffd"),
    ],
)
async def test_every_error_leaves_a_text(store: SubmissionStore, error: object, text: str) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(claim())

    assert await store.fail_submission(attempt(), error)

    failed = await store.get_submission("dispatch-1")
    assert failed is not None
    assert failed.error == text


Wait = Callable[[], Awaitable[None]]
Hold = Callable[[Callable[[Connection], object]], Awaitable[Wait]]
HoldSession = Callable[[str], Awaitable[Wait]]


@postgres_only
async def test_admissions_of_a_session_queue_up_and_those_of_others_do_not(
    store: SubmissionStore, hold_session: HoldSession, until_somebody_waits: Wait
) -> None:
    release = await hold_session(SESSION)
    waiting = asyncio.create_task(store.admit_dispatch(dispatch_input()))
    await until_somebody_waits()

    other = await store.admit_dispatch(dispatch_input("dispatch-2", session="other"))
    assert isinstance(other, AdmittedSubmission)
    assert not waiting.done()

    await release()
    admitted = await waiting
    assert isinstance(admitted, AdmittedSubmission)
    assert admitted.submission.sequence > other.submission.sequence


async def test_sequences_follow_the_order_in_which_admissions_returned(
    store: SubmissionStore, other_store: SubmissionStore
) -> None:
    seen: list[tuple[int, int]] = []

    async def admit(through: SubmissionStore, name: str) -> None:
        for number in range(10):
            highest_before = max((sequence for _, sequence in seen), default=0)
            admitted = await through.admit_direct(direct_input(f"{name}-{number}"))
            seen.append((highest_before, admitted.sequence))

    await asyncio.gather(
        *(admit(through, f"{name}") for name, through in enumerate([store, other_store] * 4))
    )

    assert len({sequence for _, sequence in seen}) == 80
    assert all(sequence > highest_before for highest_before, sequence in seen)


@postgres_only
async def test_a_replay_into_another_session_meets_the_receipt_that_is_being_written(
    planter: FlueSchemaPlanter,
    store: SubmissionStore,
    database: Database,
    hold: Hold,
    until_somebody_waits: Wait,
) -> None:
    await store.admit_dispatch(dispatch_input())
    await store.claim_submission(claim())
    await store.complete_submission(attempt())
    layout = store._layout
    ref = DeletionRef(SESSION, owner="other")
    marked_at = await database.write(deletion_steps.mark, layout, ref)

    def finish(connection: Connection) -> None:
        deletion_steps.finish(connection, layout, ref, {}, marked_at)

    commit = await hold(finish)
    replay = asyncio.create_task(store.admit_dispatch(dispatch_input(session="elsewhere")))
    await until_somebody_waits()
    await commit()

    receipt = AgentDispatchReceipt("dispatch-1", ACCEPTED_INSTANT)
    assert await replay == RetainedReceipt(receipt)
    assert await planter.rows("flue_agent_submissions") == []


@postgres_only
async def test_an_id_that_is_freed_during_its_admission_is_admitted(
    planter: FlueSchemaPlanter, database: Database, store: SubmissionStore
) -> None:
    await store.admit_direct(direct_input())
    freed: list[int] = []

    def free(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        # Between the insert, which met the id, and the look at who has it.
        if not freed and statement.startswith("SELECT flue_agent_submissions"):
            freed.append(asyncio.run(planter.delete("flue_agent_submissions")))

    event.listen(database._engine, "before_cursor_execute", free)
    admitted = await store.admit_direct(direct_input(session="elsewhere"))

    assert freed == [1]
    assert admitted.session_key == session_key("agent-1", "elsewhere")
    assert admitted.status == "queued"


async def nothing() -> None:
    pass
