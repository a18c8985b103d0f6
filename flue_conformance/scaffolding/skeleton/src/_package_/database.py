"""One SQLite file: every call is one whole transaction, in a thread of its own.

Put whatever your adapter is on in its place.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from flue_conformance.contract import Storage

T = TypeVar("T")

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, data TEXT NOT NULL)"
_BUSY_S: Final = 10.0
"""How long a call waits for another process's lock. ADAPTER-10."""


class Database:
    """Opens the file with the first call. Raises `Storage` for whatever SQLite raises."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="{{package}}")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def run(self, step: Callable[[sqlite3.Connection], T]) -> T:
        """Run `step` in a transaction; what it wrote is on the disk once this returns.

        DURABILITY-01, DURABILITY-02, DURABILITY-10.
        """
        if self._closed:
            raise Storage(f"{self._path} was closed; connect the adapter again.")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._transaction, step)
        except sqlite3.Error as error:
            raise Storage(f"{self._path}: {error}") from error

    async def migrate(self) -> None:
        """Make the tables that are missing."""
        await self.run(lambda connection: connection.execute(_SCHEMA))

    async def close(self) -> None:
        """Let running calls finish, and close the file."""
        self._closed = True
        await asyncio.to_thread(self._close)

    def _transaction(self, step: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection = self._connection or self._connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = step(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _close(self) -> None:
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()
