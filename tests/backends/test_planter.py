"""`FlueSchemaPlanter` on SQLite; on Postgres it is tested with the servers."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flue_conformance.backends import FlueSchemaPlanter


@pytest.fixture
def planter(tmp_path: Path) -> FlueSchemaPlanter:
    path = tmp_path / "a #1%?.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE flue_event_stream_entries (path TEXT, seq INTEGER, data TEXT)"
        )
    return FlueSchemaPlanter(str(path))


def test_rows_come_back_raw_and_selected(planter: FlueSchemaPlanter) -> None:
    async def plant() -> None:
        for seq, data in [(1, "{"), (2, None), (3, b"\xff")]:
            await planter.insert("flue_event_stream_entries", path="p", seq=seq, data=data)

        assert await planter.rows("flue_event_stream_entries", path="p", data=None) == [
            {"path": "p", "seq": 2, "data": None}
        ]
        assert await planter.rows("flue_event_stream_entries", seq=3) == [
            {"path": "p", "seq": 3, "data": b"\xff"}
        ]
        assert await planter.rows("flue_event_stream_entries", path="q") == []

    asyncio.run(plant())


def test_updates_and_deletions_count_what_they_touched(planter: FlueSchemaPlanter) -> None:
    async def plant() -> None:
        for seq in range(3):
            await planter.insert("flue_event_stream_entries", path="p", seq=seq, data="{}")

        assert await planter.update("flue_event_stream_entries", {"seq": 1}, data="]") == 1
        assert await planter.update("flue_event_stream_entries", {"seq": 9}, data="]") == 0
        assert await planter.update("flue_event_stream_entries", {}, path="q") == 3
        assert await planter.delete("flue_event_stream_entries", data="{}") == 2
        assert await planter.rows("flue_event_stream_entries") == [
            {"path": "q", "seq": 1, "data": "]"}
        ]

    asyncio.run(plant())


def test_only_names_of_the_contract_become_sql(planter: FlueSchemaPlanter) -> None:
    async def plant() -> None:
        with pytest.raises(ValueError, match="no table 'sqlite_master'"):
            await planter.rows("sqlite_master")
        with pytest.raises(ValueError, match="no column 'seq = 1 OR seq'"):
            await planter.delete("flue_event_stream_entries", **{"seq = 1 OR seq": 2})
        with pytest.raises(ValueError, match="no column 'rowid'"):
            await planter.update("flue_event_stream_entries", {"rowid": 1}, data="")

    asyncio.run(plant())


def test_a_mistaken_path_does_not_become_a_database(tmp_path: Path) -> None:
    mistaken = tmp_path / "nowhere.db"
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(FlueSchemaPlanter(str(mistaken)).rows("flue_sessions"))
    assert not mistaken.exists()
