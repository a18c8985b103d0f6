"""Histories as they are recorded: clients that do a workload at once, in one process or several."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

from flue_conformance.bridge import Moment
from flue_conformance.harness import Cut, Lost, Proxy
from flue_conformance.specs.scenarios.workloads import begin_to_work
from flue_conformance.specs.support.clients import (
    Around,
    Client,
    History,
    Together,
    Workload,
    booted,
    insist,
)
from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.halting import Halting, Stopping, let_go_one_by_one
from flue_conformance.specs.support.held_line import HeldLine
from flue_conformance.specs.support.observed import ObservedAdapter
from flue_conformance.specs.support.progress import count
from flue_conformance.specs.support.site import Site
from flue_conformance.specs.support.workers import Workers

_MORTALS: Final = 4
"""How many clients work through kills, one of them in a process that is spared."""
_APART: Final = 4
"""How many clients have a line each that breaks."""
_BREAKS: Final = 0.5
"""How often one breaks in a step."""
_REQUESTS: Final = 5
"""At one of how many requests it does: those of the first call of the step, mostly."""


async def recorded(
    handles: Sequence[Handle],
    workload: Workload,
    steps: int,
    space: str = "",
) -> History:
    """Let a client an handle, and one more, do a workload at once; return what they saw."""
    history = _new_history(space)
    meeting = Together(len(handles) + 1)
    clients = [
        Client(f"client {place}", handle, history, meeting)
        for place, handle in enumerate([*handles, handles[0]], 1)
    ]
    await _work(clients, workload, steps)
    return history


async def recorded_through_kills(
    workers: Workers, workload: Workload, steps: int, space: str = ""
) -> History:
    """Let clients work at once, each in a process that is killed, and then in another one."""
    history = _new_history(space)
    meeting = Together(_MORTALS)

    async def reopen() -> Handle:
        return await workers.connect(workers.start())

    handles = await asyncio.gather(
        *(workers.connect(workers.start(_cut(place, steps))) for place in range(_MORTALS))
    )
    clients = [
        Client(f"client {place}", handle, history, meeting, reopen)
        for place, handle in enumerate(handles, 1)
    ]
    await _work(clients, workload, steps)
    return history


async def recorded_through_losses(
    site: Site, database: Database, workload: Workload, steps: int, space: str = ""
) -> History:
    """Let clients work at once, each through a line of its own that breaks now and then."""
    history = _new_history(space)
    together = Together(_APART)
    clients = []
    for place in range(1, _APART + 1):
        proxy = site.proxy()
        handle = await site.behind(proxy, database).open()
        breaking = random.Random(f"{history.seed} line {place}")  # noqa: S311 - repeatable
        meeting = _BreakingLine(together, proxy, breaking)
        clients.append(Client(f"client {place}", handle, history, meeting))
    await _work(clients, workload, steps)
    return history


class _BreakingLine:
    """The meeting of a client whose line may break at one of the requests that follow."""

    def __init__(self, together: Together, proxy: Proxy, chance: random.Random) -> None:
        self._together = together
        self._proxy = proxy
        self._chance = chance

    async def wait(self) -> None:
        """Meet the others; what is lost is the request of a call, or its answer."""
        await self._together.wait()
        if self._chance.random() < _BREAKS:
            number = self._chance.randint(1, _REQUESTS)
            self._proxy.lose(number, self._chance.choice(list(Lost)))
            count("losses")

    async def leave(self) -> None:
        """Meet the others; nothing is lost any more."""
        self._proxy.lose_nothing()
        await self._together.leave()


async def recorded_at_standstills(
    workers: Workers,
    others: Sequence[Handle],
    steps: int,
    space: str = "",
    *,
    workload: Workload,
    pause: int,
) -> History:
    """Let clients work at once, the first one in a process that stands still amid its calls.

    It does so in each call that goes on after its `pause`th pause.
    """
    history = _new_history(f"pause {pause} {space}")
    cut = Cut(Moment.INSIDE, pause, each_call=True, signal=signal.SIGSTOP)
    worker = workers.start(cut)
    handles = [await workers.connect(worker), *others, await others[0].connect()]
    try:
        await _work_amid_halts(handles, history, worker, workload, steps)
    finally:
        worker.end()
    return history


async def recorded_at_held_answers(
    site: Site, database: Database, workload: Workload, steps: int, space: str = ""
) -> History:
    """Let clients work at once; in each call of the first one an answer of the server is held back.

    It goes on when all others have done their step.
    """
    history = _new_history(space)
    proxy = site.proxy()
    line = HeldLine(proxy, random.Random(f"{history.seed} line"))  # noqa: S311 - repeatable
    slow = await site.behind(proxy, database).open()
    others = [await database.open() for _ in range(2)]
    handles = [slow, *others, await others[0].connect()]
    with line.holding(site.limits.settle):
        await _work_amid_halts(handles, history, line, workload, steps, around=line.amid)
    return history


async def recorded_boots(workers: Workers, steps: int, space: str = "") -> History:
    """Let processes boot at once on an empty location, and work on it as soon as they can.

    Each but the last stands still amid its migration, where that goes on after one more pause than
    in the process before, until all others do or are through.
    """
    history = _new_history(space)
    booting = [
        workers.start(Cut(Moment.INSIDE, place, "adapter.migrate", signal.SIGSTOP))
        for place in range(1, steps)
    ]
    booting.append(workers.start())
    adapters = [workers.adapter(worker) for worker in booting]
    # Processes begin one after the other: a call that does nothing waits until all are there.
    await asyncio.gather(*(adapter.close() for adapter in adapters))
    clients = [
        asyncio.create_task(_boot_and_work(f"client {place}", adapter, history))
        for place, adapter in enumerate(adapters, 1)
    ]
    try:
        await let_go_one_by_one(booting, clients, history)
        await asyncio.gather(*clients)
        await insist(history)
    finally:
        for client in clients:
            client.cancel()
    return history


async def _work_amid_halts(
    handles: Sequence[Handle],
    history: History,
    stopping: Stopping,
    workload: Workload,
    steps: int,
    *,
    around: Around = nullcontext,
) -> None:
    """Let clients work at once; the calls of the first one stop until the others did their step.

    `around` is put around each of those.
    """
    halting = Halting(stopping, history, len(handles))
    first, *others = handles
    clients = [
        Client("client 1", first, history, halting, around=around),
        *(
            Client(f"client {place}", handle, history, halting.beside())
            for place, handle in enumerate(others, 2)
        ),
    ]
    watching = asyncio.create_task(halting.watch())
    try:
        await _work(clients, workload, steps)
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def _work(clients: Sequence[Client], workload: Workload, steps: int) -> None:
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(client.take_part(workload, steps))
    await insist(clients[0].history)


async def _boot_and_work(name: str, adapter: ObservedAdapter, history: History) -> None:
    client = await booted(name, adapter, history)
    if client is not None:
        await begin_to_work(client)


def _new_history(space: str) -> History:
    return History(space=space, seed=random.random())  # noqa: S311 - the plugin seeds it


def _cut(place: int, steps: int) -> Cut | None:
    """Return where a process is killed: amid some call, or between two; the last one lives."""
    if place == _MORTALS - 1:
        return None
    moment = random.choice(list(Moment))  # noqa: S311 - the plugin seeds it
    return Cut(moment, number=random.randint(steps // 2, steps * 2))  # noqa: S311 - likewise
