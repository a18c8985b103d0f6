"""Adapters that hang, block, die, flood or lie when a session is loaded: `hostile:KIND`."""

from __future__ import annotations

import asyncio
import ctypes
import datetime as dt
import decimal
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from flue_conformance.backends import Backend, MemoryBackend, Settings
from flue_conformance.contract import PersistenceAdapter, SessionData
from flue_fakes.adapters import URL, DictAdapter, DictSessions, Kept

LONG = 1000
ANYTHING = BaseException


class Sly:
    """Nobody may look at it."""

    def __repr__(self) -> str:
        raise SystemExit("looked at")

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


class Endless(Sly):
    def __repr__(self) -> str:
        time.sleep(LONG)
        return ""


class YesSayer(dict[str, Any]):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Unspeakable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise KeyError("no message")


class Verbose(Exception):  # noqa: N818
    def __str__(self) -> str:
        return "x" * 50_000_000


class EndlessError(Exception):
    def __str__(self) -> str:
        time.sleep(LONG)
        return ""


class Unheard(BaseException):
    pass


def _raise(error: BaseException) -> None:
    raise error


def _close_the_loop() -> None:
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.stop)

    def close() -> None:
        while loop.is_running():
            time.sleep(0.001)
        loop.close()

    threading.Thread(target=close, daemon=True).start()


def _flood() -> None:
    for _ in range(50):
        sys.stdout.write("flood " * 200_000 + "\n")


def _crash() -> None:
    ctypes.string_at(0)


def _swallow() -> None:
    while True:
        try:
            time.sleep(LONG)
        except ANYTHING:
            continue


def _hold_the_lock() -> None:
    _ = 7 ** (10**9)


def _exit_in_a_thread() -> None:
    thread = threading.Thread(target=os._exit, args=(0,), daemon=True)
    thread.start()
    thread.join()


AT_ONCE: dict[str, Callable[[], object]] = {
    "blocks": lambda: time.sleep(LONG),
    "swallows": _swallow,
    "holds_the_lock": _hold_the_lock,
    "blocks_later": lambda: asyncio.get_running_loop().call_soon(time.sleep, LONG),
    "exits": lambda: sys.exit(0),
    "exits_at_once": lambda: os._exit(0),
    "exits_in_a_thread": _exit_in_a_thread,
    "replaces_itself": lambda: os.execv("/bin/true", ["/bin/true"]),
    "kills_itself": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "aborts": os.abort,
    "crashes": _crash,
    "ends_generators": lambda: _raise(GeneratorExit()),
    "raises_beyond": lambda: _raise(Unheard("beyond")),
    "cancels": lambda: _raise(asyncio.CancelledError()),
    "times_out": lambda: _raise(TimeoutError("pool exhausted")),
    "unspeakable": lambda: _raise(Unspeakable()),
    "verbose": lambda: _raise(Verbose()),
    "endless_error": lambda: _raise(EndlessError()),
    "stops_the_loop": lambda: asyncio.get_running_loop().stop(),
    "closes_the_loop": _close_the_loop,
    "floods": _flood,
    "leaves_a_thread": lambda: threading.Thread(target=time.sleep, args=(LONG,)).start(),
    "leaks": lambda: _raise(RuntimeError(f"cannot reach {URL}")),
}
LIES: dict[str, object] = {
    "mock": mock.Mock(),
    "sly": Sly(),
    "sly_inside": {"version": 5, "inside": [Sly()]},
    "endless": {"version": Endless()},
    "yes_sayer": YesSayer(),
    "nan": {"version": math.nan},
    "decimal": {"version": decimal.Decimal(5)},
    "instant": {"createdAt": dt.datetime.now(tz=dt.UTC)},
    "text": "{}",
}


class HostileSessions(DictSessions):
    kind = ""

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002
        await super().save(id, data)
        if self.kind == "mutates":
            data["entries"].clear()

    async def load(self, id: str) -> Any:  # noqa: A002
        if self.kind in LIES:
            return LIES[self.kind]
        if self.kind in AT_ONCE:
            AT_ONCE[self.kind]()
        elif self.kind == "sleeps":
            await asyncio.sleep(LONG)
        elif self.kind == "is_slow":
            await asyncio.sleep(0.5)
        elif self.kind == "never_gives_up":
            await self._never()
        elif self.kind == "blocks_an_executor":
            await asyncio.get_running_loop().run_in_executor(None, time.sleep, LONG)
        if self.kind in ("closes_the_loop", "blocks_later"):
            await asyncio.sleep(0.1)
        return await super().load(id)

    async def _never(self) -> None:
        while True:
            try:
                await asyncio.sleep(LONG)
            except ANYTHING:
                continue


class Synchronous(DictSessions):
    def load(self, id: str) -> Any:  # noqa: A002
        return self.kept.get(id)


class Hostile(DictAdapter):
    def __init__(self, kind: str, kept: Kept | None = None) -> None:
        super().__init__(kept)
        self.kind = kind
        self.sessions = (
            Synchronous
            if kind == "synchronous"
            else type("Sessions", (HostileSessions,), {"kind": kind})
        )

    async def connect(self) -> Any:
        if self.kind == "unconnected":
            return {"sessions": self.sessions(self.kept)}
        return await super().connect()

    async def close(self) -> None:
        if self.kind == "blocks_at_the_end":
            AT_ONCE["blocks"]()


class HostileBackend(MemoryBackend):
    def __init__(self) -> None:
        super().__init__(lambda _: DictAdapter(), editions=("0.11",))
        self.kind = ""

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        del location, edition
        return Hostile(self.kind)

    def configure(self, argument: str | None, settings: Settings) -> Backend:
        del settings
        self.kind = argument or ""
        return self


backend = HostileBackend()
