"""`MemoryBackend`: an adapter whose databases live in the adapter object itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from flue_conformance.backends.backend import Backend
from flue_conformance.backends.durability import Durability
from flue_conformance.contract import PersistenceAdapter


class MemoryBackend(Backend):
    """Databases in memory: each adapter that `make(edition)` returns is an empty one of its own."""

    durability = Durability.EPHEMERAL

    def __init__(
        self,
        make: Callable[[str], PersistenceAdapter],
        *,
        editions: Iterable[str],
        label: str = "",
    ) -> None:
        self.label = label
        self.editions = frozenset(editions)
        self._make = make
        self._numbers = itertools.count(1)

    async def create(self) -> str:
        """Return a new name; the database comes into being with its adapter."""
        return f"memory-{next(self._numbers)}"

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a new adapter on an empty database, whatever the location."""
        del location
        return self._make(edition)
