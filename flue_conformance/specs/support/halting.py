"""What stops amid the calls of one client, and others that act meanwhile."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Final, Protocol

from flue_conformance.harness import Worker
from flue_conformance.specs.support.clients import History

_PATIENCE_S: Final = 0.05
"""How long nothing may go on before the call does, since others seem to wait for it."""
_IMPATIENCE_S: Final = 0.02
"""How long it is in the end, where they wait time and again."""
_QUIET_S: Final = 0.2
"""How long nothing may go on among processes that boot before the first of them does."""
_LOOK_AGAIN_S: Final = 0.001


class Stopping(Protocol):
    """What stops by itself amid calls: a process, or an answer on its way."""

    @property
    def is_stopped(self) -> bool:
        """Whether it has."""

    def cont(self) -> None:
        """Have it go on."""


class Halting:
    """Lets what stops amid a call go on once all other clients have done their step.

    They begin it when that has stopped, or the call's client is through the step without. Where
    they wait for what the call holds, so that nothing goes on for a while, it goes on as well.
    """

    def __init__(self, stopping: Stopping, history: History, clients: int) -> None:
        self._stopping = stopping
        self._history = history
        self._patience = _PATIENCE_S
        self._others = clients - 1
        self._barrier = asyncio.Barrier(clients)
        self._arrivals = 0
        """How often the client of the call came to a meeting."""

    async def wait(self) -> None:
        """Meet the others, as the client whose calls stop."""
        self._arrivals += 1
        await self._barrier.wait()

    async def leave(self) -> None:
        """Meet for the last time, with nothing left to do."""
        self._arrivals = sys.maxsize
        await self._barrier.wait()

    def beside(self) -> Beside:
        """Return where another client meets."""
        return Beside(self)

    async def met(self, number: int) -> None:
        """Meet for the `number`th time, and wait until the call has stopped, or is through."""
        await self._barrier.wait()
        while self._arrivals <= number and not self._stopping.is_stopped:  # noqa: ASYNC110 - no event tells of a stop
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def parted(self) -> None:
        """Meet for the last time, with nothing left to do."""
        await self._barrier.wait()

    async def watch(self) -> None:
        """Let it go on each time that it has stopped; never returns."""
        while True:
            if self._stopping.is_stopped:
                self._history.halts += 1
                try:
                    await self._others_are_done()
                finally:
                    self._stopping.cont()
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _others_are_done(self) -> None:
        seen, since = -1, time.monotonic()
        while self._barrier.n_waiting < self._others:
            if len(self._history.operations) != seen:
                seen, since = len(self._history.operations), time.monotonic()
            elif time.monotonic() - since > self._patience:
                # Who had to wait once will have to again, most likely.
                self._patience = max(_IMPATIENCE_S, self._patience / 2)
                return
            await asyncio.sleep(_LOOK_AGAIN_S)


class Beside:
    """The meeting of a client that acts while a call of another one has stopped."""

    def __init__(self, halting: Halting) -> None:
        self._halting = halting
        self._count = 0

    async def wait(self) -> None:
        """Meet the others, and wait until it is this client's turn."""
        self._count += 1
        await self._halting.met(self._count)

    async def leave(self) -> None:
        """Meet for the last time, with nothing left to do."""
        await self._halting.parted()


async def let_go_one_by_one(
    workers: Sequence[Worker], clients: Sequence[asyncio.Task[None]], history: History
) -> None:
    """Let processes go on that stop themselves, the first one once nothing else goes on.

    Each of them after the other, in their order, when those that wait for nobody are through.
    """
    seen, since = -1, time.monotonic()
    while not all(client.done() for client in clients):
        stopped = [worker for worker in workers if worker.is_stopped]
        working = [client for client in clients if not client.done()]
        if len(history.operations) != seen:
            seen, since = len(history.operations), time.monotonic()
        quiet = time.monotonic() - since > _QUIET_S
        if stopped and (len(stopped) == len(working) or quiet):
            stopped[0].cont()
            since = time.monotonic()
        await asyncio.sleep(_LOOK_AGAIN_S)
