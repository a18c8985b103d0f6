"""Adapters and stores as specs see them: every call is recorded, limited in time and checked."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import CoroutineType
from typing import Any, NoReturn, cast

from flue_conformance.contract import PersistenceAdapter, Stores
from flue_conformance.specs.support import endings
from flue_conformance.specs.support.deadlines import Deadlines
from flue_conformance.specs.support.given import Given
from flue_conformance.specs.support.ledger import Call, Ledger, Raised, Returned, Unfinished
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.shapes import PROTOCOLS, Declaration, returns


class Observer:
    """Wraps one surface of the adapter under test; every attribute is the wrapped one's.

    `where` names the process that the adapter lives in, if that is not this one.
    """

    def __init__(
        self, surface: str, wrapped: object, ledger: Ledger, limits: Limits, where: str = ""
    ) -> None:
        self._surface = surface
        self._wrapped = wrapped
        self._ledger = ledger
        self._limits = limits
        self._deadlines = Deadlines(limits.settle)
        self._where = where

    def __getattr__(self, method: str) -> Any:
        if not hasattr(PROTOCOLS[self._surface], method):
            raise AttributeError(f"{self._surface} has no method {method!r} in the contract")
        wrap = self._synchronous if method == "subscribe" else self._asynchronous
        observed = wrap(method)
        setattr(self, method, observed)
        return observed

    def _asynchronous(self, method: str) -> Callable[..., Awaitable[Any]]:
        declared = returns(self._surface, method)

        async def observed(*arguments: object, **options: object) -> Any:
            call = self._began(method, arguments, options)
            given = Given((*arguments, *options.values()))
            stopping = endings.loop_is_stopping()
            value = await self._limited(call, given)
            self._check(call, given, value, declared)
            if endings.loop_is_stopping() and not stopping:
                raise self._broken(call, endings.stopped_the_loop(call))
            return value

        return observed

    def _synchronous(self, method: str) -> Callable[..., Any]:
        declared = returns(self._surface, method)

        def observed(*arguments: object, **options: object) -> Any:
            call = self._began(method, arguments, options)
            given = Given((*arguments, *options.values()))
            value: Any = self._direct(call, lambda: self._called(call))
            self._check(call, given, value, declared)
            return lambda: self._direct(self._began("unsubscribe", (), {}), value)

        return observed

    def _began(
        self, method: str, arguments: Sequence[object], options: Mapping[str, object]
    ) -> Call:
        return self._ledger.begin(self._surface, method, arguments, options, self._where)

    async def _limited(self, call: Call, given: Given) -> object:
        """Await a call; raises what it raised, and `BrokenRule` for what no call may do."""
        deadline = self._deadlines.begin()
        task = deadline.task
        try:
            try:
                answer = self._called(call)
                awaitable = type(answer) is CoroutineType or inspect.isawaitable(answer)
                value = await answer if awaitable else answer
            finally:
                self._deadlines.end(deadline)
        except BaseException as error:
            if endings.is_nobodys(error, task):
                raise
            if not deadline.expired or endings.was_asked_for(error, task):
                changed = given.changed(self._ledger.own_changes)
                self._raise(call, error, endings.seen(call, error, task, changed))
        if deadline.expired:
            self._ledger.end(call, Unfinished())
            self._ledger.over = self._broken(call, endings.exceeded(call, self._limits.settle))
            raise self._ledger.over
        self._ledger.end(call, Returned(value))
        if not awaitable:
            raise self._broken(call, endings.not_awaitable(call, answer))
        return value

    def _direct(self, call: Call, act: Callable[[], object]) -> object:
        """Make a call that nobody awaits."""
        try:
            value = act()
        except BaseException as error:
            if endings.is_nobodys(error, None):
                raise
            self._raise(call, error, endings.seen(call, error, None, None))
        self._ledger.end(call, Returned(value))
        return value

    def _raise(self, call: Call, error: BaseException, seen: BaseException) -> NoReturn:
        """Raise what the spec sees of an error that a call raised."""
        self._ledger.end(call, Raised.by(error))
        if seen is error:
            raise error
        raise self._broken(call, seen) from error

    def _called(self, call: Call) -> Any:
        return getattr(self._wrapped, call.method)(*call.arguments, **call.options)

    def _check(self, call: Call, given: Given, value: object, declared: Declaration) -> None:
        """Raise `BrokenRule` for what a call did besides the rule that the spec is about."""
        if not declared.admits(value):
            if inspect.iscoroutine(value):
                value.close()
            raise self._broken(call, endings.undeclared(call, value, declared))
        changed = given.changed(self._ledger.own_changes)
        if changed is not None:
            raise self._broken(call, endings.changed_what_it_was_given(call, changed))

    def _broken(self, call: Call, broken: BaseException) -> BaseException:
        call.broke = broken
        return broken


class ObservedAdapter:
    """An adapter under test; remembers whether it was closed, so that nobody closes it twice."""

    def __init__(
        self, wrapped: PersistenceAdapter, ledger: Ledger, limits: Limits, where: str = ""
    ) -> None:
        calls = Observer("adapter", wrapped, ledger, limits, where)
        self._calls = cast("PersistenceAdapter", calls)
        self.ledger = ledger
        self._limits = limits
        self._where = where
        self.closed = False

    async def migrate(self) -> None:
        """Make or upgrade the schema."""
        await self._calls.migrate()

    async def connect(self) -> Stores:
        """Open the location; each surface of the stores is observed."""
        self.closed = False
        stores = await self._calls.connect()
        return Stores(
            sessions=self._observe("sessions", stores.sessions),
            submissions=self._observe("submissions", stores.submissions),
            runs=self._observe("runs", stores.runs),
            run_registry=self._observe("registry", stores.run_registry),
            run_events=self._observe("run_events", stores.run_events),
            event_streams=self._observe("streams", stores.event_streams),
        )

    async def close(self) -> None:
        """Release everything."""
        self.closed = True
        await self._calls.close()

    def _observe(self, surface: str, store: object) -> Any:
        if store is None:
            return None
        return Observer(surface, store, self.ledger, self._limits, self._where)
