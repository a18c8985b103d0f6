"""What one language writes, the other reads, while both have the database open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flue_conformance.contract import (
    AdmittedSubmission,
    DirectConflict,
    DispatchConflict,
    JsonValue,
    RetainedReceipt,
    json_equal,
    kind_of,
    session_key,
)
from flue_conformance.specs.scenarios.contents import everything, fill, work_and_sessions
from flue_conformance.specs.scenarios.steps import queue_and_settle
from flue_conformance.specs.scenarios.strategies import json_values
from flue_conformance.specs.scenarios.values import (
    direct_input,
    dispatch_input,
    fresh,
    image,
    session_data,
)
from flue_conformance.specs.support.database import Handle

from .conftest import Both, Open, Pair, Shared

Roles = Callable[[Shared], tuple[Open, Open]]
documents = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_all_of_it_is_read_alike(pair: Pair, roles: Roles) -> None:
    async def act(shared: Shared) -> None:
        open_writer, open_reader = roles(shared)
        reader, writer = await open_reader(), await open_writer()

        await fill(writer)
        # Flue's SQLite keeps runs in its process.
        read = everything if shared.location.startswith("postgresql") else work_and_sessions

        assert await read(reader) == await read(writer)

    pair.run(act)


def test_what_was_closed_is_opened(pair: Pair, roles: Roles) -> None:
    async def act(shared: Shared) -> None:
        open_writer, open_reader = roles(shared)
        writer = await open_writer()
        await fill(writer)
        written = await work_and_sessions(writer)
        await writer.close()

        assert await work_and_sessions(await open_reader()) == written

    pair.run(act)


@given(document=json_values())
@documents
def test_documents_are_stored_as_the_same_text(both: Both, document: JsonValue) -> None:
    """Replays are decided on it: a conflict would be one only to half of the writers."""

    async def texts(handle: Handle) -> list[str]:
        name = fresh("dispatch")
        await handle.submissions.admit_dispatch(dispatch_input(name, input=document))
        await handle.sessions.save(name, session_data(metadata={"document": document}))
        planter = both.shared.planter
        [admitted] = await planter.rows("flue_agent_submissions", submission_id=name)
        [saved] = await planter.rows("flue_sessions", id=name)
        return [admitted["payload"].replace(name, "the name"), saved["data"]]

    assert both.run(texts(both.npm)) == both.run(texts(both.python))


@given(document=json_values(), other=json_values(), npm_first=st.booleans())
@documents
def test_replays_are_decided_alike(
    both: Both, document: JsonValue, other: JsonValue, npm_first: bool
) -> None:
    async def act() -> None:
        writer, reader = in_order(both, npm_first=npm_first)
        mine = dispatch_input(fresh("dispatch"), input=document)
        admitted = await writer.submissions.admit_dispatch(mine)

        assert isinstance(admitted, AdmittedSubmission)
        assert await reader.submissions.admit_dispatch(mine) == admitted
        changed = dispatch_input(mine["dispatchId"], input=other)
        answers = [await each.submissions.admit_dispatch(changed) for each in (writer, reader)]
        assert answers[0] == answers[1]

    both.run(act())


@given(document=json_values(), npm_first=st.booleans())
@documents
def test_sessions_go_to_and_fro(both: Both, document: JsonValue, npm_first: bool) -> None:
    async def act() -> None:
        writer, reader = in_order(both, npm_first=npm_first)
        record = session_data(metadata={"document": document})
        for saving, loading in ((writer, reader), (reader, writer)):
            await saving.sessions.save("session", record)
            loaded = await loading.sessions.load("session")
            assert json_equal(loaded, record)
            record["entries"].reverse()
        await writer.sessions.delete("session")
        assert await reader.sessions.load("session") is None

    both.run(act())


def in_order(both: Both, *, npm_first: bool) -> tuple[Handle, Handle]:
    """Return the writer and the reader."""
    return (both.npm, both.python) if npm_first else (both.python, both.npm)


def test_direct_prompts_are_replayed_alike(pair: Pair, roles: Roles) -> None:
    payload: dict[str, Any] = {"message": "What is left?"}
    if pair.edition == "0.11":
        payload["images"] = [image("a" * 300_000), image()]

    async def act(shared: Shared) -> None:
        open_writer, open_reader = roles(shared)
        writer, reader = await open_writer(), await open_reader()
        mine = direct_input(payload=payload)

        admitted = await writer.submissions.admit_direct(mine)

        assert await reader.submissions.admit_direct(mine) == admitted
        assert (await reader.submissions.get_submission("direct-1")) == admitted
        for each in (reader, writer):
            assert await _kind_of_a_conflict(each) == DirectConflict.kind

    pair.run(act)


async def _kind_of_a_conflict(handle: Handle) -> str:
    try:
        await handle.submissions.admit_direct(direct_input(payload={"message": "Another one."}))
    except Exception as error:  # noqa: BLE001 - of either language
        return kind_of(error)
    return "none"


def test_a_deletion_bars_the_session_and_leaves_receipts_in_both(pair: Pair, roles: Roles) -> None:
    async def act(shared: Shared) -> None:
        open_writer, open_reader = roles(shared)
        writer, reader = await open_writer(), await open_reader()
        await queue_and_settle(writer.submissions)
        barred = []

        async def look() -> None:
            for each in (writer, reader):
                try:
                    await each.submissions.admit_dispatch(dispatch_input("new"))
                except Exception as error:  # noqa: BLE001 - of either language
                    barred.append(kind_of(error))

        await writer.submissions.delete_session(session_key("agent-1", "default"), look)

        assert barred == ["SessionDeleting"] * 2
        replays = [
            await each.submissions.admit_dispatch(dispatch_input()) for each in (writer, reader)
        ]
        assert replays[0] == replays[1]
        assert isinstance(replays[0], RetainedReceipt)
        conflict = await reader.submissions.admit_dispatch(dispatch_input("new"))
        assert not isinstance(conflict, DispatchConflict)

    pair.run(act)
