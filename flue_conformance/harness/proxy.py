"""`Proxy`: a line to a server that can be cut, closed, frozen, and lost at a chosen word."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")

Look: TypeAlias = Callable[[int], Coroutine[Any, Any, None]]

HOST: Final = "127.0.0.1"
_PIECE: Final = 1 << 16


class Lost(Enum):
    """What of a request is lost when the line breaks."""

    REQUEST = "request"
    """It never reaches the server."""
    ANSWER = "answer"
    """The server has it and answers, and nobody hears that."""


class Proxy:
    """A TCP proxy in front of a server, on a port of its own, in a thread of its own.

    It knows no protocol. A *request* is what clients send on a connection since the server spoke
    there last, so the one that carries a commit is among a call's requests, whatever the product.
    All methods are for any thread and return when the line is as they say.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._closed = False
        self._connections: set[_Connection] = set()
        self._requests = 0
        self._loss: tuple[int, Lost] | None = None
        self._show: Look | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="flue-proxy", daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.address: tuple[str, int] = listening.result()

    @property
    def requests(self) -> int:
        """How many requests have passed, or were lost."""
        return self._requests

    @property
    def is_armed(self) -> bool:
        """Whether a loss that was asked for has not come yet."""
        return self._loss is not None

    def cut(self) -> None:
        """End all connections, in both directions at once."""
        self._do(self._cut)

    def refuse(self) -> None:
        """End at once whatever connects from now on."""
        self._do(lambda: setattr(self, "_closed", True))

    def accept(self) -> None:
        """Let connect who wants to."""
        self._do(lambda: setattr(self, "_closed", False))

    def freeze(self) -> None:
        """Hold everything that is said, in both directions, as a network does that loses all."""
        self._do(self._flowing.clear)

    def thaw(self) -> None:
        """Pass on what was held, and all that follows."""
        self._do(self._flowing.set)

    def lead_to(self, host: str, port: int) -> None:
        """Lead new connections to another server."""
        self._do(lambda: setattr(self, "_target", (host, port)))

    def lose(self, number: int, what: Lost) -> None:
        """Break the connection of the `number`th request from now on, with the loss of `what`."""
        self._do(lambda: setattr(self, "_loss", (self._requests + number, what)))

    def lose_nothing(self) -> None:
        """Forget a loss that was asked for."""
        self._do(lambda: setattr(self, "_loss", None))

    @contextmanager
    def watched(self, look: Look, limit: float) -> Iterator[None]:
        """Have a look made in the running loop whenever a server answers, before anybody hears it.

        It is told the number of the request, counted as `requests` is; several may overlap.
        One that takes longer than `limit` seconds is cancelled, for it may wait for whoever waits
        for the answer; after that, and after one that raises, there are no more.
        """
        loop = asyncio.get_running_loop()

        async def show(number: int) -> None:
            looking = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(look(number), loop))
            try:
                await asyncio.wait_for(looking, limit)
            except Exception:  # noqa: BLE001 - whatever it is, the line goes on
                self._show = None

        self._do(lambda: setattr(self, "_show", show))
        try:
            yield
        finally:
            self._do(lambda: setattr(self, "_show", None))

    def close(self) -> None:
        """End everything; repeating is fine."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def heard_request(self) -> Lost | None:
        """Count a request; returns what of it is lost. For connections."""
        self._requests += 1
        if self._loss is None or self._requests < self._loss[0]:
            return None
        what, self._loss = self._loss[1], None
        return what

    async def heard_answer(self, number: int) -> None:
        """Let it be looked at what the server did at a request. For connections."""
        if self._show is not None:
            await self._show(number)

    async def pause(self) -> None:
        """Wait while the line is frozen. For connections."""
        await self._flowing.wait()

    def _do(self, act: Callable[[], T]) -> T:
        async def acting() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(acting(), self._loop).result()

    def _cut(self) -> None:
        for connection in [*self._connections]:
            connection.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _end(self) -> None:
        self._closed = True
        self._server.close()
        self._flowing.set()
        self._cut()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*left, return_exceptions=True)
        # The transports close a turn later.
        await asyncio.sleep(0)

    async def _listen(self) -> tuple[str, int]:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        address: tuple[str, int] = self._server.sockets[0].getsockname()
        return address

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        if self._closed:
            writer.transport.abort()
            far_writer.transport.abort()
            return
        connection = _Connection(self, (reader, writer), (far_reader, far_writer))
        self._connections.add(connection)
        try:
            await connection.talk()
        finally:
            self._connections.discard(connection)


class _Connection:
    """A client and the server, and what they say to each other."""

    def __init__(
        self,
        proxy: Proxy,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._from_client, self._to_client = client
        self._from_server, self._to_server = server
        self._requested = False
        self._number = 0
        self._answer_is_lost = False

    def abort(self) -> None:
        """End both halves now, with whatever is still in them."""
        self._to_client.transport.abort()
        self._to_server.transport.abort()

    async def talk(self) -> None:
        """Pass on what either says, until one of them ends."""
        halves = [
            asyncio.ensure_future(self._pass(self._from_client, self._to_server, self._asks)),
            asyncio.ensure_future(self._pass(self._from_server, self._to_client, self._answers)),
        ]
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.abort()
            for half in halves:
                half.cancel()
            await asyncio.gather(*halves, return_exceptions=True)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        may_pass: Callable[[], Coroutine[Any, Any, bool]],
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._proxy.pause()
                if not await may_pass():
                    return
                writer.write(piece)
                await writer.drain()
            # Who speaks last has its words delivered.
            writer.write_eof()

    async def _asks(self) -> bool:
        if self._requested:
            return True
        self._requested = True
        lost = self._proxy.heard_request()
        self._number = self._proxy.requests
        self._answer_is_lost = lost is Lost.ANSWER
        return lost is not Lost.REQUEST

    async def _answers(self) -> bool:
        if self._requested:
            self._requested = False
            await self._proxy.heard_answer(self._number)
        return not self._answer_is_lost
