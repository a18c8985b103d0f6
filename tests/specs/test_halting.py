"""A process stands still while others do their step, and goes on once they did or wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flue_conformance.specs.support import halting
from flue_conformance.specs.support.clients import History
from flue_conformance.specs.support.halting import Halting, let_go_one_by_one

pytestmark = pytest.mark.asyncio


class Standing:
    """A worker that stops itself when it is told to."""

    def __init__(self) -> None:
        self.is_stopped = False
        self._going = asyncio.Event()
        self._going.set()

    async def pause(self) -> None:
        self.is_stopped = True
        self._going.clear()
        await self._going.wait()

    def cont(self) -> None:
        self.is_stopped = False
        self._going.set()


def worker() -> Any:
    return Standing()


async def test_others_act_while_the_process_stands_still() -> None:
    slow, told = worker(), list[str]()
    history = History()
    meeting = Halting(slow, history, 2)

    async def stand_still() -> None:
        for _ in range(2):
            await meeting.wait()
            told.append("begins")
            await slow.pause()
            told.append("ends")
        await meeting.leave()

    async def act() -> None:
        beside = meeting.beside()
        for _ in range(2):
            await beside.wait()
            told.append("acts")
        await beside.leave()

    watching = asyncio.create_task(meeting.watch())
    await asyncio.gather(stand_still(), act())
    watching.cancel()

    assert told == ["begins", "acts", "ends"] * 2
    assert history.halts == 2


async def test_a_step_in_which_it_does_not_stop_keeps_nobody_waiting() -> None:
    meeting = Halting(worker(), History(), 2)
    beside = meeting.beside()

    async def come_through() -> None:
        await meeting.wait()
        await meeting.leave()

    async def act() -> None:
        await beside.wait()
        await beside.leave()

    await asyncio.wait_for(asyncio.gather(come_through(), act()), 5)


async def test_it_goes_on_when_others_wait_for_what_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(halting, "_PATIENCE_S", 0.01)
    slow, released = worker(), asyncio.Event()
    meeting = Halting(slow, History(), 2)
    beside = meeting.beside()

    async def hold() -> None:
        await meeting.wait()
        await slow.pause()
        released.set()
        await meeting.leave()

    async def wait_for_it() -> None:
        await beside.wait()
        await released.wait()
        await beside.leave()

    watching = asyncio.create_task(meeting.watch())
    await asyncio.wait_for(asyncio.gather(hold(), wait_for_it()), 5)
    watching.cancel()


async def test_processes_that_all_stand_still_go_on_one_after_the_other() -> None:
    workers = [worker() for _ in range(3)]
    told = list[int]()

    async def boot(place: int) -> None:
        await workers[place].pause()
        told.append(place)

    clients = [asyncio.create_task(boot(place)) for place in range(3)]
    await asyncio.wait_for(let_go_one_by_one(workers, clients, History()), 5)

    assert told == [0, 1, 2]
