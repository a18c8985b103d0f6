"""Adapters that meet the failures of a server in other ways than the reference adapter."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import OperationalError

from flue_conformance.contract import PersistenceAdapter, Storage, Stores
from flue_wrong_adapters.catalogue import unusual
from flue_wrong_adapters.each_call import EachCall, Method
from flue_wrong_adapters.wrappers import Adapter

_PAUSE_S = 0.2


@unusual("A call raises when its connection is lost; the next one connects.", place="postgres")
class RaisesWhenAConnectionIsLost(Adapter):
    """Makes no call again by itself."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        self.right._database._patience = _no_patience  # type: ignore[attr-defined]
        return stores


@unusual("Each call connects anew, which is slow and right.", place="postgres")
class ConnectsForEachCall(Adapter):
    """Has no pool."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        database: Any = self.right._database  # type: ignore[attr-defined]

        def alone(act: Callable[[Any], Any]) -> Any:
            with database._engine.connect() as connection:
                result = act(connection)
                connection.detach()
            return result

        database._try = alone
        return stores


@unusual("After a lost connection it leaves the server alone for a moment.", place="postgres")
class LeavesTheServerAloneForAMoment(EachCall):
    """Has a circuit breaker that closes again."""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        self._open_until = 0.0

    async def connect(self) -> Stores:
        stores = await super().connect()
        self.right._database._patience = _no_patience  # type: ignore[attr-defined]
        return stores

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        if time.monotonic() < self._open_until:
            raise Storage("The database does not answer; another call is made in a moment.")
        try:
            return await method(*arguments, **options)
        except Storage as error:
            # What the server refuses says nothing of how it is.
            if isinstance(error.__cause__, OperationalError):
                self._open_until = time.monotonic() + _PAUSE_S
            raise


def _no_patience() -> Callable[[Exception], bool]:
    return lambda _: False
