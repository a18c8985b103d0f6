"""A process stands still while others act, and never for longer."""

from __future__ import annotations

import asyncio
import random
import signal
from typing import Any

import pytest

from flue_conformance.specs.support import standing
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import Racer
from flue_conformance.specs.support.standing import BATCH, REHEARSALS, Stage, StandStill

pytestmark = pytest.mark.asyncio

ROUNDS = 3


class Stoppable:
    """A worker and all its handles: calls take a few turns of the loop, while it is not stopped."""

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

    async def call(self) -> str:
        for _ in range(20):
            await asyncio.sleep(0)
            await self._going.wait()
        self.done.append("call")
        return "called"

    async def act(self) -> str:
        self.done.append("act")
        return "acted"

    async def open(self, count: int) -> list[Any]:
        return [self] * count

    def start(self) -> Stoppable:
        return self

    async def connect(self, _: object) -> Stoppable:
        return self


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Stoppable:
    random.seed(1)
    # Only a process of its own can be asked where it stands.
    monkeypatch.setattr(standing, "can_tell_stops", lambda: False)
    return Stoppable()


def stand_still(worker: Any) -> StandStill:
    return StandStill(worker, Expect(Ledger()), Limits(quiet=0.02), ROUNDS)


async def test_others_act_while_calls_of_the_process_are_held(worker: Stoppable) -> None:
    outcomes: dict[str, tuple[Racer[str], Racer[str]]] = {}

    async def scene(stage: Stage, name: str) -> None:
        outcomes[name] = await stage.play(worker.call, worker.act)

    await stand_still(worker).amid(scene)

    assert len(outcomes) == (REHEARSALS + ROUNDS) * BATCH
    assert {(held.value, acted.value) for held, acted in outcomes.values()} == {("called", "acted")}
    stops = [place for place, deed in enumerate(worker.done) if deed == "stop"]
    assert len(stops) == ROUNDS
    for place in stops:
        assert worker.done[place : place + BATCH + 2] == ["stop", *["act"] * BATCH, "cont"]


async def test_whoever_waits_for_the_process_gets_it(worker: Stoppable) -> None:
    async def scene(stage: Stage, _: str) -> None:
        acted = (await stage.play(worker.call, worker.call))[1]
        assert acted.value == "called"

    await stand_still(worker).amid(scene)

    assert worker.done.count("call") == 2 * (REHEARSALS + ROUNDS) * BATCH


async def test_the_process_goes_on_when_a_scene_fails(worker: Stoppable) -> None:
    async def scene(stage: Stage, name: str) -> None:
        await stage.play(worker.call, worker.act)
        if name.startswith("stop-0"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stand_still(worker).amid(scene)
    assert [deed for deed in worker.done if deed in ("stop", "cont")][-1] == "cont"


async def test_where_nothing_can_be_stopped_it_is_not_run(
    worker: Stoppable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "SIGSTOP")

    with pytest.raises(pytest.skip.Exception, match=r"not run: .* has no signal that stops"):
        stand_still(worker)
