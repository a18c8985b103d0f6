"""SQLite locations: a file, or the memory of this process."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import StaticPool

from flue_conformance.contract import InvalidLocation
from reference_adapters.database import Database
from reference_adapters.dialects import SQLITE
from reference_adapters.engines import open_engine
from reference_adapters.workers import Turns

# The first that knows RETURNING and DROP COLUMN.
_OLDEST_SQLITE: Final = (3, 35)
# FULL: what was acknowledged is on the disk, not only in the operating system. DURABILITY-10.
_SETTINGS: Final = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


class SqliteFile:
    """A database file, or a database in memory when `path` is None.

    Raises `InvalidLocation` for a blank path (ADAPTER-09), and `RuntimeError` where Python comes
    with a SQLite that is too old.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        if path is not None and not os.fspath(path).strip():
            raise InvalidLocation("A SQLite database needs a non-empty file path.")
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise RuntimeError(
                f"SQLite 3.35 or later is needed; this Python comes with {sqlite3.sqlite_version}."
            )
        self._path = None if path is None else Path(path)

    def open(self) -> Database:
        """Return the database; the first call to it connects.

        Transactions run one after the other on one connection: they never wait for each other's
        locks, and two of them can never share a transaction.
        """
        engine = open_engine("sqlite", StaticPool(self._connect))
        name = "The in-memory database" if self._path is None else f"The database file {self._path}"
        return Database(name, engine, SQLITE, Turns())

    # Any: SQLAlchemy's protocol of connections has members that the driver's lack.
    def _connect(self) -> Any:
        if self._path is None:
            return sqlite3.connect(":memory:", isolation_level=None)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Without a timeout: waiting for another process inside SQLite would hold the loop up.
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
        except sqlite3.Error:
            # The switch to WAL does not wait for other connections; the caller repeats it.
            connection.close()
            raise
        return connection
