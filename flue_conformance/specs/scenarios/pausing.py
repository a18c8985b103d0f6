"""A process that stands still in the middle of its calls, while another one goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import pytest

from flue_conformance.harness import Worker, pause_problem
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import Racer, together

T = TypeVar("T")
U = TypeVar("U")

Call: TypeAlias = Callable[[], Awaitable[T]]

BATCH: Final = 6
"""How many calls are under way when their process stands still: one of them is in its midst."""


def skip_unless_stoppable() -> None:
    """Skip the spec where no process can be stopped in its midst."""
    if problem := pause_problem():
        pytest.skip(f"not run: {problem}")


class StandStill:
    """Stops a worker at random moments of its calls.

    A correct adapter may hold what others wait for; then the worker goes on after a while. Where
    the system stops no processes the spec is skipped.
    """

    def __init__(self, worker: Worker, limits: Limits) -> None:
        skip_unless_stoppable()
        self._worker = worker
        self._limits = limits
        self._taking: list[float] = []

    async def undisturbed(self, calls: Sequence[Call[object]]) -> None:
        """Make calls of the worker at once, to learn how long they take."""
        began = time.monotonic()
        await together(calls)
        self._taking.append(time.monotonic() - began)

    async def amid(self, calls: Sequence[Call[T]], meanwhile: Call[U]) -> tuple[list[Racer[T]], U]:
        """Make calls of the worker at once, stop it before they are done, and do something.

        Returns what became of the calls, and what `meanwhile` returned.
        """
        answered = random.randrange(len(calls))  # noqa: S311 - seeded
        countdown = _Countdown(answered)
        holding = asyncio.create_task(together(countdown.counted(call) for call in calls))
        # The first calls of a process take longer than all that follow. Where one call after the
        # other is answered, the next one is in its midst; where all are at once, all of them are.
        moments = min(self._taking) / (len(calls) if answered else 1)
        await countdown.over.wait()
        stop_at = time.monotonic() + random.uniform(0, moments)  # noqa: S311 - seeded
        try:
            # A sleep would end on a whole millisecond, after most calls.
            while time.monotonic() < stop_at:  # noqa: ASYNC110 - clocks tell nobody
                await asyncio.sleep(0)
            self._worker.stop()
            acting = asyncio.ensure_future(meanwhile())
            await asyncio.wait([acting], timeout=self._limits.quiet)
        finally:
            self._worker.cont()
        return await holding, await acting


class _Countdown:
    """Is over when so many calls have ended."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.over = asyncio.Event()
        if not count:
            self.over.set()

    def counted(self, call: Call[T]) -> Call[T]:
        async def counting() -> T:
            try:
                return await call()
            finally:
                self._left -= 1
                if self._left <= 0:
                    self.over.set()

        return counting
