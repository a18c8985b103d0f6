"""One answer of each call is held back, any of them, until it is let go."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest
import pytest_asyncio

from flue_conformance.harness import Proxy
from flue_conformance.specs.support.held_line import HeldLine

pytestmark = pytest.mark.asyncio

HOST = "127.0.0.1"
WORDS = ("begin", "write", "commit")

Say: TypeAlias = Callable[[], Awaitable[None]]


class Echo:
    """Answers each line with the same line; says the words, one after the other."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        """What was heard of the answers to the last call."""
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()
        self.over.set()


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[tuple[Proxy, Echo, Say]]:
    told = Echo()
    server = await asyncio.start_server(told.serve, HOST, 0)
    proxy = Proxy(HOST, server.sockets[0].getsockname()[1])
    reader, writer = await asyncio.open_connection(*proxy.address)

    async def say() -> None:
        told.answered = []
        for word in WORDS:
            writer.write(f"{word}\n".encode())
            told.answered.append((await reader.readline()).decode().strip())

    yield proxy, told, say
    writer.close()
    await told.over.wait()
    proxy.close()
    server.close()
    # Transports close a turn later.
    await asyncio.sleep(0)


async def stopped(line: HeldLine) -> None:
    async with asyncio.timeout(10):
        while not line.is_stopped:  # noqa: ASYNC110 - no event tells of a stop
            await asyncio.sleep(0.001)


async def test_each_answer_of_a_call_is_held_back_at_some_time(
    echo: tuple[Proxy, Echo, Say],
) -> None:
    proxy, told, say = echo
    line = HeldLine(proxy, random.Random(1))
    heard = set()

    with line.holding(limit=10):
        with line.amid("call"):
            await say()
        for _ in range(20):
            with line.amid("call"):
                calling = asyncio.ensure_future(say())
                await stopped(line)
                heard.add(len(told.answered))
                line.cont()
                await calling
            assert told.answered == list(WORDS)

    assert heard == {0, 1, 2}


async def test_an_answer_behind_the_call_of_a_callback_is_held_back(
    echo: tuple[Proxy, Echo, Say],
) -> None:
    proxy, _, say = echo
    line = HeldLine(proxy, random.Random(1))
    called_back = list[bool]()
    heard = set()

    async def say_around_a_callback() -> None:
        called_back.clear()
        await say()
        with line.amid("callback"):
            called_back.append(True)
        await say()

    with line.holding(limit=10):
        with line.amid("call"):
            await say_around_a_callback()
        for _ in range(20):
            with line.amid("call"):
                calling = asyncio.ensure_future(say_around_a_callback())
                await stopped(line)
                heard.add(bool(called_back))
                line.cont()
                await calling

    assert heard == {False, True}


async def test_nothing_is_held_back_of_a_first_call_or_beside_calls(
    echo: tuple[Proxy, Echo, Say],
) -> None:
    proxy, _, say = echo
    line = HeldLine(proxy, random.Random(1))

    with line.holding(limit=10):
        for method in ("one", "another"):
            with line.amid(method):
                await asyncio.wait_for(say(), 10)
        await asyncio.wait_for(say(), 10)


async def test_what_nobody_lets_go_goes_on_by_itself(echo: tuple[Proxy, Echo, Say]) -> None:
    proxy, told, say = echo
    line = HeldLine(proxy, random.Random(1))

    with line.holding(limit=0.05):
        for _ in range(2):
            with line.amid("call"):
                await asyncio.wait_for(say(), 10)

    assert told.answered == list(WORDS)
    assert not line.is_stopped


async def test_what_is_held_back_goes_on_in_the_end(echo: tuple[Proxy, Echo, Say]) -> None:
    proxy, told, say = echo
    line = HeldLine(proxy, random.Random(1))

    with line.holding(limit=100):
        with line.amid("call"):
            await say()
        with line.amid("call"):
            calling = asyncio.ensure_future(say())
            await stopped(line)
    await asyncio.wait_for(calling, 10)

    assert told.answered == list(WORDS)
