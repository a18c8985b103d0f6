"""An adapter each of whose calls goes the same way round."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import fields
from functools import partial
from typing import Any, TypeAlias

from flue_conformance.contract import Stores
from flue_wrong_adapters.wrappers import Adapter

Method: TypeAlias = Callable[..., Awaitable[Any]]


class EachCall(Adapter):
    """Makes each call of each store through `call`; `subscribe`, which does not wait, is itself."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        """Call the method of a reference adapter's store."""
        raise NotImplementedError

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        passed: dict[str, Any] = {
            surface.name: (store := getattr(stores, surface.name)) and _Passed(store, self.call)
            for surface in fields(stores)
        }
        return Stores(**passed)


class EachResult(EachCall):
    """Passes what each call returns through `result`."""

    def result(self, value: Any) -> Any:
        """Return what the caller gets to see."""
        raise NotImplementedError

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        return self.result(await method(*arguments, **options))


class _Passed:
    def __init__(self, right: object, call: Callable[..., Awaitable[Any]]) -> None:
        self._right = right
        self._call = call

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._right, name)
        return method if name == "subscribe" else partial(self._call, method)
