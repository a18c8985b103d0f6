"""One LMDB file as a process has it open: reads in the caller's thread, writes in one of its own.

LMDB lets one transaction write at a time, across all processes, and each transaction see the state
in which it began. So every call of a store is one transaction and needs no further lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import lmdb

T = TypeVar("T")

Transaction: TypeAlias = "lmdb.Transaction[bytes]"

MAP_SIZE: Final = 64 * 1024 * 1024
"""How many bytes of a new file are mapped; twice as many whenever they do not suffice."""

_READERS: Final = 510
"""How many processes and threads may read at once."""


class Environment:
    """An open file; `environments.borrow` makes at most one for each in a process."""

    def __init__(self, path: Path, map_size: int) -> None:
        self._path = path
        self._map_size = map_size
        self._env = self._open()
        # Held while anything is read, so that nobody reads where the map is being moved.
        self._reading = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="flue-lmdb")
        self.finished = 0
        """Counts the writes that have ended, well or not."""

    def read(self, step: Callable[[Transaction], T]) -> T:
        """Return what `step` sees in one state of the file.

        Raises `lmdb.MapResizedError` where another process made the file outgrow the map: `remap`
        helps.
        """
        with self._reading:
            try:
                return self._read(step)
            except lmdb.ReadersFullError:
                # Those that were killed have left their places taken.
                self._env.reader_check()
                return self._read(step)

    def write(self, step: Callable[[Transaction], T]) -> Future[T]:
        """Run `step` in a transaction after all earlier ones; durable once it has a result.

        It may run more than once, each time from the start. Cancelled before it has begun, it never
        does.
        """
        outcome: Future[T] = Future()
        self._writer.submit(self._perform, step, outcome)
        return outcome

    def remap(self) -> Future[None]:
        """Map the file as it is by now, between two writes."""
        return self._writer.submit(self._map, 0)

    def close(self) -> None:
        """Let what was asked for finish, and close the file."""
        self._writer.shutdown()
        self._env.close()

    def _open(self) -> lmdb.Environment:
        is_new = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        env = lmdb.open(
            os.fspath(self._path),
            subdir=False,
            map_size=self._map_size,
            max_readers=_READERS,
            # Pages are mostly found by digests, so the ones after them are not wanted.
            readahead=False,
        )
        env.reader_check()
        if is_new and os.name == "posix":
            _sync_directory(self._path.parent)
        return env

    def _read(self, step: Callable[[Transaction], T]) -> T:
        with self._env.begin() as transaction:
            return step(transaction)

    def _perform(self, step: Callable[[Transaction], T], outcome: Future[T]) -> None:
        try:
            result = self._written(step, outcome)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever awaits the outcome
            if outcome.running() or outcome.set_running_or_notify_cancel():
                outcome.set_exception(error)
        else:
            if outcome.running():
                outcome.set_result(result)
        finally:
            self.finished += 1

    def _written(self, step: Callable[[Transaction], T], outcome: Future[T]) -> Any:
        reopened = False
        while True:
            try:
                with self._env.begin(write=True) as transaction:
                    # Not earlier: it may have waited for another process, and its caller no longer.
                    if not outcome.running() and not outcome.set_running_or_notify_cancel():
                        return None
                    return step(transaction)
            except lmdb.MapFullError:
                self._map(2 * self._env.info()["map_size"])
            except lmdb.MapResizedError:
                self._map(0)
            except lmdb.PanicError:
                # A disk that failed amid a commit; opened again, the file is as it was before that.
                if reopened:
                    raise
                reopened = True
                self._reopen()

    def _map(self, size: int) -> None:
        with self._reading:
            # Pages that a killed reader held are free again.
            self._env.reader_check()
            self._env.set_mapsize(size)

    def _reopen(self) -> None:
        with self._reading:
            self._env.close()
            self._env = self._open()


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
