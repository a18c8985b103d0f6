"""Calls that take another course, and end like those of the reference adapters."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import reference_adapters.streams
from flue_conformance.contract import (
    EventStreamStore,
    PersistenceAdapter,
    Storage,
    Stores,
    StreamMissing,
    Subscriptions,
    json_text,
)
from flue_wrong_adapters.catalogue import unusual
from flue_wrong_adapters.each_call import EachCall, Method
from flue_wrong_adapters.wrappers import Adapter, Streams, Submissions


@unusual("Each call takes milliseconds more: nothing says how fast an adapter is.")
class TakesItsTime(EachCall):
    """Waits before and after each call, with arguments that it copied first."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        # The callback of a deletion is not the adapter's to copy.
        deleting = method.__name__ == "delete_session"
        copied = arguments if deleting else copy.deepcopy(arguments)
        await asyncio.sleep(0.001)
        try:
            return await method(*copied, **options)
        finally:
            await asyncio.sleep(0.001)


@unusual("Calls wait in one queue: whether they overlap is the adapter's business.")
class MakesOneCallAtATime(EachCall):
    """Holds a lock during each call, but for a deletion, whose callback makes calls itself."""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        self._turn = asyncio.Lock()

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        if method.__name__ == "delete_session":
            return await method(*arguments, **options)
        copied = copy.deepcopy(arguments)
        async with self._turn:
            return await method(*copied, **options)


@unusual("Concurrent calls raise `Storage` now and then: callers repeat them.")
class GivesUpUnderContention(EachCall):
    """Raises before or after every fifth call that meets another one."""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        self._running = 0
        self._met = 0

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        if method.__name__ == "delete_session":
            return await method(*arguments, **options)
        self._met += 1 if self._running else 0
        unlucky = self._running and self._met % 5
        self._running += 1
        try:
            if unlucky == 1:
                raise Storage("The database is busy.")
            result = await method(*arguments, **options)
            if unlucky == 3:
                raise Storage("The connection was lost, and with it the outcome.")
            return result
        finally:
            self._running -= 1


@unusual(
    "Damaged records cannot be planted: the adapter has a schema of its own.",
    place="sqlite",
    planter=False,
)
class HasASchemaOfItsOwn(Adapter):
    """Offers no planter, and is otherwise as it was."""


@unusual("Listeners are called more often than anything changes: they only learn that it may.")
class NotifiesTwice(Streams):
    """Calls each listener twice."""

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        def twice() -> None:
            try:
                listener()
            finally:
                listener()

        return self.right.subscribe(path, twice)


@unusual("Listeners of all store objects are notified: it is not promised, and permitted.")
class NotifiesEverybody(Adapter):
    """Has one set of listeners for all store objects."""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        self._subscriptions = Subscriptions()

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        if isinstance(stores.event_streams, reference_adapters.streams.EventStreamStore):
            stores.event_streams._subscriptions = self._subscriptions
        return stores


_FAILED: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The paths of appends that failed, of each database: a stream that is begun anew has none."""


@unusual("An offset is lost with each append that failed: readers bear gaps.")
class LosesOffsetsOfFailedAppends(Streams):
    """Skips an offset at the next append after one that failed."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        database = self.right._database  # type: ignore[attr-defined] # every store's
        self._failed = _FAILED.setdefault(database, set())
        self._turn = asyncio.Lock()

    async def append_event(self, path: str, event: Any) -> str:
        copied = copy.deepcopy(event)
        async with self._turn:
            try:
                json_text(copied)
                await self._skip_what_failed(path)
                return await self.right.append_event(path, copied)
            except StreamMissing:
                raise
            except Exception:
                self._failed.add(path)
                raise

    async def delete_stream(self, path: str) -> None:
        await self.right.delete_stream(path)
        self._failed.discard(path)

    async def _skip_what_failed(self, path: str) -> None:
        if path in self._failed:
            self._failed.discard(path)
            await self.sql(
                "UPDATE flue_event_streams SET next_offset = next_offset + 1"
                " WHERE path = :path AND NOT closed",
                path=path,
            )


@unusual("Store objects can do more than the contract asks for.")
class HasFurtherMethods(Submissions):
    """Has a method of its own."""

    async def vacuum(self) -> None:
        await self.sql("VACUUM")
