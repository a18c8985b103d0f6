from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from sqlalchemy import Connection

import reference_adapters
from flue_conformance.backends import (
    FlueSchemaPlanter,
    NotAvailable,
    PostgresBackend,
    Settings,
)
from reference_adapters.database import Database
from reference_adapters.editions import NEWEST_EDITION
from reference_adapters.migration import migrate
from reference_adapters.postgres_server import PostgresServer
from reference_adapters.sqlite_file import SqliteFile
from reference_adapters.submissions import SubmissionStore

Elsewhere: TypeAlias = Callable[[Callable[[Connection], Any]], asyncio.Task[Any]]
Hold: TypeAlias = Callable[[Callable[[Connection], Any]], Awaitable[Callable[[], Awaitable[None]]]]
HoldSession: TypeAlias = Callable[[str], Awaitable[Callable[[], Awaitable[None]]]]


@dataclass(frozen=True, slots=True)
class Place:
    """A fresh database, to be opened as often as a test likes."""

    kind: str
    location: str

    def open(self) -> Database:
        if self.kind == "postgres":
            return PostgresServer(self.location).open()
        return SqliteFile(self.location).open()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresBackend]:
    backend = PostgresBackend(
        lambda url, edition: reference_adapters.postgres(url, edition=edition),
        editions={"0.10", "0.11"},
    ).configure(None, Settings())
    try:
        asyncio.run(backend.start())
    except NotAvailable as reason:
        pytest.skip(str(reason))
    yield backend
    asyncio.run(backend.stop())


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    return Place("sqlite", str(tmp_path / "flue.db"))


@pytest.fixture
def postgres_place(postgres_server: PostgresBackend) -> Iterator[Place]:
    location = asyncio.run(postgres_server.create())
    yield Place("postgres", location)
    asyncio.run(postgres_server.drop(location))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    found = request.getfixturevalue(f"{request.param}_place")
    assert isinstance(found, Place)
    return found


@pytest_asyncio.fixture
async def open_database() -> AsyncIterator[Callable[[Place], Database]]:
    opened: list[Database] = []

    def open_one(place: Place) -> Database:
        opened.append(place.open())
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest_asyncio.fixture
async def database(place: Place, open_database: Callable[[Place], Database]) -> Database:
    """A migrated database of the newest edition."""
    opened = open_database(place)
    await opened.write(migrate, opened.dialect, NEWEST_EDITION)
    return opened


@pytest_asyncio.fixture
async def other_database(
    place: Place, database: Database, open_database: Callable[[Place], Database]
) -> Database:
    """The same database through a handle of its own, as another process would have."""
    del database
    return open_database(place)


@pytest.fixture
def planter(place: Place, database: Database) -> FlueSchemaPlanter:
    """Reads and writes the migrated database past the adapter."""
    del database
    return FlueSchemaPlanter(place.location)


@pytest.fixture
def store(database: Database) -> SubmissionStore:
    return SubmissionStore(database, NEWEST_EDITION)


@pytest.fixture
def other_store(other_database: Database) -> SubmissionStore:
    return SubmissionStore(other_database, NEWEST_EDITION)


@pytest.fixture
def elsewhere(place: Place) -> Elsewhere:
    """Run a step as another process would: on a handle and in an event loop of its own."""

    def begin(step: Callable[[Connection], Any]) -> asyncio.Task[Any]:
        async def act() -> Any:
            opened = place.open()
            try:
                return await opened.write(step)
            finally:
                await opened.close()

        return asyncio.create_task(asyncio.to_thread(asyncio.run, act()))

    return begin


@pytest.fixture
def hold(elsewhere: Elsewhere) -> Hold:
    """Take a step as another process would, which commits when the result is called."""

    async def take(step: Callable[[Connection], Any]) -> Callable[[], Awaitable[None]]:
        taken, released = threading.Event(), threading.Event()

        def linger(connection: Connection) -> None:
            try:
                step(connection)
            finally:
                taken.set()
            released.wait()

        holding = elsewhere(linger)
        await asyncio.to_thread(taken.wait)

        async def release() -> None:
            released.set()
            await holding

        return release

    return take


@pytest.fixture
def hold_session(database: Database, hold: Hold) -> HoldSession:
    """Hold a session's lock, as another process would, until the result is called."""
    return lambda session_key: hold(
        lambda connection: database.dialect.lock_session(connection, session_key)
    )


@pytest.fixture
def until_somebody_waits(database: Database) -> Callable[[], Awaitable[None]]:
    """Wait until a transaction waits for another one's lock; on Postgres alone."""

    def waiting(connection: Connection) -> int:
        found: int = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).scalar_one()
        return found

    async def wait() -> None:
        async with asyncio.timeout(10):
            while not await database.read(waiting):  # noqa: ASYNC110 - the server sends no event
                await asyncio.sleep(0.01)

    return wait
