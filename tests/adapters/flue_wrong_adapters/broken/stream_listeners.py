"""Adapters that call the listeners of event streams wrongly; edition 0.11."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flue_conformance.contract import EventStreamStore, JsonValue, StreamClosed
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.listening import Listener, Listening


@broken("STREAM-27", "The page of an agent is drawn anew whenever another agent speaks.")
class CallsListenersOfPathsThatBeginAlike(Listening):
    """Takes a path for a folder that is watched."""

    def notify(self, path: str) -> None:
        for watched in list(self.listeners):
            if path.startswith(watched):
                super().notify(watched)


@broken("STREAM-28", "Who subscribes gets a promise instead of a way to end the subscription.")
class SubscribesInTheNextTurn(Listening):
    """Makes everything asynchronous."""

    async def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:  # type: ignore[override]
        return super().subscribe(path, listener)


@broken("STREAM-28", "The page of a run that was opened before it began stays empty.")
class SubscribesToWhatItHasSeen(Listening):
    """Ignores listeners of streams that this server did not create so far."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._seen: set[str] = set()

    async def create_stream(self, path: str) -> None:
        await self.right.create_stream(path)
        self._seen.add(path)

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        return super().subscribe(path, listener) if path in self._seen else _do_nothing


@broken("STREAM-28", "Who subscribes to a run before it begins finds a run that has begun.")
class CreatesAStreamToSubscribe(Listening):
    """Has a row for whatever somebody listens to."""

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        self._creation = asyncio.ensure_future(self.right.create_stream(path))
        return super().subscribe(path, listener)


@broken("STREAM-29", "A page is drawn too early, and lacks the event that it is drawn for.")
class CallsListenersBeforeItStores(Listening):
    """Tells of an event, serialises it, and stores it."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        self.notify(path)
        await asyncio.sleep(0)
        return await self.right.append_event(path, event)


@broken("STREAM-29", "Who waits for an event right after an append waits for the next one.")
class CallsListenersInTheNextTurn(Listening):
    """Leaves the calls to the loop."""

    def notify(self, path: str) -> None:
        asyncio.get_running_loop().call_soon(super().notify, path)


@broken("STREAM-29", "A page does not notice that its run is over.")
class ClosesInSilence(Listening):
    """Tells of events alone."""

    async def close_stream(self, path: str) -> None:
        await self.right.close_stream(path)


@broken("STREAM-29", "Of two pages that show one run, one stands still.")
class CallsOneListenerInTurn(Listening):
    """Shares the calls out, as a queue does."""

    def notify(self, path: str) -> None:
        listeners = self.listeners.get(path, [])
        listeners.append(listeners.pop(0)) if listeners else None
        for listener in listeners[-1:]:
            listener()


@broken("STREAM-29", "Listeners fail because of something that they never asked for.")
class TellsListenersTheOffset(Listening):
    """Passes an argument."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        offset = await self.right.append_event(path, event)
        for listener in list(self.listeners.get(path, [])):
            tell: Any = listener
            with suppress(Exception):
                tell(offset)
        return offset


@broken("STREAM-29", "While many events come, a page is drawn when the last of them is there.")
class CallsOnceForAppendsThatOverlap(Listening):
    """Waits for quiet."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._running = 0

    async def append_event(self, path: str, event: JsonValue) -> str:
        self._running += 1
        try:
            offset = await self.right.append_event(path, event)
        finally:
            self._running -= 1
        if not self._running:
            self.notify(path)
        return offset


@broken("STREAM-29", "Some pages stop after a while, depending on how much memory is free.")
class HoldsListenersWeakly(Listening):
    """Lets go of listeners that nobody else holds."""

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        held = weakref.ref(listener)

        def call() -> None:
            alive = held()
            if alive:
                alive()

        return super().subscribe(path, call)


@broken("STREAM-29", "A page that failed to draw once is never drawn again.")
class ForgetsAListenerThatRaised(Listening):
    """Sends listeners away that make trouble."""

    def notify(self, path: str) -> None:
        listeners = self.listeners.get(path, [])
        for listener in list(listeners):
            try:
                listener()
            except Exception:  # noqa: BLE001 - listeners may raise anything
                listeners.remove(listener)


@broken("STREAM-29", "A page that was closed and opened again stands still.")
class NeverCallsAListenerAgainThatLeft(Listening):
    """Remembers who left, to be safe."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._left: list[Listener] = []

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        if listener in self._left:
            return _do_nothing
        unsubscribe = super().subscribe(path, listener)

        def leave() -> None:
            self._left.append(listener)
            unsubscribe()

        return leave


@broken("STREAM-29", "An append fails because a page that it woke opened another one.")
class StumblesOverANewListener(Listening):
    """Iterates over what changes meanwhile."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._by_number: dict[str, dict[int, Listener]] = {}
        self._subscriptions = 0

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        self._subscriptions += 1
        number, listeners = self._subscriptions, self._by_number.setdefault(path, {})
        listeners[number] = listener
        return lambda: listeners.update({number: _do_nothing})

    def notify(self, path: str) -> None:
        for listener in self._by_number.get(path, {}).values():
            with suppress(Exception):
                listener()


@broken("STREAM-30", "A page is drawn for an event that was refused.")
class TellsOfWhatItRefused(Listening):
    """Calls listeners at the end of an append, whichever it is."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await self.right.append_event(path, event)
        finally:
            self.notify(path)


@broken("STREAM-30", "A page of a run that is over is drawn whenever somebody writes too late.")
class TellsOfAStreamThatIsClosed(Listening):
    """Reminds listeners of the end when an append meets it."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await super().append_event(path, event)
        except StreamClosed:
            self.notify(path)
            raise


@broken("STREAM-30", "A page is drawn when a run begins, and has nothing to show.")
class TellsOfACreation(Listening):
    """Calls listeners after each write."""

    async def create_stream(self, path: str) -> None:
        await self.right.create_stream(path)
        self.notify(path)


@broken("STREAM-32", "An agent's turn fails because somebody's page could not be drawn.")
class LetsAListenersErrorOut(Listening):
    """Leaves the errors of listeners to whoever appends."""

    def notify(self, path: str) -> None:
        for listener in list(self.listeners.get(path, [])):
            listener()


@broken("STREAM-32", "A page that cannot be drawn keeps others from being drawn.")
class StopsAtAListenerThatRaises(Listening):
    """Catches errors around all calls instead of each."""

    def notify(self, path: str) -> None:
        with suppress(Exception):
            for listener in list(self.listeners.get(path, [])):
                listener()


@broken("STREAM-32", "When a run ends, a page that cannot be drawn keeps others from noticing.")
class StopsAtAListenerThatRaisesAtTheEnd(Listening):
    """Treats a close with less care than an append."""

    async def close_stream(self, path: str) -> None:
        await self.right.close_stream(path)
        with suppress(Exception):
            for listener in list(self.listeners.get(path, [])):
                listener()


@broken("STREAM-33", "A page that was closed is drawn on, until the server falls over.")
class KeepsListenersThatLeft(Listening):
    """Has no way to end a subscription."""

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        super().subscribe(path, listener)
        return _do_nothing


@broken("STREAM-33", "Closing one page stops all others of the run.")
class EndsAllSubscriptionsOfAPath(Listening):
    """Ends subscriptions by their path."""

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        super().subscribe(path, listener)
        return self.listeners[path].clear


@broken("STREAM-33", "Who leaves one run hears no more of any other.")
class EndsAListenerOnEveryPath(Listening):
    """Ends subscriptions by their listener."""

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        super().subscribe(path, listener)

        def unsubscribe() -> None:
            for listeners in self.listeners.values():
                while listener in listeners:
                    listeners.remove(listener)

        return unsubscribe


@broken("STREAM-33", "When a page closes while it is drawn, the next one is not drawn.")
class SkipsAListenerWhenOneLeaves(Listening):
    """Iterates over the list that listeners leave."""

    def notify(self, path: str) -> None:
        for listener in self.listeners.get(path, []):
            with suppress(Exception):
                listener()


@broken("STREAM-33", "A page is drawn after it was taken down.")
class CallsAListenerThatWasSentAway(Listening):
    """Iterates over a copy, and does not look again."""

    def notify(self, path: str) -> None:
        for listener in list(self.listeners.get(path, [])):
            with suppress(Exception):
                listener()


def _do_nothing() -> None:
    pass
