"""Event streams with listeners of their own, for adapters that call those wrongly."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from flue_conformance.contract import EventStreamStore, JsonValue
from flue_wrong_adapters.wrappers import Streams

Listener: TypeAlias = Callable[[], None]


class Listening(Streams):
    """Keeps and calls its listeners rightly, until a subclass does otherwise."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self.listeners: dict[str, list[Listener]] = {}

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        listeners = self.listeners.setdefault(path, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return unsubscribe

    def notify(self, path: str) -> None:
        listeners = self.listeners.get(path, [])
        for listener in list(listeners):
            if listener in listeners:
                with suppress(Exception):
                    listener()

    async def append_event(self, path: str, event: JsonValue) -> str:
        offset = await self.right.append_event(path, event)
        self.notify(path)
        return offset

    async def close_stream(self, path: str) -> None:
        await self.right.close_stream(path)
        self.notify(path)

    async def delete_stream(self, path: str) -> None:
        await self.right.delete_stream(path)
        self.notify(path)
