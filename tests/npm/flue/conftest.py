"""Node on this process's reference adapters, and folders in which Flue's packages are found."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import pytest

from flue_adapter_npm.packages import installed
from flue_adapter_npm.reference import Package
from flue_conformance.backends import Backend, NotAvailable, Settings, UsageProblem
from flue_conformance.backends.discovery import select
from flue_conformance.bridge import Channel, serve

JS: Final = Path(__file__).parents[3] / "plugins" / "flue-adapter-npm" / "js" / "index.js"
HERE: Final = Path(__file__).parent
RUNTIMES: Final = {"0.10": "0.10.2", "0.11": "0.11.1"}
VITEST: Final = "4.1.6"

CONNECT = """
import os, select, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
ways = {0: line.fileno(), line.fileno(): 1}
while ways:
    for source in select.select(list(ways), [], [])[0]:
        piece = os.read(source, 65536)
        if not piece and source:
            sys.exit()
        if not piece:
            line.shutdown(socket.SHUT_WR)
            del ways[0]
        while piece:
            piece = piece[os.write(ways[source], piece):]
"""


@pytest.fixture(scope="session", autouse=True)
def cache() -> None:
    """Use the user's cache: packages are big, and installed once."""


@pytest.fixture(scope="session", params=RUNTIMES)
def edition(request: pytest.FixtureRequest) -> str:
    """Return each edition."""
    return str(request.param)


@pytest.fixture
def project(edition: str, tmp_path: Path) -> Path:
    """Return a folder with Flue's runtime, or skip where it cannot be installed."""
    runtime = Package("@flue/runtime", version=RUNTIMES[edition])
    try:
        there = installed(runtime, Package("vitest", version=VITEST))
    except UsageProblem as problem:
        pytest.skip(str(problem))
    (tmp_path / "node_modules").symlink_to(there.folder / "node_modules")
    return tmp_path


class Served:
    """Serves adapters on fresh databases of a backend, one a connection, from a thread."""

    def __init__(self, backend: Backend, edition: str, path: Path) -> None:
        self.backend = backend
        self._edition = edition
        self._path = path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._listening.setblocking(False)
        self._tasks: set[asyncio.Task[None]] = set()
        try:
            self._run(backend.start()).result()
        except BaseException:
            self._end()
            raise
        self._accepting = self._run(self._accept())

    @property
    def command(self) -> list[str]:
        """The program that carries a standard input and output to a connection."""
        return [sys.executable, "-E", "-S", "-c", CONNECT, str(self._path)]

    def close(self) -> None:
        """Serve no more."""
        self._accepting.cancel()
        self._run(self._stop()).result()
        self._end()

    async def _accept(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listening)
            task = self._loop.create_task(self._serve(connection.detach()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, descriptor: int) -> None:
        location = await self.backend.create()
        identity = {
            "name": "it",
            "version": "0",
            "editions": [self._edition],
            "durability": "ephemeral",
        }
        channel = Channel(descriptor, descriptor)
        await serve(
            channel, self.backend.adapter, identity, location=location, edition=self._edition
        )
        await self.backend.drop(location)

    async def _stop(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        await self.backend.stop()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listening.close()

    def _run(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def served(request: pytest.FixtureRequest, edition: str, tmp_path: Path) -> Iterator[Served]:
    """Serve each reference adapter."""
    (backend,) = select([request.param], Settings())
    try:
        server = Served(backend, edition, tmp_path / "socket")
    except NotAvailable as problem:
        pytest.skip(str(problem))
    yield server
    server.close()


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """Return this process's variables and some more."""
    return lambda **more: {**os.environ, **more}
