"""An adapter that keeps its database in memory, and a snapshot of it in its file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from flue_conformance.contract import Storage
from flue_wrong_adapters.each_call import EachCall, Method
from reference_adapters import ReferenceAdapter
from reference_adapters.sqlite_file import SqliteFile

Keep = Callable[[Path, bytes], None]


class Snapshots(EachCall):
    """Writes a snapshot before each call returns that changed anything; `keep` says how."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        """Write a snapshot. Raises `OSError` where it is not there then."""
        raise NotImplementedError

    def __init__(self, right: ReferenceAdapter) -> None:
        path = right._location._path  # type: ignore[attr-defined] # a SqliteFile's
        self._memory = _Memory(path, self.keep)
        super().__init__(ReferenceAdapter(self._memory, right._edition))

    async def migrate(self) -> None:
        await self.right.migrate()
        self._memory.snapshot()

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        try:
            return await method(*arguments, **options)
        finally:
            self._memory.snapshot()


class _Memory(SqliteFile):
    """A database in memory that begins as the snapshot in a file."""

    def __init__(self, path: Path, keep: Keep) -> None:
        super().__init__(None)
        self._file = path
        self._keep = keep
        self._kept = 0
        self._connection: sqlite3.Connection | None = None

    def snapshot(self) -> None:
        """Keep what is there, if it is not kept yet."""
        connection = self._connection
        if connection is None or connection.total_changes == self._kept:
            return
        try:
            self._keep(self._file, connection.serialize())
        except OSError as error:
            # What was not kept must not be there either.
            self._load(connection)
            raise Storage(f"The snapshot could not be written: {error}") from error
        self._kept = connection.total_changes

    def _connect(self) -> Any:
        self._connection = connection = super()._connect()
        self._kept = -1
        self._load(connection)
        return connection

    def _load(self, connection: sqlite3.Connection) -> None:
        if self._file.exists() and self._file.stat().st_size:
            connection.deserialize(self._file.read_bytes())
        self._kept = connection.total_changes


def write_beside(path: Path, data: bytes, sync: Callable[[BinaryIO], None]) -> Path:
    """Write a new file beside one, and return its path."""
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        sync(file)
    return beside


def fsync(file: BinaryIO) -> None:
    """Have what was written reach the disk."""
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Have the names reach the disk that stand beside a file's."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
