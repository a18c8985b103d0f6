"""Databases made ahead and dropped behind by one thread, so that specs wait for neither."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from flue_conformance.backends.postgres.places import GRACE_SECONDS, Places

LOOK_AGAIN_SECONDS = 0.01
"""How long the thread rests while everybody it waits for is still in their database."""


@dataclass(slots=True)
class _Order:
    """Somebody who waits for a database."""

    template: str | None
    made: Future[str] = field(default_factory=Future)


@dataclass(slots=True)
class _Return:
    """A database that is done with; `dropped` is set where somebody waits for its end."""

    name: str
    patience_ends: float
    dropped: Future[None] | None


class Maker:
    """Makes and drops places in a thread of its own; for use from any thread.

    Of each template that was asked for once, and of empty places likewise, `ahead` stand ready.
    Up to `behind` returned ones wait to be dropped; who returns more waits with them. The names
    are unique among all processes of the run. A template must not change any more.
    """

    def __init__(self, places: Places, prefix: str, *, ahead: int, behind: int) -> None:
        mine = f"{prefix}{secrets.token_hex(3)}"
        self._names = (f"{mine}_{number}" for number in itertools.count(1))
        self._places = places
        self._ahead = ahead
        self._behind = behind
        self._orders: deque[_Order] = deque()
        self._ready: dict[str | None, deque[str]] = {}
        self._returns: deque[_Return] = deque()
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def take(self, template: str | None) -> Future[str]:
        """Return the name of a fresh place, empty or a copy of the place `template`."""
        order = _Order(template)
        with self._changed:
            self._wake()
            ready = self._ready.setdefault(template, deque())
            if ready:
                order.made.set_result(ready.popleft())
            else:
                self._orders.append(order)
        return order.made

    def give_back(self, name: str) -> Future[None]:
        """Drop a place; the future is done once few enough wait for that."""
        dropped: Future[None] = Future()
        with self._changed:
            self._wake()
            patience_ends = time.monotonic() + GRACE_SECONDS
            for spare in [name, *self._ready.pop(name, ())]:
                self._returns.append(_Return(spare, patience_ends, None))
            if len(self._returns) > self._behind:
                self._returns[-1].dropped = dropped
            else:
                dropped.set_result(None)
        return dropped

    def close(self) -> None:
        """End the thread; what it made ahead and has not dropped yet stays where it is."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _wake(self) -> None:
        if self._closed:
            raise RuntimeError("The maker of databases is closed.")
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="flue databases", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        while step := self._next_step():
            step()
        for order in self._orders:
            order.made.cancel()
        for returned in self._returns:
            if returned.dropped:
                returned.dropped.cancel()
        self._places.close()

    def _next_step(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                if self._orders:
                    return partial(self._fill, self._orders.popleft())
                if len(self._returns) > self._behind:
                    return self._drop_one
                for template, ready in self._ready.items():
                    if len(ready) < self._ahead:
                        return partial(self._stock, template)
                if self._returns:
                    return self._drop_one
                self._changed.wait()
        return None

    def _fill(self, order: _Order) -> None:
        if not order.made.set_running_or_notify_cancel():
            return
        name = next(self._names)
        try:
            self._places.make(name, order.template)
        except Exception as error:  # noqa: BLE001 - whoever ordered it learns
            order.made.set_exception(error)
        else:
            order.made.set_result(name)

    def _stock(self, template: str | None) -> None:
        name = next(self._names)
        try:
            self._places.make(name, template)
        except Exception:  # noqa: BLE001 - the next to ask for one makes it, and learns
            with self._changed:
                self._ready.pop(template, None)
            return
        with self._changed:
            if template in self._ready:
                self._ready[template].append(name)
            else:
                self._returns.append(_Return(name, time.monotonic(), None))

    def _drop_one(self) -> None:
        returned = self._next_to_drop()
        if returned is None:
            return
        awaited = returned.dropped
        if awaited is not None and not awaited.set_running_or_notify_cancel():
            awaited = None
        try:
            self._places.remove(returned.name)
        except Exception as error:  # noqa: BLE001 - what stays is swept when the server stops
            if awaited is not None:
                awaited.set_exception(error)
        else:
            if awaited is not None:
                awaited.set_result(None)

    def _next_to_drop(self) -> _Return | None:
        """Pick one that everybody has left, or whose sessions had their time to leave."""
        try:
            occupied = self._places.occupied([returned.name for returned in self._returns])
        except Exception:  # noqa: BLE001 - a server that does not answer has nobody in it
            occupied = set()
        now = time.monotonic()
        with self._changed:
            for returned in self._returns:
                if returned.name not in occupied or returned.patience_ends < now:
                    self._returns.remove(returned)
                    return returned
            self._changed.wait(LOOK_AGAIN_SECONDS)
        return None
