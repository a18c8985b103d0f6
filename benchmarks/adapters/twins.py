"""Two equal databases: one for the adapter, one for the bare driver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from benchmarks.adapters.recording import Recorder
from flue_conformance.backends import Backend
from flue_conformance.contract import Stores
from reference_adapters import ReferenceAdapter, conformance
from reference_adapters.adapter import Location
from reference_adapters.database import Database
from reference_adapters.editions import NEWEST_EDITION
from reference_adapters.postgres_server import PostgresServer
from reference_adapters.sqlite_file import SqliteFile

Fill: TypeAlias = Callable[[Stores, Database, int], Awaitable[None]]
"""Fills a fresh database to a number of rows."""

BACKENDS: Final[dict[str, Backend]] = {
    "memory": conformance.memory,
    "sqlite": conformance.sqlite,
    "postgres": conformance.postgres,
}
_LOCATIONS: Final[dict[str, Callable[[str], Location]]] = {
    "memory": lambda _: SqliteFile(None),
    "sqlite": SqliteFile,
    "postgres": PostgresServer,
}


@dataclass(frozen=True, slots=True)
class Twins:
    """The adapter's stores and what they send, and the driver's connection to the other database.

    The driver's connection is one that the adapter's location opened: it has the same settings.
    """

    stores: Stores
    recorder: Recorder
    driver: Any


@asynccontextmanager
async def open_twins(adapter: str, backend: Backend, fill: Fill, rows: int) -> AsyncIterator[Twins]:
    """Yield two databases of a started backend, each filled by `fill`."""
    async with _filled(adapter, backend, fill, rows) as (stores, database):
        recorder = Recorder(await database.read(lambda connection: connection.engine))
        async with _filled(adapter, backend, fill, rows) as (_, other):
            yield Twins(stores, recorder, await other.read(_driver_connection))


@asynccontextmanager
async def _filled(
    name: str, backend: Backend, fill: Fill, rows: int
) -> AsyncIterator[tuple[Stores, Database]]:
    address = await backend.create()
    location = _Opened(_LOCATIONS[name](address))
    adapter = ReferenceAdapter(location, NEWEST_EDITION)
    try:
        await adapter.migrate()
        stores = await adapter.connect()
        await fill(stores, location.database, rows)
        yield stores, location.database
    finally:
        await adapter.close()
        await backend.drop(address)


class _Opened:
    """A location that remembers the database which the adapter opened there."""

    database: Database

    def __init__(self, location: Location) -> None:
        self._location = location

    def open(self) -> Database:
        self.database = self._location.open()
        return self.database


def _driver_connection(connection: Connection) -> Any:
    # It goes back to the pool of a database that nobody calls any more.
    return connection.connection.driver_connection
