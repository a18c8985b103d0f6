"""The adapter: one file, opened for one edition."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from flue_adapter_lmdb.database import Database
from flue_adapter_lmdb.environment import MAP_SIZE
from flue_adapter_lmdb.layout import check_format, lay_out
from flue_adapter_lmdb.runs import RunEventStore, RunRegistry, RunStore
from flue_adapter_lmdb.sessions import SessionStore
from flue_adapter_lmdb.streams import EventStreamStore
from flue_adapter_lmdb.submissions import SubmissionStore
from flue_conformance.contract import InvalidLocation, Stores

Edition: TypeAlias = Literal["0.10", "0.11"]

EDITIONS: Final[frozenset[Edition]] = frozenset(get_args(Edition))


class LmdbAdapter:
    """A `PersistenceAdapter` on the LMDB file at `path`, which both editions read and write.

    `map_size` is how many bytes of it are mapped at first; it grows by itself. Raises
    `InvalidLocation` for a blank path (ADAPTER-09), and `ValueError` for an unknown edition.
    """

    def __init__(
        self, path: str | os.PathLike[str], edition: str = "0.11", *, map_size: int = MAP_SIZE
    ) -> None:
        if not os.fspath(path).strip():
            raise InvalidLocation("An LMDB database needs a non-empty file path.")
        if edition not in EDITIONS:
            raise ValueError(f"Unknown edition {edition!r}; known: {', '.join(sorted(EDITIONS))}.")
        self._path = Path(path)
        self._edition = edition
        self._map_size = map_size
        self._database: Database | None = None

    async def migrate(self) -> None:
        """Lay the file out, unless it is; idempotent, also from several processes at once.

        ADAPTER-01, ADAPTER-02, ADAPTER-08.
        """
        await (await self._opened()).write(lay_out)

    async def connect(self) -> Stores:
        """Return new store objects on the file, opening it again after `close`.

        Raises `Storage` for a file that was never migrated or has another layout. ADAPTER-03,
        ADAPTER-05, ADAPTER-11.
        """
        database = await self._opened()
        await database.read(check_format)
        earlier = self._edition == "0.10"
        return Stores(
            sessions=SessionStore(database, self._edition),
            submissions=SubmissionStore(database, self._edition),
            runs=RunStore(database),
            run_registry=RunRegistry(database),
            run_events=RunEventStore(database) if earlier else None,
            event_streams=None if earlier else EventStreamStore(database),
        )

    async def close(self) -> None:
        """Let running calls finish and close; store objects raise `Storage` from now on.

        Harmless without `connect` and when repeated. ADAPTER-04 to -06.
        """
        database, self._database = self._database, None
        if database is not None:
            await database.close()

    async def _opened(self) -> Database:
        if self._database is None:
            self._database = await Database.open(self._path, self._map_size)
        return self._database
