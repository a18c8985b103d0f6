"""A deletion that finds nothing leaves alone what is made at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, event, text

from flue_conformance.contract import json_equal
from reference_adapters.database import Database
from reference_adapters.migration import migrate
from reference_adapters.sessions import SplitSessionStore
from reference_adapters.streams import EventStreamStore

pytestmark = pytest.mark.asyncio


def after_first_deletion(database: Database, others: Database, *statements: str) -> None:
    """Let others commit `statements` right after the next deletion's first statement."""
    waiting = list(statements)

    def interfere(_: Connection, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("DELETE") and waiting:
            with others._engine.connect() as connection:
                while waiting:
                    connection.execute(text(waiting.pop(0)))

    event.listen(database._engine, "after_cursor_execute", interfere)


@pytest_asyncio.fixture
async def handles(
    postgres_place: Any, open_database: Callable[[Any], Database]
) -> tuple[Database, Database]:
    database, others = open_database(postgres_place), open_database(postgres_place)
    await database.write(migrate, database.dialect, "0.11")
    return database, others


async def test_a_session_saved_during_its_deletion_keeps_its_entries(
    handles: tuple[Database, Database],
) -> None:
    database, others = handles
    sessions = SplitSessionStore(database)
    after_first_deletion(
        database,
        others,
        "INSERT INTO flue_sessions VALUES ('s', '{}')",
        "INSERT INTO flue_session_entries VALUES ('s', 'e1', 0, '{\"id\" : \"e1\"}')",
    )

    await sessions.delete("s")

    assert json_equal(await sessions.load("s"), {"entries": [{"id": "e1"}]})


async def test_a_stream_made_during_its_deletion_keeps_its_events(
    handles: tuple[Database, Database],
) -> None:
    database, others = handles
    streams = EventStreamStore(database)
    after_first_deletion(
        database,
        others,
        "INSERT INTO flue_event_streams (path, next_offset) VALUES ('p', 1)",
        "INSERT INTO flue_event_stream_entries VALUES ('p', 0, '1')",
    )

    await streams.delete_stream("p")

    assert [stored.data for stored in (await streams.read_events("p")).events] == [1]
