"""A `PersistenceAdapter` whose stores ask another process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeAlias

from flue_conformance.bridge import messages
from flue_conformance.bridge.channel import Channel
from flue_conformance.bridge.errors import (
    BridgeFailure,
    EndedAbruptly,
    PeerGone,
    ProtocolViolation,
    RemoteError,
)
from flue_conformance.bridge.methods import PROTOCOL, Method, Surface, surfaces
from flue_conformance.bridge.peer import Boundary, Foreign, Peer, Refusal
from flue_conformance.bridge.values import text_of, with_stand_ins
from flue_conformance.contract import ContractError, Stores
from flue_conformance.contract.json_text import JsonValue

Subscription: TypeAlias = tuple[int, asyncio.Future[JsonValue]]
"""The id of a subscription, and the answer that says that it stands."""


def _nobody() -> None:
    """Stand in for a listener whose subscription has ended."""


def _closed() -> PeerGone:
    return PeerGone("The other process closed the bridge.")


class RemoteAdapter:
    """One adapter object in the process at the other end of a channel.

    Calls raise the contract's errors, `RemoteError` for any other error of the adapter, `TypeError`
    and `ValueError` for arguments that have no JSON form, and `BridgeFailure` where there is no
    answer of the adapter. `gone` makes the error for calls that a dead process does not answer.
    With `careless`, arguments without a JSON form are for the adapter to refuse: the process puts
    something in their place that its language has no JSON for. `about` is what the process said of
    its adapter, once there was a call.
    """

    def __init__(
        self,
        channel: Channel,
        location: str,
        edition: str,
        *,
        gone: Callable[[], PeerGone] = _closed,
        boundary: Boundary | None = None,
        careless: bool = False,
    ) -> None:
        self._channel = channel
        self._careless = careless
        self._location = location
        self._edition = edition
        self._gone = gone
        self._boundary = boundary
        self._far_side: _FarSide | None = None
        self._initialized: asyncio.Future[JsonValue] | None = None
        self.about: JsonValue = None

    @property
    def asked(self) -> int:
        """The number of the last request that was sent; 0 when there was none."""
        return self._far_side.peer.asked if self._far_side else 0

    async def migrate(self) -> None:
        """Make or upgrade the schema."""
        # Whatever it is: whoever checks results is to see it.
        return await self._request("adapter.migrate")  # type: ignore[no-any-return]

    async def connect(self) -> Stores:
        """Open the location; returns new store objects."""
        answer: Any = await self._request("adapter.connect")
        if isinstance(answer, Foreign):
            return answer  # type: ignore[return-value] # whoever checks results is to see it
        if not isinstance(answer, dict) or not isinstance(answer.get("stores"), int):
            raise ProtocolViolation(f"adapter.connect was answered with {answer!r}")
        assert self._far_side is not None
        number = answer["stores"]
        stores: dict[str, Any] = {
            surface.attribute: _STORES.get(surface.attribute, RemoteStore)(
                self._far_side, number, surface, careless=self._careless
            )
            for surface in surfaces(self._edition)
        }
        return Stores(**stores)

    async def close(self) -> None:
        """Have the adapter release everything; the process stays, and may connect again."""
        return await self._request("adapter.close")  # type: ignore[no-any-return]

    def end(self, failure: BridgeFailure) -> None:
        """Close the bridge; every call that waits and every later one raises `failure`."""
        if self._far_side is not None:
            self._far_side.peer.end(failure)
        self._channel.close()

    async def _request(self, method: str) -> Any:
        far_side = await self._reached()
        return await far_side.peer.request(method, [])

    async def _reached(self) -> _FarSide:
        if self._channel.closed and self._far_side is None:
            raise self._gone()
        if self._far_side is None:
            self._far_side = _FarSide(self._channel, self._gone, self._boundary)
            asked = {"protocol": PROTOCOL, "location": self._location, "edition": self._edition}
            self._initialized = self._far_side.peer.ask("initialize", [asked])
        assert self._initialized is not None
        # Several calls may wait for it; one that is cancelled must not end it for the others.
        self.about = await asyncio.shield(self._initialized)
        return self._far_side


class _FarSide:
    """The other process, and what it calls back."""

    def __init__(
        self, channel: Channel, gone: Callable[[], PeerGone], boundary: Boundary | None
    ) -> None:
        self.peer = Peer(channel, self, gone=gone, boundary=boundary)
        self._numbers = itertools.count(1)
        self._listeners: dict[int, Callable[[], None]] = {}
        self._callbacks: dict[int, Callable[[], Awaitable[object]]] = {}
        self._raised: list[Exception] = []
        """By the callbacks of the deletions that run, one of which may be about to say so."""

    async def serve(self, method: str, params: list[Any]) -> str:
        """Call the callback of a deletion."""
        callback = self._callbacks.get(params[0]) if params else None
        if method != "callbacks.invoke" or callback is None:
            raise Refusal(messages.METHOD_NOT_FOUND, f"There is nothing to call by {method}.")
        try:
            await callback()
        except Exception as error:
            self._raised.append(error)
            raise
        return "null"

    def notified(self, method: str, params: list[Any]) -> None:
        """Call the listener of a subscription that has not ended."""
        if method != "streams.changed" or not params or not isinstance(params[0], int):
            return
        listener = self._listeners.get(params[0], _nobody)
        # A listener's error is nobody else's. STREAM-32.
        with suppress(Exception):
            listener()

    def malformed(self, line: bytes, problem: str) -> None:
        """End the bridge: nobody can tell which call that was an answer to."""
        shown = line[:200].decode("utf-8", "backslashreplace")
        failure = f"The other process wrote what is no message ({problem}): {shown!r}"
        self.peer.end(ProtocolViolation(failure))

    def subscribe(self, stores: int, path: str, listener: Callable[[], None]) -> Subscription:
        """Call a listener when a stream changes; returns at once."""
        number = next(self._numbers)
        subscribed = self.peer.ask("streams.subscribe", [stores, path, number])
        self._listeners[number] = listener
        return number, subscribed

    def unsubscribe(self, stores: int, number: int) -> asyncio.Future[JsonValue]:
        """End a subscription, also one that was ended before; returns at once."""
        self._listeners.pop(number, None)
        return self.peer.ask("streams.unsubscribe", [stores, number])

    async def with_callback(
        self, callback: Callable[[], Awaitable[object]], call: Callable[[int], Awaitable[JsonValue]]
    ) -> JsonValue:
        """Make a call that may call back; raises a callback's error itself, not its likeness."""
        number = next(self._numbers)
        self._callbacks[number] = callback
        try:
            return await call(number)
        except (ContractError, RemoteError) as error:
            raise self._original(error) from None
        finally:
            del self._callbacks[number]
            if not self._callbacks:
                self._raised.clear()

    def _original(self, error: ContractError | RemoteError) -> Exception:
        name = error.name if isinstance(error, RemoteError) else type(error).__name__
        for raised in self._raised:
            if type(raised).__name__ == name and text_of(raised) == str(error):
                return raised
        return error


class RemoteStore:
    """One store; its asynchronous methods are those of the table."""

    def __init__(
        self, far_side: _FarSide, number: int, surface: Surface, *, careless: bool = False
    ) -> None:
        calling = _CALLING if not careless else dict.fromkeys(_CARELESS, _careless_call) | _CALLING
        for method in surface.methods:
            setattr(
                self,
                method.attribute,
                calling.get(method.attribute, _call)(far_side, number, method),
            )


class RemoteStreams(RemoteStore):
    """Event streams. What nobody could wait for, and failed, is raised by the next call."""

    def __init__(
        self, far_side: _FarSide, number: int, surface: Surface, *, careless: bool = False
    ) -> None:
        super().__init__(far_side, number, surface, careless=careless)
        self._far_side = far_side
        self._number = number
        self._failure: EndedAbruptly | None = None
        for method in surface.methods:
            setattr(self, method.attribute, self._heeding(getattr(self, method.attribute)))

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a listener when a stream changes; returns how to stop that. STREAM-28 to -37."""
        number, subscribed = self._far_side.subscribe(self._number, path, listener)
        subscribed.add_done_callback(partial(self._heed, "subscribe"))

        def unsubscribe() -> None:
            ended = self._far_side.unsubscribe(self._number, number)
            ended.add_done_callback(partial(self._heed, "the end of a subscription"))

        return unsubscribe

    def _heeding(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def heeding(*arguments: object, **options: object) -> Any:
            result = await call(*arguments, **options)
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
            return result

        return heeding

    def _heed(self, what: str, answered: asyncio.Future[JsonValue]) -> None:
        if answered.cancelled():
            return
        problem = answered.exception() or answered.result()
        if problem is not None and not isinstance(problem, PeerGone):
            self._failure = EndedAbruptly(f"{what} failed before: {problem!r}")


def _call(far_side: _FarSide, number: int, method: Method) -> Callable[..., Awaitable[Any]]:
    peer, name, written, read = far_side.peer, method.name, method.written, method.result.read

    async def call(*arguments: object, **options: object) -> Any:
        return read(await peer.request(name, [number, *written(arguments, options)]))

    return call


def _careless_call(
    far_side: _FarSide, number: int, method: Method
) -> Callable[..., Awaitable[Any]]:
    call = _call(far_side, number, method)

    async def careless_call(*arguments: object) -> Any:
        return await call(*map(with_stand_ins, arguments))

    return careless_call


def _deletion(far_side: _FarSide, number: int, method: Method) -> Callable[..., Awaitable[Any]]:
    async def delete_session(
        session_key: str, delete_session_tree: Callable[[], Awaitable[object]]
    ) -> Any:
        def call(callback: int) -> Awaitable[JsonValue]:
            params = [number, *method.written((session_key, callback), {})]
            return far_side.peer.request(method.name, params)

        return await far_side.with_callback(delete_session_tree, call)

    return delete_session


_CALLING: Final = {"delete_session": _deletion}
_CARELESS: Final = ("save", "append_event")
"""The methods that take a whole document, which may be no JSON."""
_STORES: Final = {"event_streams": RemoteStreams}
