"""What may be opened, and what errors may say about it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import reference_adapters
from flue_conformance.contract import InvalidLocation, Storage
from reference_adapters.postgres_server import PostgresServer

PASSWORD = "s3cret/p@ss"


@pytest.mark.parametrize("path", ["", "  ", "\t\n"])
def test_a_blank_path_is_refused_at_construction(path: str) -> None:
    with pytest.raises(InvalidLocation, match="non-empty file path"):
        reference_adapters.sqlite(path)


def test_an_unknown_edition_is_refused_at_construction() -> None:
    with pytest.raises(ValueError, match=r"Unknown edition '0\.12'; known: 0\.10, 0\.11\."):
        reference_adapters.memory(edition="0.12")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://somebody:{PASSWORD}@host/flue",
        f"postgresql://somebody:12/{PASSWORD}@host:port/flue",
        "postgresql://somebody@host:s3cret/flue",
        "postgresql://somebody:%s3cret@host/flue",
        f"mysql://somebody:{PASSWORD}@host/flue",
        f"host=h password={PASSWORD}",
        "",
    ],
)
def test_an_unusable_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidLocation) as raised:
        reference_adapters.postgres(url)

    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or raised.value.__suppress_context__


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_urls_are_understood_as_users_write_them(scheme: str) -> None:
    server = PostgresServer(
        f"{scheme}://some%40body:p%2Fw@host:5433/flue?options=-csearch_path%3Ds1&connect_timeout=3"
    )

    given = {"user", "password", "host", "port", "dbname", "options", "connect_timeout"}
    assert {name: server._parameters[name] for name in given} == {
        "user": "some@body",
        "password": "p/w",
        "host": "host",
        "port": "5433",
        "dbname": "flue",
        "options": "-csearch_path=s1",
        "connect_timeout": "3",
    }


@pytest.mark.asyncio
async def test_a_failed_connection_names_the_server_and_no_password() -> None:
    adapter = reference_adapters.postgres("postgresql://somebody:s3cret@127.0.0.1:1/flue")

    with pytest.raises(Storage, match=r"dbname=flue host=127\.0\.0\.1 port=1") as raised:
        await adapter.connect()

    await adapter.close()
    error: BaseException | None = raised.value
    while error is not None:
        assert "s3cret" not in f"{error} {error!r} {error.args}"
        error = error.__cause__ or error.__context__


@pytest.mark.asyncio
async def test_a_schema_in_the_url_is_where_the_tables_are(postgres_place: Any) -> None:
    separator = "&" if "?" in postgres_place.location else "?"
    url = f"{postgres_place.location}{separator}options=-csearch_path%3Dapart"
    await _execute(postgres_place.location, "CREATE SCHEMA apart")
    adapter = reference_adapters.postgres(url)
    await adapter.migrate()
    await adapter.migrate()
    await adapter.connect()
    await adapter.close()

    found = await _execute(
        postgres_place.location,
        "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'flue%'",
    )
    assert found == [("apart",)]


@pytest.mark.asyncio
async def test_files_are_durable_and_let_others_read(tmp_path: Path) -> None:
    adapter = reference_adapters.sqlite(tmp_path / "flue.db")
    await adapter.migrate()
    database = adapter._database
    assert database is not None

    async def setting(name: str) -> Any:
        return await database.read(
            lambda connection: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        )

    full = 2
    assert await setting("journal_mode") == "wal"
    assert await setting("synchronous") == full
    await adapter.close()


@pytest.mark.asyncio
async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database, but text that is long enough to be mistaken for one" * 20)
    adapter = reference_adapters.sqlite(path)

    with pytest.raises(Storage, match=r"notes\.txt: file is not a database"):
        await adapter.connect()

    await adapter.close()


@pytest.mark.asyncio
async def test_a_location_can_be_opened_again_after_closing(tmp_path: Path) -> None:
    adapter = reference_adapters.sqlite(tmp_path / "flue.db")
    await adapter.close()
    await adapter.migrate()
    first = await adapter.connect()
    await first.sessions.save("s", _session())
    await asyncio.gather(adapter.close(), adapter.close())

    again = await adapter.connect()

    assert await again.sessions.load("s") == _session()
    with pytest.raises(Storage, match="was closed"):
        await first.sessions.load("s")
    await adapter.close()
    with sqlite3.connect(tmp_path / "flue.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _session() -> Any:
    return {"version": 5, "entries": []}


async def _execute(url: str, statement: str) -> Any:
    import psycopg  # noqa: PLC0415 - only where there is a server

    def execute() -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else None

    return await asyncio.to_thread(execute)
