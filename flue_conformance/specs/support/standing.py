"""A process that stands still in the middle of its calls, while another one acts."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import pytest

from flue_conformance.bridge import Moment
from flue_conformance.harness import Cut, Worker, can_tell_stops, pause_problem
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import Racer, through_contention, together
from flue_conformance.specs.support.workers import Workers

T = TypeVar("T")
U = TypeVar("U")

Call: TypeAlias = Callable[[], Awaitable[T]]

BATCH: Final = 4
"""How many calls are under way when their process stands still: one of them is in its midst."""
MOST_PAUSES: Final = 12
"""At how many of the places a call is held where it goes on after a pause."""
REHEARSALS: Final = 2
"""How many batches show how long one takes."""

_LONG: Final = 4
"""How many quiet times what others do may take to end before the call is let go."""
_LOOK_AGAIN_S: Final = 0.001


class Stage(Protocol):
    """Where a scene is played: a process whose call is held open, and another one that acts."""

    slow: Handle
    other: Handle
    expect: Expect

    async def play(self, held: Call[T], meanwhile: Call[U]) -> tuple[Racer[T], Racer[U]]:
        """Make a call of `slow`, its only one, and amid it what others do.

        A correct adapter may have others wait for the call: then it goes on after a while. Returns
        what became of both once they have ended.
        """


Scene: TypeAlias = Callable[[Stage, str], Awaitable[None]]
"""Prepares, plays once, and judges what came of it; all in ids made of a name."""


def skip_unless_stoppable() -> None:
    """Skip the spec where no process can be stopped in its midst."""
    if problem := pause_problem():
        pytest.skip(f"not run: {problem}")


def skip_unless_told_of_stops() -> None:
    """Skip the spec where no process can be stopped, or nobody told that it is."""
    skip_unless_stoppable()
    if not can_tell_stops():
        pytest.skip("not run: this system does not tell of a process that it stands still")


class StandStill:
    """Plays scenes whose call is held at each of its pauses, and at random moments.

    Where the system stops no processes the spec is skipped.
    """

    def __init__(self, workers: Workers, expect: Expect, limits: Limits, rounds: int) -> None:
        skip_unless_stoppable()
        self._workers = workers
        self._expect = expect
        self._limits = limits
        self._rounds = rounds

    async def amid(self, scene: Scene) -> None:
        """Play a scene again and again, each time under another name."""
        (other,) = await self._workers.open(1)
        if can_tell_stops():
            await self._at_each_pause(scene, other)
        # What goes on in threads, or in a program that is none of ours, pauses unseen.
        await self._at_random(scene, other)

    async def _at_each_pause(self, scene: Scene, other: Handle) -> None:
        """Hold the call of one process after the other, each where it pauses once more."""
        patience = _LONG
        for number in range(1, MOST_PAUSES + 1):
            worker = self._workers.start(Cut(Moment.INSIDE, number, signal=signal.SIGSTOP))
            slow = await self._workers.connect(worker)
            stage = _Pause(worker, slow, other, self._expect, patience * self._limits.quiet)
            await scene(stage, f"pause-{number}")
            worker.end()
            if not stage.is_held:
                return
            # Who had to wait at one pause has to wait at the next, most likely.
            patience = 1 if stage.waited else _LONG

    async def _at_random(self, scene: Scene, other: Handle) -> None:
        """Stop one process amid batches of the call, at moments that nobody chooses."""
        worker = self._workers.start()
        slow = await self._workers.connect(worker)
        taking: list[float] = []
        for number in range(-REHEARSALS, self._rounds):
            # The first calls of a process take longer than all that follow.
            usual = min(taking) if number >= 0 else None
            stage = _Batch(worker, slow, other, self._expect, self._limits.quiet, usual)
            playing = [
                asyncio.ensure_future(stage.enact(scene, f"stop-{number}-{place}"))
                for place in range(BATCH)
            ]
            try:
                await asyncio.gather(*playing)
            finally:
                # Where one of them fails, the others would wait for it.
                for each in playing:
                    each.cancel()
            taking.append(stage.took)


@dataclass(slots=True)
class _Pause:
    """A stage whose worker stops itself where its call pauses."""

    worker: Worker
    slow: Handle
    other: Handle
    expect: Expect
    patience: float
    is_held: bool = False
    waited: bool = False

    async def play(self, held: Call[T], meanwhile: Call[U]) -> tuple[Racer[T], Racer[U]]:
        """Make the call, and act once it is held or over."""
        holding = asyncio.ensure_future(through_contention(held))
        self.is_held = await _is_held(self.worker, holding)
        acting = asyncio.ensure_future(through_contention(meanwhile))
        try:
            await asyncio.wait([acting], timeout=self.patience if self.is_held else None)
            self.waited = not acting.done()
        finally:
            self.worker.cont()
        return await holding, await acting


@dataclass(slots=True)
class _Batch:
    """A stage of several scenes at once, whose worker is stopped amid their calls.

    `usual` is how long the calls take when nobody stops them; without it they are not stopped.
    """

    worker: Worker
    slow: Handle
    other: Handle
    expect: Expect
    quiet: float
    usual: float | None
    took: float = 0.0
    _calls: list[Call[Any]] = field(default_factory=list)
    _acts: list[Call[Any]] = field(default_factory=list)
    _outcomes: list[tuple[Racer[Any], Racer[Any]]] = field(default_factory=list)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def enact(self, scene: Scene, name: str) -> None:
        """Enact one of the scenes; nothing but what they play goes on at once."""
        async with self._turn:
            await scene(self, name)

    async def play(self, held: Call[Any], meanwhile: Call[Any]) -> tuple[Racer[Any], Racer[Any]]:
        """Make the call with those of the other scenes, once all are there."""
        place = len(self._calls)
        self._calls.append(held)
        self._acts.append(meanwhile)
        self._turn.release()
        try:
            if len(self._calls) == BATCH:
                playing = self._rehearse() if self.usual is None else self._interrupt(self.usual)
                self._outcomes.extend(zip(*await playing, strict=True))
                self._over.set()
            await self._over.wait()
        finally:
            await self._turn.acquire()
        return self._outcomes[place]

    async def _rehearse(self) -> tuple[Sequence[Racer[Any]], Sequence[Racer[Any]]]:
        began = time.monotonic()
        held = await together(self._calls)
        self.took = time.monotonic() - began
        return held, await together(self._acts)

    async def _interrupt(self, usual: float) -> tuple[Sequence[Racer[Any]], Sequence[Racer[Any]]]:
        answered = random.randrange(BATCH)  # noqa: S311 - seeded
        countdown = _Countdown(answered)
        holding = asyncio.create_task(together(countdown.counted(call) for call in self._calls))
        # Where one call after the other is answered, the next one is in its midst; where all are
        # at once, all of them are.
        moments = usual / (BATCH if answered else 1)
        await countdown.over.wait()
        stop_at = time.monotonic() + random.uniform(0, moments)  # noqa: S311 - seeded
        try:
            # A sleep would end on a whole millisecond, after most calls.
            while time.monotonic() < stop_at:  # noqa: ASYNC110 - clocks tell nobody
                await asyncio.sleep(0)
            self.worker.stop()
            acting = asyncio.create_task(together(self._acts))
            await asyncio.wait([acting], timeout=self.quiet)
        finally:
            self.worker.cont()
        return await holding, await acting


async def _is_held(worker: Worker, call: asyncio.Future[Any]) -> bool:
    """Wait until the worker has stopped itself amid the call, or the call is over."""
    while not call.done():
        if worker.is_stopped:
            return True
        await asyncio.sleep(_LOOK_AGAIN_S)
    return False


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
