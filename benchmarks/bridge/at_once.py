"""An adapter that answers at once, in this process and at the other end of a bridge."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flue_conformance.bridge import Channel, PeerGone, RemoteAdapter, serve
from flue_conformance.contract import Stores

EDITION = "0.11"


class AtOnce:
    """An adapter that is its own stores; there is never any work."""

    async def migrate(self) -> None:
        """Do nothing."""

    async def connect(self) -> Stores:
        """Return itself in the place of every store."""
        stores: Any = self
        return Stores(stores, stores, stores, stores, event_streams=stores)

    async def close(self) -> None:
        """Do nothing."""

    async def has_unsettled_submissions(self) -> bool:
        """Tell that there is no work."""
        return False


@contextmanager
def in_another_process() -> Iterator[RemoteAdapter]:
    """Lend the client of such an adapter in a forked process; to be called outside of a loop."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _serve(theirs.detach())
    theirs.close()
    wire = ours.detach()
    client = RemoteAdapter(Channel(wire, wire), "nowhere", EDITION)
    try:
        yield client
    finally:
        client.end(PeerGone("The measurement is over."))
        os.waitpid(child, 0)


def _serve(wire: int) -> None:
    identity = {"name": "at once", "version": "", "editions": [EDITION], "durability": "ephemeral"}
    try:
        asyncio.run(serve(Channel(wire, wire), lambda *_: AtOnce(), identity))
    finally:
        os._exit(0)
