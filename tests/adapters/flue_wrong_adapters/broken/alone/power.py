"""Adapters on files that lose what they acknowledged when the power goes, or the disk fails."""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from flue_conformance.contract import StreamChunkSegment
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.each_call import EachCall, Method
from flue_wrong_adapters.snapshots import Snapshots, fsync, sync_folder, write_beside
from flue_wrong_adapters.wrappers import Adapter, Submissions
from reference_adapters import ReferenceAdapter
from reference_adapters.sqlite_file import SqliteFile

SYNC_FILE_RANGE_WRITE: Final = 2


class Pragmas(Adapter):
    """Opens SQLite with further settings."""

    settings: ClassVar[tuple[str, ...]]

    def __init__(self, right: ReferenceAdapter) -> None:
        path = right._location._path  # type: ignore[attr-defined] # a SqliteFile's
        super().__init__(ReferenceAdapter(_WithPragmas(path, self.settings), right._edition))


class _WithPragmas(SqliteFile):
    def __init__(self, path: Path, settings: tuple[str, ...]) -> None:
        super().__init__(path)
        self._further = settings

    def _connect(self) -> Any:
        connection = super()._connect()
        for setting in self._further:
            connection.execute(f"PRAGMA {setting}")
        return connection


@broken("DURABILITY-10", "A power loss takes the work of the last half minute.", place="sqlite")
class SyncsNothing(Pragmas):
    """Leaves it to the operating system when anything reaches the disk."""

    settings = ("synchronous = OFF",)


@broken("DURABILITY-10", "A power loss takes what came since the last checkpoint.", place="sqlite")
class SyncsAtCheckpointsAlone(Pragmas):
    """Has SQLite's usual advice for WAL mode, which gives durability away."""

    settings = ("synchronous = NORMAL",)


@broken("DURABILITY-10", "A power loss in a commit leaves no database to open.", place="sqlite")
class KeepsItsJournalInMemory(Pragmas):
    """Overwrites pages whose old contents are nowhere else."""

    settings = ("journal_mode = MEMORY",)


@broken("DURABILITY-10", "A power loss in a commit leaves half of it.", place="sqlite")
class KeepsNoJournal(Pragmas):
    """Overwrites pages whose old contents are nowhere."""

    settings = ("journal_mode = OFF",)


@broken("DURABILITY-10", "A prompt that was settled runs again after a crash.", place="sqlite")
class AcknowledgesBeforeItCommits(EachCall):
    """Answers, and then does what was asked; the next call waits for that."""

    _late: asyncio.Task[Any] | None = None

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        await self._settled()
        if method.__name__ not in {"save", "complete_submission"}:
            return await method(*arguments, **options)
        self._late = asyncio.ensure_future(method(*arguments, **options))
        return True if method.__name__ == "complete_submission" else None

    async def close(self) -> None:
        await self._settled()
        await self.right.close()

    async def _settled(self) -> None:
        late, self._late = self._late, None
        if late is not None:
            await late


@broken("DURABILITY-10", "The end of an answer is gone after a crash.", place="sqlite")
class BuffersChunks(Submissions):
    """Stores chunks two at a time; whoever reads has the buffer stored first."""

    _buffer: tuple[tuple[str, int, str], ...] = ()

    async def append_stream_chunk_segment(self, key: str, index: int, body: str) -> bool:
        self._buffer += ((key, index, body),)
        if len(self._buffer) > 1:
            await self._flush()
        return True

    async def get_stream_chunk_segments(self, key: str) -> list[StreamChunkSegment]:
        await self._flush()
        return list(await self.right.get_stream_chunk_segments(key))

    async def delete_stream_chunk_segments(self, key: str) -> None:
        await self._flush()
        await self.right.delete_stream_chunk_segments(key)

    async def _flush(self) -> None:
        buffer, self._buffer = self._buffer, ()
        for chunk in buffer:
            await self.right.append_stream_chunk_segment(*chunk)


@broken(
    "DURABILITY-03", "A second process sees nothing of what the first one does.", place="sqlite"
)
class KeepsSnapshots(Snapshots):
    """Is right for one process: writes beside, syncs, renames, and syncs the folder."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        write_beside(path, data, fsync).replace(path)
        sync_folder(path)


@broken("DURABILITY-10", "After a power loss the file is the one before the last.", place="sqlite")
class RenamesAndSyncsNoFolder(Snapshots):
    """Forgets that a name is written to the disk by its folder."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        write_beside(path, data, fsync).replace(path)


@broken("DURABILITY-10", "After a power loss the file is there and empty.", place="sqlite")
class RenamesWhatItDidNotSync(Snapshots):
    """Syncs the name alone."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        write_beside(path, data, _not_at_all).replace(path)
        sync_folder(path)


@broken("DURABILITY-10", "A power loss in a save takes all that there was.", place="sqlite")
class OverwritesItsOnlyCopy(Snapshots):
    """Is on the disk when it answers, and nowhere while it writes."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path)


@broken("DURABILITY-10", "A power loss takes the last two saves of three.", place="sqlite")
class SyncsEveryThirdTime(Snapshots):
    """Saves time."""

    count: ClassVar[int] = 0

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        SyncsEveryThirdTime.count += 1
        often = SyncsEveryThirdTime.count % 3 == 0
        write_beside(path, data, fsync if often else _not_at_all).replace(path)
        if often:
            sync_folder(path)


@broken("DURABILITY-10", "After a power loss the end of the file is missing.", place="sqlite")
class WritesTheEndAfterTheSync(Snapshots):
    """Flushes what its buffer still holds when the file was synced."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        def sync(file: BinaryIO) -> None:
            fsync(file)
            file.write(data[-4096:])

        write_beside(path, data[:-4096], sync).replace(path)
        sync_folder(path)


@broken("DURABILITY-10", "After a power loss the file has holes.", place="sqlite")
class SyncsARange(Snapshots):
    """Takes the beginning of write-out for its end."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        def sync(file: BinaryIO) -> None:
            libc = ctypes.CDLL(None)
            length = ctypes.c_int64(len(data))
            libc.sync_file_range(
                file.fileno(), ctypes.c_int64(0), length, ctypes.c_uint(SYNC_FILE_RANGE_WRITE)
            )

        write_beside(path, data, sync).replace(path)
        sync_folder(path)


@broken("DURABILITY-10", "Work is acknowledged although the disk is full.", place="sqlite")
class SwallowsErrorsOfItsDisk(Snapshots):
    """Takes the next snapshot for a second chance."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        with suppress(OSError):
            write_beside(path, data, fsync).replace(path)
            sync_folder(path)


@broken("DURABILITY-10", "Work is acknowledged although its sync failed.", place="sqlite")
class SwallowsErrorsOfItsSyncs(Snapshots):
    """Believes that what was written is written."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        def sync(file: BinaryIO) -> None:
            with suppress(OSError):
                fsync(file)

        write_beside(path, data, sync).replace(path)
        with suppress(OSError):
            sync_folder(path)


@broken(
    "DURABILITY-03", "A second process sees nothing of what the first one does.", place="sqlite"
)
class MapsItsFile(Snapshots):
    """Writes where no system call shows it, and syncs that; nobody can say what the disk holds."""

    @staticmethod
    def keep(path: Path, data: bytes) -> None:
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(len(data))
            with mmap.mmap(file.fileno(), len(data)) as mapped:
                mapped[:] = data
                mapped.flush()
            os.fsync(file.fileno())
        sync_folder(path)


def _not_at_all(file: BinaryIO) -> None:
    """Leave a file to the operating system."""
