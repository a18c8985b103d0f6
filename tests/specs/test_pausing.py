"""A worker stands still while others act, and never for longer."""

from __future__ import annotations

import asyncio
import random
import signal
from typing import Any

import pytest

from flue_conformance.specs.scenarios.pausing import StandStill
from flue_conformance.specs.support.limits import Limits

pytestmark = pytest.mark.asyncio

LIMITS = Limits(quiet=0.02)


class Stoppable:
    """A worker whose calls take a few turns of the loop, while it is not stopped."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._going = asyncio.Event()
        self._going.set()

    def stop(self) -> None:
        self.done.append("stop")
        self._going.clear()

    def cont(self) -> None:
        self.done.append("cont")
        self._going.set()

    async def call(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
            await self._going.wait()
        self.done.append("call")


@pytest.fixture
def worker() -> Stoppable:
    random.seed(1)
    return Stoppable()


async def standing_still(worker: Any) -> StandStill:
    standing = StandStill(worker, LIMITS)
    await standing.undisturbed([worker.call] * 3)
    worker.done.clear()
    return standing


async def test_others_act_while_a_call_of_the_worker_is_under_way(worker: Stoppable) -> None:
    standing = await standing_still(worker)

    async def meanwhile() -> str:
        worker.done.append("meanwhile")
        return "acted"

    calls, acted = await standing.amid([worker.call] * 3, meanwhile)

    assert acted == "acted"
    assert [each.error for each in calls] == [None] * 3
    stopped = worker.done.index("stop")
    assert worker.done[stopped : stopped + 3] == ["stop", "meanwhile", "cont"]
    assert worker.done.count("call") == 3


async def test_whoever_waits_for_the_worker_gets_it(worker: Stoppable) -> None:
    standing = await standing_still(worker)

    async def meanwhile() -> None:
        await worker.call()

    await standing.amid([worker.call] * 3, meanwhile)

    assert worker.done.count("call") == 4


async def test_the_worker_goes_on_when_the_others_fail(worker: Stoppable) -> None:
    standing = await standing_still(worker)

    async def meanwhile() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await standing.amid([worker.call] * 3, meanwhile)
    assert worker.done[-1] != "stop"
    assert "cont" in worker.done


async def test_where_nothing_can_be_stopped_it_is_not_run(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "SIGSTOP")

    with pytest.raises(pytest.skip.Exception, match=r"not run: .* has no signal that stops"):
        StandStill(worker, LIMITS)
