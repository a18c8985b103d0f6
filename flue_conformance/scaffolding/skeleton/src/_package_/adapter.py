"""The adapter: one location, opened for one edition."""

from __future__ import annotations

from {{package}}.database import Database
from {{package}}.runs import RunRegistry, RunStore
from {{package}}.sessions import SessionStore
from {{package}}.streams import EventStreamStore
from {{package}}.submissions import SubmissionStore
from flue_conformance.contract import InvalidLocation, Stores


class {{class}}:
    """A `PersistenceAdapter` on the SQLite file at `path`.

    Raises `InvalidLocation` for a blank path (ADAPTER-09), and `ValueError` for an edition that it
    does not speak.
    """

    def __init__(self, path: str, edition: str = "0.11") -> None:
        if not path.strip():
            raise InvalidLocation("A database needs a non-empty file path.")
        if edition != "0.11":
            raise ValueError(f"This adapter speaks edition 0.11, not {edition!r}.")
        self._path = path
        self._database: Database | None = None

    async def migrate(self) -> None:
        """Make or upgrade the schema; idempotent. ADAPTER-01, ADAPTER-02, ADAPTER-08."""
        await self._opened().migrate()

    async def connect(self) -> Stores:
        """Return new store objects, opening the file again after `close`. ADAPTER-03, -05."""
        database = self._opened()
        return Stores(
            sessions=SessionStore(database),
            submissions=SubmissionStore(),
            runs=RunStore(),
            run_registry=RunRegistry(),
            event_streams=EventStreamStore(),
        )

    async def close(self) -> None:
        """Release everything; harmless without `connect` and when repeated. ADAPTER-04, -06."""
        database, self._database = self._database, None
        if database is not None:
            await database.close()

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database(self._path)
        return self._database
