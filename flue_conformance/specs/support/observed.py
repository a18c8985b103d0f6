"""Adapters and stores as specs see them: every call is recorded, limited in time and checked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from flue_conformance.contract import PersistenceAdapter, Stores
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.ledger import Call, Ledger, Raised, Returned
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.shapes import PROTOCOLS, returns


class Observer:
    """Wraps one surface of the adapter under test; every attribute is the wrapped one's."""

    def __init__(self, surface: str, wrapped: object, ledger: Ledger, limits: Limits) -> None:
        self._surface = surface
        self._wrapped = wrapped
        self._ledger = ledger
        self._limits = limits

    def __getattr__(self, method: str) -> Any:
        if not hasattr(PROTOCOLS[self._surface], method):
            raise AttributeError(f"{self._surface} has no method {method!r} in the contract")
        wrap = self._synchronous if method == "subscribe" else self._asynchronous
        observed = wrap(method)
        setattr(self, method, observed)
        return observed

    def _asynchronous(self, method: str) -> Callable[..., Awaitable[Any]]:
        is_declared, declaration = returns(self._surface, method)

        async def observed(*arguments: object, **options: object) -> Any:
            call = self._begin(method, arguments, options)
            value = await self._limited(call, arguments, options)
            call.outcome = Returned(value)
            if not is_declared(value):
                raise BrokenRule(
                    about=f"{self._surface}.{method} returned what it may not",
                    came_back=repr(value),
                    expected=declaration,
                )
            return value

        return observed

    def _synchronous(self, method: str) -> Callable[..., Any]:
        def observed(*arguments: object, **options: object) -> Any:
            call = self._begin(method, arguments, options)
            try:
                value = getattr(self._wrapped, method)(*arguments, **options)
            except Exception as error:
                call.outcome = Raised(error)
                raise
            call.outcome = Returned(value)
            return value

        return observed

    def _begin(
        self, method: str, arguments: tuple[object, ...], options: dict[str, object]
    ) -> Call:
        call = Call(self._surface, method, arguments, options)
        self._ledger.calls.append(call)
        return call

    async def _limited(
        self, call: Call, arguments: tuple[object, ...], options: dict[str, object]
    ) -> object:
        deadline = asyncio.timeout(self._limits.settle)
        try:
            async with deadline:
                return await getattr(self._wrapped, call.method)(*arguments, **options)
        except Exception as error:
            if deadline.expired() and isinstance(error, TimeoutError):
                raise BrokenRule(
                    about=f"{call.surface}.{call.method} exceeded its time limit",
                    came_back=f"nothing within {self._limits.settle:g} s",
                    expected="an answer",
                ) from None
            call.outcome = Raised(error)
            raise
        except asyncio.CancelledError as error:
            call.outcome = Raised(error)
            raise


class ObservedAdapter:
    """An adapter under test; remembers whether it was closed, so that nobody closes it twice."""

    def __init__(self, wrapped: PersistenceAdapter, ledger: Ledger, limits: Limits) -> None:
        self._calls = cast("PersistenceAdapter", Observer("adapter", wrapped, ledger, limits))
        self._ledger = ledger
        self._limits = limits
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
        return store and Observer(surface, store, self._ledger, self._limits)
