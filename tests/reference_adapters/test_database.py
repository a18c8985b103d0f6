"""What every store relies on: whole transactions, on threads or in turns of the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from sqlalchemy import Connection, text

from flue_conformance.contract import Storage
from reference_adapters.database import Database
from reference_adapters.sqlite_file import SqliteFile

pytestmark = pytest.mark.asyncio

Elsewhere: TypeAlias = Callable[[Callable[[Connection], Any]], asyncio.Task[Any]]

TIME_LIMIT_S = 10.0

on_threads = pytest.mark.parametrize("place", ["postgres"], indirect=True)
in_turns = pytest.mark.parametrize("place", ["sqlite"], indirect=True)

INSERT = text("INSERT INTO notes (note) VALUES (:note)")
NOTES = text("SELECT note FROM notes ORDER BY note")


def make_notes(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE notes (note TEXT PRIMARY KEY)"))


def insert(connection: Connection, *notes: str) -> None:
    for note in notes:
        connection.execute(INSERT, {"note": note})


def notes(connection: Connection) -> list[str]:
    return list(connection.scalars(NOTES))


class Halt:
    """A step that stops half way, so that a test decides when it goes on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()

    def insert(self, connection: Connection, note: str) -> None:
        insert(connection, note)
        self.reached.set()
        assert self.released.wait(TIME_LIMIT_S)

    async def until_reached(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, TIME_LIMIT_S)


@pytest_asyncio.fixture
async def noted(place: Any, open_database: Callable[[Any], Database]) -> Database:
    opened = open_database(place)
    await opened.write(make_notes)
    return opened


@pytest_asyncio.fixture
async def in_memory() -> AsyncIterator[Database]:
    opened = SqliteFile(None).open()
    await opened.write(make_notes)
    yield opened
    await opened.close()


async def test_a_step_that_raises_leaves_nothing_behind_and_the_database_usable(
    noted: Database,
) -> None:
    def fail(connection: Connection) -> None:
        insert(connection, "half")
        raise LookupError("after the first half")

    with pytest.raises(LookupError):
        await noted.write(fail)

    await noted.write(insert, "whole")
    assert await noted.read(notes) == ["whole"]


async def test_what_the_database_raises_reaches_the_caller_as_storage(noted: Database) -> None:
    await noted.write(insert, "once")

    with pytest.raises(Storage, match=r"(?i)unique"):
        await noted.write(insert, "other", "once")

    assert await noted.read(notes) == ["once"]


async def test_statements_of_one_read_see_one_state(noted: Database, place: Any) -> None:
    first_read = threading.Event()
    written = threading.Event()

    def read_twice(connection: Connection) -> tuple[list[str], list[str]]:
        before = notes(connection)
        first_read.set()
        assert written.wait(TIME_LIMIT_S)
        return before, notes(connection)

    async def elsewhere() -> tuple[list[str], list[str]]:
        opened: Database = place.open()
        try:
            return await opened.read(read_twice)
        finally:
            await opened.close()

    reading = asyncio.create_task(asyncio.to_thread(asyncio.run, elsewhere()))
    await asyncio.to_thread(first_read.wait, TIME_LIMIT_S)
    await noted.write(insert, "in between")
    written.set()

    assert await reading == ([], [])


@on_threads
async def test_a_cancelled_call_runs_to_its_end_and_the_database_stays_usable(
    noted: Database,
) -> None:
    halt = Halt()
    cancelled = asyncio.ensure_future(noted.write(halt.insert, "cancelled"))
    await halt.until_reached()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    following = asyncio.ensure_future(noted.write(insert, "following"))
    halt.released.set()

    await following
    assert "following" in await noted.read(notes)


@on_threads
async def test_closing_waits_for_a_cancelled_call(
    noted: Database, place: Any, open_database: Callable[[Any], Database]
) -> None:
    halt = Halt()
    cancelled = asyncio.ensure_future(noted.write_in_turn("a", halt.insert, "cancelled"))
    behind = asyncio.ensure_future(noted.write_in_turn("a", insert, "behind"))
    await halt.until_reached()
    cancelled.cancel()
    closing = asyncio.ensure_future(noted.close())
    halt.released.set()
    await closing

    await behind
    assert await open_database(place).read(notes) == ["behind", "cancelled"]


async def test_a_closed_database_says_so(noted: Database) -> None:
    await noted.close()

    with pytest.raises(Storage, match="was closed"):
        await noted.read(notes)
    with pytest.raises(Storage, match="was closed"):
        await noted.write(insert, "late")
    with pytest.raises(Storage, match="was closed"):
        await noted.write_in_turn("a", insert, "late")


async def test_calls_beyond_the_connections_wait_for_their_turn(noted: Database) -> None:
    names = [f"{number:03}" for number in range(100)]

    await asyncio.gather(*(noted.write(insert, name) for name in names))

    assert await noted.read(notes) == names


@on_threads
async def test_a_lane_keeps_its_order_around_cancelled_calls(noted: Database) -> None:
    order: list[str] = []

    def note(connection: Connection, name: str) -> None:
        insert(connection, name)
        order.append(name)

    halt = Halt()
    first = asyncio.ensure_future(noted.write_in_turn("a", halt.insert, "first"))
    await halt.until_reached()
    waiting = [asyncio.ensure_future(noted.write_in_turn("a", note, f"{n:02}")) for n in range(20)]
    await asyncio.sleep(0)
    first.cancel()
    waiting[7].cancel()
    await asyncio.sleep(0)
    halt.released.set()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert order == [f"{n:02}" for n in range(20) if n != 7]
    assert await noted.read(notes) == [*order, "first"]


async def test_overlapping_transactions_in_memory_never_mix(in_memory: Database) -> None:
    def insert_and_fail(connection: Connection, note: str) -> None:
        insert(connection, note)
        raise LookupError(note)

    outcomes = await asyncio.gather(
        *(in_memory.write(insert_and_fail, f"failed {number}") for number in range(20)),
        *(in_memory.write(insert, f"kept {number:02}") for number in range(20)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, LookupError) for outcome in outcomes) == 20
    assert await in_memory.read(notes) == [f"kept {number:02}" for number in range(20)]


async def test_a_writer_waits_for_the_writer_of_another_process(
    noted: Database, elsewhere: Elsewhere
) -> None:
    halt = Halt()
    holding = elsewhere(partial(halt.insert, note="same"))
    await halt.until_reached()
    waiting = asyncio.ensure_future(noted.write(insert, "other"))
    halt.released.set()

    await holding
    await waiting
    assert await noted.read(notes) == ["other", "same"]


@in_turns
async def test_the_loop_goes_on_while_calls_wait_for_another_process(
    noted: Database, elsewhere: Elsewhere
) -> None:
    halt = Halt()
    holding = elsewhere(partial(halt.insert, note="same"))
    await halt.until_reached()
    names = [f"{number:02}" for number in range(10)]
    order: list[str] = []

    def note(connection: Connection, name: str) -> None:
        insert(connection, name)
        order.append(name)

    waiting = [asyncio.ensure_future(noted.write_in_turn("a", note, name)) for name in names]
    assert await noted.read(notes) == []
    waiting[3].cancel()
    closing = asyncio.ensure_future(noted.close())
    done, _ = await asyncio.wait([closing, *waiting], timeout=0.1)
    assert done == {waiting[3]}
    halt.released.set()

    await asyncio.gather(holding, closing)
    assert order == [name for name in names if name != "03"]
