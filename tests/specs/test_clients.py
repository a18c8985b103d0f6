"""Clients whose calls raise: nothing passes for an answer that is none."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from flue_conformance.contract import Storage
from flue_conformance.specs.support.clients import Client, History, Together, insist
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import be_patient

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def impatient() -> Any:
    be_patient(Limits().scaled(0.001))
    yield
    be_patient(Limits())


class Raising:
    """A session store whose first loads raise, and all saves."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def load(self, _: str) -> None:
        self.left -= 1
        if self.left >= 0:
            raise Storage("busy")

    async def save(self, _: str, __: object) -> None:
        raise NotImplementedError


def client_of(times: int) -> Client:
    handle: Any = SimpleNamespace(sessions=Raising(times))
    return Client("client 1", handle, History(), Together(1))


async def load_once(client: Client, chance: random.Random, steps: int, /) -> None:
    del chance, steps
    await client.meet(0)
    await client.call("key", "sessions.load", "key")


async def test_a_method_that_answers_once_contention_is_over_is_explained_with_what_raised() -> (
    None
):
    client = client_of(times=2)
    await client.take_part(load_once, 1)

    await insist(client.history)

    assert [each.certain for each in client.history.operations] == [False, False, True]


async def test_a_method_that_answered_is_not_called_again() -> None:
    client = client_of(times=1)
    await client.call("key", "sessions.load", "key")
    await client.call("key", "sessions.load", "key")

    await insist(client.history)

    assert [each.certain for each in client.history.operations] == [False, True]


async def test_a_method_that_never_answers_raises_in_the_end() -> None:
    client = client_of(times=10**9)
    await client.take_part(load_once, 1)

    with pytest.raises(Storage, match="busy"):
        await insist(client.history)


async def test_what_is_not_there_is_not_waited_for() -> None:
    client = client_of(times=0)
    await client.call("key", "sessions.save", "key", {})

    with pytest.raises(NotImplementedError):
        await insist(client.history)

    assert len(client.history.operations) == 2
