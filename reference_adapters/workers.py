"""Where transactions run: on threads, or in the event loop where nothing makes them wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from reference_adapters.lanes import Lanes

T = TypeVar("T")


class Workers(Protocol):
    """Runs the work of one database."""

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; what has begun is finished, also for a cancelled caller."""

    async def run_in_turn(self, lane: str, work: Callable[[], T]) -> T:
        """Do as `run` does, after all earlier calls that named the same lane."""

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` when all other work is through, that of cancelled calls too.

        Nothing may come after it but another `finish`.
        """


class Threads:
    """Runs work on `count` threads, for databases on which a transaction may have to wait."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="flue-database")
        self._lanes = Lanes(self._pool)

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` as soon as a thread is free."""
        return await asyncio.wrap_future(self._pool.submit(work))

    async def run_in_turn(self, lane: str, work: Callable[[], T]) -> T:
        """Run `work` once the lane and a thread are free."""
        return await asyncio.wrap_future(self._lanes.submit(lane, work))

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` when the threads have ended."""
        await asyncio.to_thread(self._finish, last)

    def _finish(self, last: Callable[[], None]) -> None:
        self._lanes.wait()
        self._pool.shutdown()
        last()


class Turns:
    """Runs work in the event loop, one after the other in the order in which it came.

    For a database in memory: a hop to a thread and back would take longer than the work. Each call
    still lets others have their turn first, as any call does that may have to wait.
    """

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in the next turn of the loop."""
        await asyncio.sleep(0)
        return work()

    async def run_in_turn(self, lane: str, work: Callable[[], T]) -> T:
        """Do as `run` does: every call has its turn already."""
        del lane
        return await self.run(work)

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` in the turn after those that came before."""
        await self.run(last)
