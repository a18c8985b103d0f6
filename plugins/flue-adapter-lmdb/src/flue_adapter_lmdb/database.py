"""One adapter's use of a file: every call is one whole transaction."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

import lmdb

from flue_adapter_lmdb import environments
from flue_adapter_lmdb.environment import Environment, Transaction
from flue_conformance.contract import Storage

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE_S: Final = 10.0
"""How long a write waits for its turn while nothing else gets one either."""


class Database:
    """Runs steps, which get a transaction first and then their arguments.

    A step has no effect but on the file, for it may run more than once. Cancelling a call leaves
    its outcome unknown.
    """

    def __init__(self, path: Path, environment: Environment) -> None:
        self._path = path
        self._environment = environment
        self._unfinished: set[Future[Any]] = set()
        self._closed = False

    @classmethod
    async def open(cls, path: Path, map_size: int) -> Self:
        """Open the file, or make it; raises `Storage` where that cannot be done."""
        try:
            environment = await asyncio.to_thread(environments.borrow, path, map_size)
        except (lmdb.Error, OSError) as error:
            raise Storage(f"The database file {path} cannot be opened: {error}") from error
        return cls(path, environment)

    async def read(
        self, step: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what `step` sees, all of it in one state; raises `Storage`."""
        self._refuse_when_closed()
        # The file is mapped, so nothing is waited for; but others get their turn.
        await asyncio.sleep(0)
        while True:
            self._refuse_when_closed()
            try:
                return self._environment.read(lambda found: step(found, *args, **kwargs))
            except lmdb.MapResizedError:
                await asyncio.wrap_future(self._environment.remap())
            except lmdb.Error as error:
                raise self._failure(error) from error

    async def write(
        self, step: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `step` after all earlier writes of this process; durable once this returns.

        Raises `Storage`; nothing is stored then, unless the disk failed.
        """
        self._refuse_when_closed()
        work = self._environment.write(lambda begun: step(begun, *args, **kwargs))
        self._unfinished.add(work)
        work.add_done_callback(self._unfinished.discard)
        outcome = asyncio.wrap_future(work)
        try:
            while not outcome.done():
                finished = self._environment.finished
                await asyncio.wait([outcome], timeout=_PATIENCE_S)
                if outcome.done() or self._environment.finished != finished:
                    continue
                if work.cancel():
                    raise Storage(
                        f"The database file {self._path} was locked by another process for "
                        f"{_PATIENCE_S:.0f} s; nothing was stored."
                    )
            return await outcome
        except asyncio.CancelledError:
            outcome.cancel()
            raise
        except lmdb.Error as error:
            raise self._failure(error) from error

    async def close(self) -> None:
        """Refuse further calls, let the running ones finish, and close; repeating is fine."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        concurrent.futures.wait(list(self._unfinished))
        environments.give_back(self._path)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Storage(f"The database file {self._path} was closed; connect the adapter again.")

    def _failure(self, error: lmdb.Error) -> Storage:
        return Storage(f"The database file {self._path}: {error}")
