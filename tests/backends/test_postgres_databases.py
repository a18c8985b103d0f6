"""Databases on each kind of server: fresh, copied, dropped, described, planted in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from flue_conformance.backends import PostgresBackend
from flue_conformance.backends.postgres.driver import connect

MakeBackend = Callable[..., PostgresBackend]


def query(location: str, statement: str) -> list[dict[str, Any]]:
    with connect(location) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def tables(location: str) -> list[str]:
    rows = query(
        location, "SELECT tablename FROM pg_tables WHERE schemaname = ANY(current_schemas(false))"
    )
    return [row["tablename"] for row in rows]


def test_a_new_database_is_empty(backend: PostgresBackend) -> None:
    location = asyncio.run(backend.create())

    assert tables(location) == []
    asyncio.run(backend.drop(location))


def test_two_databases_do_not_see_each_other(backend: PostgresBackend) -> None:
    first, second = asyncio.run(backend.create()), asyncio.run(backend.create())
    query(first, "CREATE TABLE flue_sessions (id TEXT)")

    assert tables(second) == []
    for location in (first, second):
        asyncio.run(backend.drop(location))


def test_a_copy_has_what_its_template_has(backend: PostgresBackend, choice: str) -> None:
    template = asyncio.run(backend.create())
    query(template, "CREATE TABLE flue_sessions (id TEXT)")
    query(template, "INSERT INTO flue_sessions VALUES ('s-1')")

    copies = [asyncio.run(backend.copy(template)) for _ in range(3)]

    if "tenant" in choice:
        assert copies == [None, None, None]
    else:
        assert len(set(copies)) == 3
        for copy in copies:
            assert copy is not None
            assert query(copy, "SELECT id FROM flue_sessions") == [{"id": "s-1"}]
            asyncio.run(backend.drop(copy))
    asyncio.run(backend.drop(template))


def test_databases_are_made_in_any_loop_at_once(backend: PostgresBackend) -> None:
    async def make_many() -> list[str]:
        return await asyncio.gather(*(backend.create() for _ in range(8)))

    locations = asyncio.run(make_many())

    assert len(set(locations)) == 8
    for location in locations:
        asyncio.run(backend.drop(location))


def test_a_dropped_database_goes_although_somebody_stays_connected(
    backend: PostgresBackend, eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    location = asyncio.run(backend.create())
    with closing(connect(location)) as stays:
        stays.execute("CREATE TABLE flue_sessions (id TEXT)")
        stays.execute("BEGIN")
        stays.execute("INSERT INTO flue_sessions VALUES ('s-1')")
        asyncio.run(backend.drop(location))

        assert eventually(lambda: not exists(backend, location))


def exists(backend: PostgresBackend, location: str) -> bool:
    name = backend.describe(location).rpartition(" ")[2].rpartition("%3D")[2].strip("'")
    other = asyncio.run(backend.create())
    rows = query(
        other,
        "SELECT datname AS name FROM pg_database UNION SELECT nspname AS name FROM pg_namespace",
    )
    asyncio.run(backend.drop(other))
    return any(row["name"] == name for row in rows)


def test_a_parallel_worker_shares_the_server(
    backend: PostgresBackend, make_backend: MakeBackend, choice: str
) -> None:
    worker = make_backend(choice)
    worker.join(json.loads(json.dumps(backend.share())))

    theirs, ours = asyncio.run(worker.create()), asyncio.run(backend.create())

    assert theirs != ours
    assert worker.about() == backend.about()
    asyncio.run(worker.drop(theirs))
    asyncio.run(backend.drop(ours))
    asyncio.run(worker.stop())


def test_the_planter_damages_what_the_adapter_stored(backend: PostgresBackend) -> None:
    location = asyncio.run(backend.create())
    query(location, "CREATE TABLE flue_sessions (id TEXT PRIMARY KEY, data TEXT NOT NULL)")
    planter = backend.planter(location)
    assert planter is not None

    async def plant() -> None:
        await planter.insert("flue_sessions", id="s-1", data="{")
        await planter.insert("flue_sessions", id="s-2", data="{}")
        assert await planter.update("flue_sessions", {"id": "s-1"}, data="]") == 1
        assert await planter.delete("flue_sessions", id="s-2") == 1
        assert await planter.rows("flue_sessions") == [{"id": "s-1", "data": "]"}]

    asyncio.run(plant())
    asyncio.run(backend.drop(location))


def test_what_is_shown_holds_no_secret(backend: PostgresBackend) -> None:
    location = asyncio.run(backend.create())
    secret = location.partition("@")[0].rpartition(":")[2]

    shown = [backend.about(), backend.describe(location), repr(backend)]

    assert backend.about().startswith("PostgreSQL ")
    if not secret.startswith("//"):
        assert not [text for text in shown if secret in text]
    asyncio.run(backend.drop(location))


def test_a_database_exists_only_between_start_and_stop(make_backend: MakeBackend) -> None:
    with pytest.raises(RuntimeError, match="between start and stop"):
        asyncio.run(make_backend("local").create())
