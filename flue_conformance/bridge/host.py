"""Serves an adapter to whoever is at the other end of a channel."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from flue_conformance.bridge import messages
from flue_conformance.bridge.channel import Channel
from flue_conformance.bridge.errors import PeerGone
from flue_conformance.bridge.methods import METHODS, PROTOCOL, Method
from flue_conformance.bridge.peer import Boundary, Peer, Refusal
from flue_conformance.bridge.values import VALUE, Codec
from flue_conformance.contract import PersistenceAdapter, Stores
from flue_conformance.contract.json_text import JsonValue


async def serve(
    channel: Channel,
    make: Callable[[str, str], PersistenceAdapter],
    identity: Mapping[str, JsonValue],
    *,
    location: str | None = None,
    edition: str | None = None,
    boundary: Boundary | None = None,
    farewell: float = 5.0,
) -> None:
    """Serve the adapter that `make(location, edition)` returns until the other side goes.

    `identity` is what `initialize` answers besides the protocol: name, version, editions and
    durability. `location` and `edition` stand for what `initialize` leaves out. What was asked is
    answered before the end, and the adapter closed, each within `farewell` seconds.
    """
    host = Host(make, identity, location, edition)
    peer = host.peer = Peer(channel, host, boundary=boundary)
    await peer.ended.wait()
    await peer.answered(farewell)
    peer.end(PeerGone("Nobody asks any more."))
    with suppress(Exception):
        await asyncio.wait_for(host.close(), farewell)


class Host:
    """Answers the requests that are about one adapter."""

    peer: Peer

    def __init__(
        self,
        make: Callable[[str, str], PersistenceAdapter],
        identity: Mapping[str, JsonValue],
        location: str | None,
        edition: str | None,
    ) -> None:
        self._make = make
        self._identity = identity
        self._location = location
        self._edition = edition
        self._adapter: PersistenceAdapter | None = None
        self._connected: list[Stores] = []
        self._unsubscribe: dict[JsonValue, Callable[[], None]] = {}
        self._special: dict[str, Callable[[list[Any]], Awaitable[str]]] = {
            "initialize": self._initialize,
            "adapter.migrate": self._migrate,
            "adapter.connect": self._connect,
            "adapter.close": self._close,
            "streams.subscribe": self._subscribe,
            "streams.unsubscribe": self._end_subscription,
        }

    async def serve(self, method: str, params: list[Any]) -> str:
        """Call the adapter; returns the JSON text of what it returned."""
        known = METHODS.get(method)
        if known is not None:
            return await self._call(known, params)
        special = self._special.get(method)
        if special is None:
            raise Refusal(messages.METHOD_NOT_FOUND, f"There is no method {method!r}.")
        return await special(params)

    def notified(self, method: str, params: list[Any]) -> None:
        """Ignore it: clients notify of nothing that is about the adapter."""

    def malformed(self, line: bytes, problem: str) -> None:
        """Tell the client, and go on."""
        del line
        self.peer.refuse(None, messages.PARSE_ERROR, f"A line was no message: {problem}.")

    async def close(self) -> None:
        """Close the adapter, if there is one."""
        if self._adapter is not None:
            await self._adapter.close()

    async def _call(self, method: Method, params: list[Any]) -> str:
        store = self._store(method.surface, params)
        try:
            arguments = method.read(params[1:])
        except ValueError as error:
            raise Refusal(messages.INVALID_PARAMS, str(error)) from None
        if method.attribute == "delete_session":
            arguments[1] = self._callback(arguments[1])
        answer = getattr(store, method.attribute)(*arguments)
        if not inspect.isawaitable(answer):
            raise Refusal(messages.FOREIGN_RESULT, _shown(answer))
        return _text(await answer, method.result)

    def _callback(self, number: JsonValue) -> Callable[[], Awaitable[object]]:
        return lambda: self.peer.request("callbacks.invoke", [number])

    def _store(self, surface: str, params: list[Any]) -> Any:
        number = params[0] if params else None
        if type(number) is not int or not 0 < number <= len(self._connected):
            raise Refusal(messages.INVALID_PARAMS, f"There are no stores {number!r}.")
        store = getattr(self._connected[number - 1], surface)
        if store is None:
            problem = f"The adapter has no {surface} in edition {self._edition}."
            raise Refusal(messages.METHOD_NOT_FOUND, problem)
        return store

    def _opened(self) -> PersistenceAdapter:
        if self._adapter is None:
            raise Refusal(messages.INVALID_REQUEST, "The first request is initialize.")
        return self._adapter

    async def _initialize(self, params: list[Any]) -> str:
        asked = params[0] if params else None
        if not isinstance(asked, dict) or asked.get("protocol") != PROTOCOL:
            raise Refusal(messages.INVALID_PARAMS, f"This host speaks protocol {PROTOCOL}.")
        if self._adapter is not None:
            raise Refusal(messages.INVALID_REQUEST, "The adapter is initialized.")
        location = asked.get("location", self._location)
        edition = asked.get("edition", self._edition)
        if not isinstance(location, str) or not isinstance(edition, str):
            raise Refusal(messages.INVALID_PARAMS, "initialize takes a location and an edition.")
        if edition not in self._identity["editions"]:
            raise Refusal(messages.INVALID_PARAMS, f"The adapter has no edition {edition!r}.")
        self._edition = edition
        self._adapter = self._make(location, edition)
        return messages.encoded({"protocol": PROTOCOL, **self._identity})

    async def _migrate(self, params: list[Any]) -> str:
        del params
        returned: object = await self._opened().migrate()  # type: ignore[func-returns-value]
        return _text(returned, VALUE)

    async def _connect(self, params: list[Any]) -> str:
        del params
        stores = await self._opened().connect()
        if not isinstance(stores, Stores):
            raise Refusal(messages.FOREIGN_RESULT, _shown(stores))
        self._connected.append(stores)
        return messages.encoded({"stores": len(self._connected)})

    async def _close(self, params: list[Any]) -> str:
        del params
        returned: object = await self._opened().close()  # type: ignore[func-returns-value]
        return _text(returned, VALUE)

    async def _subscribe(self, params: list[Any]) -> str:
        store = self._store("event_streams", params)
        if len(params) != 3 or not isinstance(params[1], str) or not isinstance(params[2], int):
            raise Refusal(messages.INVALID_PARAMS, "streams.subscribe takes n, path and id")
        _, path, number = params
        unsubscribe = store.subscribe(path, lambda: self.peer.notify("streams.changed", [number]))
        if not callable(unsubscribe):
            raise Refusal(messages.FOREIGN_RESULT, _shown(unsubscribe))
        self._unsubscribe[number] = unsubscribe
        return "null"

    async def _end_subscription(self, params: list[Any]) -> str:
        self._store("event_streams", params)
        # It stays: ending a subscription twice is the adapter's to bear. STREAM-34.
        unsubscribe = self._unsubscribe.get(params[1]) if len(params) == 2 else None
        if unsubscribe is None:
            raise Refusal(messages.INVALID_PARAMS, "streams.unsubscribe takes n and a known id")
        unsubscribe()
        return "null"


def _text(value: object, codec: Codec) -> str:
    """Return the JSON text of what the adapter returned."""
    try:
        return messages.encoded(codec.write(value))
    except (TypeError, ValueError, RecursionError, AttributeError):
        raise Refusal(messages.FOREIGN_RESULT, _shown(value)) from None


def _shown(value: object) -> str:
    try:
        return repr(value)[:1000]
    except Exception as failure:  # noqa: BLE001 - anybody's object
        return f"<a {type(value).__name__} whose repr raises {type(failure).__name__}>"
