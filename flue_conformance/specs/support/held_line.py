"""`HeldLine`: a line to a server, on which one answer of each call is held back."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager

from flue_conformance.harness import Proxy


class HeldLine:
    """Stops an adapter amid its calls, as a slow server would, whatever the adapter is made of.

    Until the answer is let go the server has done what it was asked for, and the adapter does not
    know: what it wrote is locked, and not committed. Chance chooses which answer of a call it is,
    among as many as the last call of the method had; the first call of each is let through.
    """

    def __init__(self, proxy: Proxy, chance: random.Random) -> None:
        self._proxy = proxy
        self._chance = chance
        self._requests: dict[str, int] = {}
        self._due: float = math.inf
        self._let_go = asyncio.Event()
        self.is_stopped = False
        """Whether an answer is held back."""

    @contextmanager
    def holding(self, limit: float) -> Iterator[None]:
        """Hold answers back, each for `limit` seconds at most."""
        with self._proxy.watched(self._look, limit):
            try:
                yield
            finally:
                self.cont()

    @contextmanager
    def amid(self, method: str) -> Iterator[None]:
        """Hold an answer of the call back that is made within; it may make others by a callback."""
        begun, outer = self._proxy.requests, self._due
        if known := self._requests.get(method):
            self._due = begun + self._chance.randint(1, known)
        try:
            yield
        finally:
            self._due = outer
            self._requests[method] = self._proxy.requests - begun

    def cont(self) -> None:
        """Let the answer go on."""
        self.is_stopped = False
        self._let_go.set()

    async def _look(self, request: int) -> None:
        if request == self._due:
            self._let_go.clear()
            self.is_stopped = True
            try:
                await self._let_go.wait()
            finally:
                self.is_stopped = False
