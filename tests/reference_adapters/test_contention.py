"""Contention and lost connections are waited out, in one place."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

import reference_adapters
from flue_conformance.contract import Storage
from reference_adapters import database as database_module
from reference_adapters import workers as workers_module
from reference_adapters.database import Database

pytestmark = pytest.mark.asyncio

TIME_LIMIT_S = 10.0


def make_accounts(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE accounts (name TEXT PRIMARY KEY, amount INTEGER)"))
    connection.execute(text("INSERT INTO accounts VALUES ('a', 0), ('b', 0)"))


def pay_in(connection: Connection, *names: str) -> None:
    for name in names:
        connection.execute(
            text("UPDATE accounts SET amount = amount + 1 WHERE name = :name"), {"name": name}
        )


def amounts(connection: Connection) -> list[int]:
    return list(connection.scalars(text("SELECT amount FROM accounts ORDER BY name")))


def end_connection(connection: Connection) -> None:
    """Let the server cut the connection that the next statement needs."""
    pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with connection.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


async def test_two_handles_on_a_file_lose_no_update(
    sqlite_place: Any, open_database: Callable[[Any], Database]
) -> None:
    handles = [open_database(sqlite_place) for _ in range(4)]
    await handles[0].write(make_accounts)

    def pay_in_after_reading(connection: Connection) -> None:
        before = amounts(connection)[0]
        connection.execute(
            text("UPDATE accounts SET amount = :amount WHERE name = 'a'"), {"amount": before + 1}
        )

    await asyncio.gather(
        *(handle.write(pay_in_after_reading) for handle in handles for _ in range(50))
    )

    assert await handles[0].read(amounts) == [200, 0]


async def test_a_file_locked_by_somebody_else_is_waited_for(
    sqlite_place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(sqlite_place)
    await opened.write(make_accounts)
    stranger = sqlite3.connect(sqlite_place.location, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(opened.write(pay_in, "a"))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    stranger.execute("COMMIT")
    stranger.close()

    await waiting
    assert await opened.read(amounts) == [1, 0]


async def test_patience_ends(
    sqlite_place: Any,
    open_database: Callable[[Any], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = open_database(sqlite_place)
    await opened.write(make_accounts)
    monkeypatch.setattr(database_module, "_PATIENCE_S", 0.0)
    stranger = sqlite3.connect(sqlite_place.location, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(Storage, match=f"{Path(sqlite_place.location).name}: database is locked"):
        await opened.write(pay_in, "a")

    stranger.close()
    await opened.write(pay_in, "a")
    assert await opened.read(amounts) == [1, 0]


async def test_the_victim_of_a_deadlock_is_repeated(
    postgres_place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(postgres_place)
    await opened.write(make_accounts)
    held = {"a": threading.Event(), "b": threading.Event()}

    def pay_in_crosswise(connection: Connection, first: str, second: str) -> None:
        pay_in(connection, first)
        held[first].set()
        assert held[second].wait(TIME_LIMIT_S)
        pay_in(connection, second)

    await asyncio.gather(
        opened.write(pay_in_crosswise, "a", "b"), opened.write(pay_in_crosswise, "b", "a")
    )

    assert await opened.read(amounts) == [2, 2]


async def test_a_connection_lost_before_commit_is_replaced_and_the_call_repeated(
    postgres_place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(postgres_place)
    await opened.write(make_accounts)
    attempts: list[int] = []

    def lose_the_first(connection: Connection) -> None:
        attempts.append(len(attempts))
        pay_in(connection, "a")
        if len(attempts) == 1:
            end_connection(connection)
        pay_in(connection, "b")

    await opened.write(lose_the_first)

    assert attempts == [0, 1]
    assert await opened.read(amounts) == [1, 1]


async def test_a_connection_lost_during_commit_leaves_the_outcome_unknown(
    postgres_place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(postgres_place)
    await opened.write(make_accounts)

    def lose(connection: Connection) -> None:
        pay_in(connection, "a")
        end_connection(connection)

    with pytest.raises(Storage, match="outcome of the call is unknown"):
        await opened.write(lose)

    await opened.write(pay_in, "b")
    assert await opened.read(amounts) == [0, 1]


async def test_connections_that_the_server_cut_while_idle_are_replaced(
    postgres_place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(postgres_place)
    await opened.write(make_accounts)
    all_at_once = threading.Barrier(10)
    await asyncio.gather(
        *(opened.read(lambda _: all_at_once.wait(TIME_LIMIT_S)) for _ in range(10))
    )
    cutting = open_database(postgres_place)
    cut = await cutting.read(
        lambda connection: connection.scalar(
            text(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    )
    assert cut >= 10

    await asyncio.gather(*(opened.write(pay_in, "a") for _ in range(20)))

    assert await opened.read(amounts) == [20, 0]


async def test_an_unreachable_server_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = reference_adapters.postgres("postgresql://somebody:hidden@127.0.0.1:1/nowhere")
    monkeypatch.setattr(workers_module, "_PAUSE_S", TIME_LIMIT_S)

    with pytest.raises(Storage, match="port=1") as raised:
        await adapter.connect()

    await adapter.close()
    assert "hidden" not in str(raised.value)
