"""A client and a host in one process, at the two ends of a socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from flue_conformance.bridge import Channel, PeerGone, RemoteAdapter, serve
from flue_conformance.bridge.channel import LONGEST
from flue_conformance.contract import PersistenceAdapter, Stores

IDENTITY: Mapping[str, Any] = {
    "name": "acted",
    "version": "1",
    "editions": ["0.10", "0.11"],
    "durability": "ephemeral",
}


class Acted:
    """Every store at once: each method is `act`, which gets the method's name and arguments."""

    def __init__(self, act: Callable[..., Awaitable[Any]]) -> None:
        self._act = act

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any) -> Any:
            return await self._act(method, *arguments)

        return call


class ActedAdapter:
    """An adapter of acted stores."""

    def __init__(self, stores: Any) -> None:
        self._stores = stores
        self.closed = 0

    async def migrate(self) -> None:
        """Do nothing."""

    async def connect(self) -> Stores:
        """Return the stores."""
        return Stores(*[self._stores] * 6)

    async def close(self) -> None:
        """Count it."""
        self.closed += 1


def channels(*, longest: int = LONGEST) -> tuple[Channel, Channel]:
    """Return the two ends of a bridge."""
    ours, theirs = (end.detach() for end in socket.socketpair())
    return Channel(ours, ours, longest=longest), Channel(theirs, theirs, longest=longest)


@asynccontextmanager
async def bridged(
    adapter: PersistenceAdapter, edition: str = "0.11", *, longest: int = LONGEST
) -> AsyncIterator[RemoteAdapter]:
    """Lend the client of a host that serves an adapter."""
    near, far = channels(longest=longest)
    host = asyncio.create_task(serve(far, lambda *_: adapter, IDENTITY, farewell=0.1))
    client = RemoteAdapter(near, "somewhere", edition)
    try:
        yield client
    finally:
        client.end(PeerGone("the test is over"))
        await host


@asynccontextmanager
async def connected(
    act: Callable[..., Awaitable[Any]], edition: str = "0.11", *, longest: int = LONGEST
) -> AsyncIterator[Any]:
    """Lend the stores of an adapter whose every method is `act`."""
    async with bridged(ActedAdapter(Acted(act)), edition, longest=longest) as client:
        yield await client.connect()
