"""Edition 0.10 keeps sessions whole, 0.11 splits them; a database goes from one to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, event, inspect, text

import reference_adapters
from flue_conformance.backends import FlueSchemaPlanter
from flue_conformance.contract import (
    MalformedRecord,
    PersistenceAdapter,
    SessionData,
    Storage,
    Stores,
    json_equal,
    json_text,
)
from reference_adapters.database import Database
from reference_adapters.migration import migrate
from reference_adapters.sessions import SplitSessionStore, split, upgrade

pytestmark = pytest.mark.asyncio

IMAGES = {"e1": "iVBORw0KGgo" * 30_000}


def session(*entries: str) -> SessionData:
    return {
        "version": 5,
        "affinityKey": "aff_01JZ",
        "entries": [
            {
                "type": "message",
                "id": entry,
                "parentId": None,
                "timestamp": "2026-06-03T00:00:00.000Z",
                "message": {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": f"{entry} \x00 \ud800 é"},
                        {
                            "type": "image",
                            "data": IMAGES.get(entry, entry),
                            "mimeType": "image/png",
                        },
                    ],
                    "timestamp": 1,
                },
            }
            for entry in entries
        ],
        "leafId": entries[-1] if entries else None,
        "metadata": {"zone": 1, "area": 1.5},
        "createdAt": "2026-06-03T00:00:00.000Z",
        "updatedAt": "2026-06-03T00:00:01.000Z",
    }


HISTORY = {
    'agent-session:["agent-1","default","default"]': session("e3", "e1", "e2"),
    "empty": session(),
    "long": session(*(f"{number:08x}" for number in range(40))),
}


@pytest_asyncio.fixture
async def adapter_on(place: Any) -> AsyncIterator[Callable[[str], PersistenceAdapter]]:
    made: list[PersistenceAdapter] = []

    def make(edition: str) -> PersistenceAdapter:
        open_location = getattr(reference_adapters, place.kind)
        made.append(open_location(place.location, edition=edition))
        return made[-1]

    yield make
    for adapter in made:
        await adapter.close()


@pytest_asyncio.fixture
async def earlier(adapter_on: Callable[[str], PersistenceAdapter]) -> Stores:
    """Stores of edition 0.10, whose database has a history."""
    adapter = adapter_on("0.10")
    await adapter.migrate()
    stores = await adapter.connect()
    for name, data in HISTORY.items():
        await stores.sessions.save(name, data)
    return stores


def columns(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns("flue_sessions")}


@pytest.mark.usefixtures("earlier")
async def test_the_upgrade_keeps_the_history(
    adapter_on: Callable[[str], PersistenceAdapter],
) -> None:
    later = adapter_on("0.11")
    await later.migrate()
    await later.migrate()

    sessions = (await later.connect()).sessions
    for name, data in HISTORY.items():
        assert json_equal(await sessions.load(name), data)


@pytest.mark.usefixtures("earlier")
async def test_an_upgraded_session_goes_on(
    adapter_on: Callable[[str], PersistenceAdapter],
) -> None:
    later = adapter_on("0.11")
    await later.migrate()
    sessions = (await later.connect()).sessions
    longer = session("e1", "e2", "e4")

    await sessions.save("long", longer)

    assert json_equal(await sessions.load("long"), longer)


@pytest.mark.usefixtures("earlier")
async def test_the_upgraded_layout_is_that_of_the_contract(
    adapter_on: Callable[[str], PersistenceAdapter], place: Any
) -> None:
    await adapter_on("0.11").migrate()

    planter = FlueSchemaPlanter(place.location)
    headers = {row["id"]: row["data"] for row in await planter.rows("flue_sessions")}
    assert headers["empty"] == json_text(
        {name: value for name, value in HISTORY["empty"].items() if name != "entries"}
    )
    entries = await planter.rows("flue_session_entries", session_id="long")
    assert sorted((entry["position"], entry["entry_id"]) for entry in entries) == [
        (position, entry["id"]) for position, entry in enumerate(HISTORY["long"]["entries"])
    ]


@pytest.mark.usefixtures("earlier")
async def test_an_upgrade_that_fails_changes_nothing(
    adapter_on: Callable[[str], PersistenceAdapter],
    earlier: Stores,
    place: Any,
    open_database: Callable[[Any], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail_at_the_last(connection: Connection, *arguments: Any) -> None:
        split.store_record(connection, *arguments)
        stored = connection.scalar(
            text("SELECT count(DISTINCT session_id) FROM flue_session_entries")
        )
        if stored == 2:
            raise LookupError("half way")

    monkeypatch.setattr(upgrade, "store_record", fail_at_the_last)
    with pytest.raises(LookupError):
        await adapter_on("0.11").migrate()

    assert "updated_at" in await open_database(place).read(columns)
    for name, data in HISTORY.items():
        assert json_equal(await earlier.sessions.load(name), data)
    await earlier.sessions.save("new", session("e1"))


async def test_a_record_that_cannot_be_split_stays_as_it_is(
    adapter_on: Callable[[str], PersistenceAdapter], earlier: Stores, place: Any
) -> None:
    del earlier
    twice = json_text(session("same", "same"))
    planter = FlueSchemaPlanter(place.location)
    damaged = {"no json": "{", "no object": "[]", "twice": twice}
    for name, data in damaged.items():
        await planter.insert("flue_sessions", id=name, data=data, updated_at=1)
    later = adapter_on("0.11")
    await later.migrate()
    sessions = (await later.connect()).sessions

    for name, data in damaged.items():
        with pytest.raises(MalformedRecord):
            await sessions.load(name)
        assert [row["data"] for row in await planter.rows("flue_sessions", id=name)] == [data]
    assert json_equal(await sessions.load("long"), HISTORY["long"])
    await sessions.save("no json", session("e1"))
    assert json_equal(await sessions.load("no json"), session("e1"))


@pytest.mark.usefixtures("earlier")
async def test_the_entry_table_of_an_official_adapter_is_no_obstacle(
    adapter_on: Callable[[str], PersistenceAdapter],
    place: Any,
    open_database: Callable[[Any], Database],
) -> None:
    """The official 0.11.1 makes the new table beside the old layout, and then cannot use it."""
    await open_database(place).write(
        lambda connection: connection.execute(
            text(
                "CREATE TABLE flue_session_entries (session_id TEXT NOT NULL, entry_id TEXT NOT"
                " NULL, position INTEGER NOT NULL, data TEXT NOT NULL,"
                " PRIMARY KEY (session_id, entry_id))"
            )
        )
    )
    later = adapter_on("0.11")
    await later.migrate()

    assert json_equal(await (await later.connect()).sessions.load("long"), HISTORY["long"])


async def test_edition_0_11_asks_for_the_upgrade(
    adapter_on: Callable[[str], PersistenceAdapter], earlier: Stores
) -> None:
    del earlier
    with pytest.raises(Storage, match=r"migrate\(\)"):
        await adapter_on("0.11").connect()


async def test_edition_0_10_refuses_the_later_layout_before_it_reads(
    adapter_on: Callable[[str], PersistenceAdapter],
) -> None:
    await adapter_on("0.11").migrate()
    earlier = adapter_on("0.10")

    with pytest.raises(Storage, match=r"the layout of edition 0\.11"):
        await earlier.migrate()
    with pytest.raises(Storage, match=r"the layout of edition 0\.11"):
        await earlier.connect()


async def test_edition_0_10_fails_when_the_upgrade_happens_while_it_is_open(
    adapter_on: Callable[[str], PersistenceAdapter], earlier: Stores
) -> None:
    # Often enough that Postgres has prepared the statement.
    for _ in range(10):
        await earlier.sessions.load("long")
    later = adapter_on("0.11")
    await later.migrate()

    with pytest.raises(Storage, match="updated_at"):
        await earlier.sessions.load("long")
    with pytest.raises(Storage, match="updated_at"):
        await earlier.sessions.save("long", session())
    with pytest.raises(Storage, match="updated_at"):
        await earlier.sessions.delete("long")
    sessions = (await later.connect()).sessions
    assert json_equal(await sessions.load("long"), HISTORY["long"])


async def test_migrating_again_never_alters_the_layout(
    place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(place)
    for _ in range(2):
        await opened.write(migrate, opened.dialect, "0.10")

    assert await opened.read(columns) == {"id", "data", "updated_at"}


async def test_a_save_writes_only_what_changed(
    place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(place)
    await opened.write(migrate, opened.dialect, "0.11")
    sessions = SplitSessionStore(opened)
    await sessions.save("s", session("e1", "e2", "e3"))
    rows_written: Counter[str] = Counter()

    @event.listens_for(opened._engine, "before_cursor_execute")
    def count(_: Any, __: Any, statement: str, rows: Any, ___: Any, are_many: bool) -> None:
        match statement.split():
            case ["INSERT" | "DELETE" as verb, _, "flue_session_entries", *_]:
                rows_written[verb] += len(rows) if are_many else 1

    await sessions.save("s", session("e1", "e3", "e4"))

    assert rows_written == {"DELETE": 1, "INSERT": 2}


async def test_a_repaired_record_is_read_again_by_who_kept_the_error(
    database: Database, planter: FlueSchemaPlanter
) -> None:
    sessions = SplitSessionStore(database)
    await sessions.save("s", session("e1", "e2", "e3"))
    place = {"session_id": "s", "entry_id": "e1"}
    [entry] = await planter.rows("flue_session_entries", **place)
    await planter.update("flue_session_entries", place, data="{")
    with pytest.raises(MalformedRecord) as kept:
        await sessions.load("s")

    await planter.update("flue_session_entries", place, data=entry["data"])

    assert json_equal(await sessions.load("s"), session("e1", "e2", "e3"))
    assert kept.value is not None
