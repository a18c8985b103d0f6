"""The adapter: one location, opened for one edition."""

from __future__ import annotations

from typing import Protocol

from flue_conformance.contract import Stores
from reference_adapters.database import Database
from reference_adapters.editions import Edition, known_edition
from reference_adapters.migration import check_layout, migrate
from reference_adapters.runs import RunEventStore, RunRegistry, RunStore
from reference_adapters.sessions import SplitSessionStore, WholeSessionStore
from reference_adapters.streams import EventStreamStore
from reference_adapters.submissions import SubmissionStore


class Location(Protocol):
    """Where a database is; opening it makes no connection yet."""

    def open(self) -> Database:
        """Return the database there, to be closed by the caller."""


class ReferenceAdapter:
    """A `PersistenceAdapter` over SQLAlchemy Core.

    Raises `ValueError` for an edition that it does not know.
    """

    def __init__(self, location: Location, edition: str) -> None:
        self._location = location
        self._edition: Edition = known_edition(edition)
        self._database: Database | None = None

    async def migrate(self) -> None:
        """Make or upgrade the schema; idempotent, also from several processes at once.

        ADAPTER-01, ADAPTER-02, ADAPTER-08, ADAPTER-11.
        """
        database = self._open()
        await database.write(migrate, database.dialect, self._edition)

    async def connect(self) -> Stores:
        """Return new store objects on the location, opening it again after `close`.

        Raises `Storage` when the database cannot be reached, and when its sessions have the layout
        of a later edition. ADAPTER-03, ADAPTER-05, ADAPTER-11.
        """
        database = self._open()
        await database.query(check_layout, database.dialect, self._edition)
        earlier = self._edition == "0.10"
        return Stores(
            sessions=WholeSessionStore(database) if earlier else SplitSessionStore(database),
            submissions=SubmissionStore(database, self._edition),
            runs=RunStore(database),
            run_registry=RunRegistry(database),
            run_events=RunEventStore(database) if earlier else None,
            event_streams=None if earlier else EventStreamStore(database),
        )

    async def close(self) -> None:
        """Let running calls finish and disconnect; store objects raise `Storage` from now on.

        Harmless without `connect` and when repeated. ADAPTER-04 to -06.
        """
        database, self._database = self._database, None
        if database is not None:
            await database.close()

    def _open(self) -> Database:
        if self._database is None:
            self._database = self._location.open()
        return self._database
