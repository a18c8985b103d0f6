"""Where transactions run: on threads, or in the event loop."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, Protocol, TypeAlias, TypeVar

from reference_adapters.lanes import Lanes

T = TypeVar("T")

Again: TypeAlias = Callable[[Exception], bool]
"""Tells of what an attempt raised whether another one may succeed."""

_PAUSE_S: Final = 0.005


class Workers(Protocol):
    """Makes the attempts at transactions of one database."""

    async def run(self, attempt: Callable[[], T], again: Again) -> T:
        """Return what `attempt` returns in the end; one that has begun is finished.

        A caller that is cancelled does not learn whether there was one.
        """

    async def run_in_turn(self, lane: str, attempt: Callable[[], T], again: Again) -> T:
        """Do as `run` does, after all earlier calls that named the same lane."""

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` when all other work is through, that of cancelled calls too.

        Nothing may come after it but another `finish`.
        """


class Threads:
    """Makes attempts on `count` threads, for databases whose answers have to be waited for."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="flue-database")
        self._lanes = Lanes(self._pool)

    async def run(self, attempt: Callable[[], T], again: Again) -> T:
        """Make attempts as soon as a thread is free."""
        return await asyncio.wrap_future(self._pool.submit(_patiently, attempt, again))

    async def run_in_turn(self, lane: str, attempt: Callable[[], T], again: Again) -> T:
        """Make attempts once the lane and a thread are free."""
        work = self._lanes.submit(lane, lambda: _patiently(attempt, again))
        return await asyncio.wrap_future(work)

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` when the threads have ended."""
        await asyncio.to_thread(self._finish, last)

    def _finish(self, last: Callable[[], None]) -> None:
        self._lanes.wait()
        self._pool.shutdown()
        last()


class Turns:
    """Makes attempts in the event loop, one after the other in the order in which they came.

    For SQLite, which answers from this process: a hop to a thread and back takes longer than most
    of its transactions. The loop waits for the disk, as it does in Flue's own adapter, but never
    for a lock that another process holds. Each call lets others have their turn first, as any call
    does that may have to wait.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, asyncio.Lock] = {}
        self._held_up: Counter[str] = Counter()
        self._running = 0
        self._idle = asyncio.Event()

    async def run(self, attempt: Callable[[], T], again: Again) -> T:
        """Make attempts, each in a turn of the loop."""
        with self._at_work():
            return await self._take_turns(attempt, again)

    async def run_in_turn(self, lane: str, attempt: Callable[[], T], again: Again) -> T:
        """Make attempts once the lane is free."""
        with self._at_work():
            await asyncio.sleep(0)
            # Turns keep the order by themselves, until one of the lane has to be taken again.
            if not self._held_up[lane]:
                try:
                    return attempt()
                except Exception as error:
                    if not again(error):
                        raise
            self._held_up[lane] += 1
            try:
                async with self._lanes.setdefault(lane, asyncio.Lock()):
                    return await self._take_turns(attempt, again)
            finally:
                self._held_up[lane] -= 1
                if not self._held_up[lane]:
                    del self._held_up[lane], self._lanes[lane]

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` in the turn after those that came before."""
        await asyncio.sleep(0)
        while self._running:
            self._idle.clear()
            await self._idle.wait()
        last()

    async def _take_turns(self, attempt: Callable[[], T], again: Again) -> T:
        await asyncio.sleep(0)
        while True:
            try:
                return attempt()
            except Exception as error:
                if not again(error):
                    raise
            await asyncio.sleep(_PAUSE_S)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            if self._running == 0:
                self._idle.set()


def _patiently(attempt: Callable[[], T], again: Again) -> T:
    while True:
        try:
            return attempt()
        except Exception as error:
            if not again(error):
                raise
        time.sleep(_PAUSE_S)
