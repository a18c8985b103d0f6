"""Texts that a database cannot hold are refused, and nothing is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

import reference_adapters
from flue_conformance.contract import (
    CreateRunInput,
    ListRunsOpts,
    PersistenceAdapter,
    RecordRunStartInput,
    RunCursor,
    RunOwner,
    Stores,
    UnstorableText,
)
from reference_adapters.dialects import POSTGRES, SQLITE, Dialect

SURROGATE = "a\ud83d"
NUL = "ab\x00c"


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES], ids=lambda dialect: dialect.name)
def test_an_unpaired_surrogate_is_refused_everywhere(dialect: Dialect) -> None:
    with pytest.raises(
        UnstorableText,
        match=f"an unpaired surrogate at position 1 cannot be stored: {dialect.name} cannot",
    ):
        dialect.check_text("fine \U0001f600", None, SURROGATE)
    assert not dialect.can_store("fine", SURROGATE)
    assert dialect.storable(SURROGATE) == "a\ufffd"


def test_u_0000_is_refused_by_postgres_alone() -> None:
    with pytest.raises(UnstorableText, match=r"U\+0000 at position 2 cannot be stored: Postgres"):
        POSTGRES.check_text(NUL)
    assert POSTGRES.storable(NUL) == "ab\ufffdc"
    SQLITE.check_text(NUL)
    assert SQLITE.storable(NUL) == NUL


@pytest.fixture(params=["0.10", "0.11"])
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def stores(place: Any, edition: str) -> AsyncIterator[Stores]:
    make = getattr(reference_adapters, place.kind)
    adapter: PersistenceAdapter = make(place.location, edition=edition)
    await adapter.migrate()
    yield await adapter.connect()
    await adapter.close()


def session(*entry_ids: str) -> Any:
    return {"version": 5, "entries": [{"type": "message", "id": id_} for id_ in entry_ids]}


@pytest.mark.asyncio
async def test_what_cannot_be_stored_was_never_stored(stores: Stores) -> None:
    with pytest.raises(UnstorableText):
        await stores.sessions.save(SURROGATE, session())
    assert await stores.sessions.load(SURROGATE) is None
    await stores.sessions.delete(SURROGATE)

    owner = RunOwner("w", SURROGATE)
    with pytest.raises(UnstorableText):
        await stores.runs.create_run(CreateRunInput(SURROGATE, owner, "s"))
    assert await stores.runs.get_run(SURROGATE) is None
    with pytest.raises(UnstorableText):
        await stores.run_registry.record_run_start(RecordRunStartInput(SURROGATE, owner, "s"))
    assert await stores.run_registry.lookup_run(SURROGATE) is None
    assert (await stores.run_registry.list_runs()).runs == []


@pytest.mark.asyncio
async def test_filters_and_cursors_that_cannot_be_stored(stores: Stores) -> None:
    for number in range(3):
        run_id = f"run-{number}"
        start = RecordRunStartInput(run_id, RunOwner("w", run_id), "s")
        await stores.run_registry.record_run_start(start)

    for opts in (ListRunsOpts(workflow_name=SURROGATE), ListRunsOpts(status=SURROGATE)):
        assert (await stores.run_registry.list_runs(opts)).runs == []
    cursor = RunCursor("s", SURROGATE).encode()
    assert len((await stores.run_registry.list_runs(ListRunsOpts(cursor=cursor))).runs) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize("edition", ["0.11"])
async def test_stream_paths_that_cannot_be_stored(stores: Stores) -> None:
    streams = stores.event_streams
    assert streams is not None
    with pytest.raises(UnstorableText):
        await streams.create_stream(SURROGATE)
    with pytest.raises(UnstorableText):
        await streams.append_event(SURROGATE, {})
    await streams.close_stream(SURROGATE)
    await streams.delete_stream(SURROGATE)
    assert await streams.get_stream_meta(SURROGATE) is None
    assert (await streams.read_events(SURROGATE)).up_to_date


@pytest.mark.asyncio
@pytest.mark.parametrize("edition", ["0.11"])
async def test_an_entry_id_that_cannot_be_stored_changes_nothing(stores: Stores) -> None:
    before = session("e1")
    await stores.sessions.save("s", before)
    with pytest.raises(UnstorableText):
        await stores.sessions.save("s", session("e1", SURROGATE))

    assert await stores.sessions.load("s") == before
