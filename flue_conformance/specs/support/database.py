"""One database of the backend under test, and the adapters that a spec opens on it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from flue_conformance.backends import Backend
from flue_conformance.contract import (
    AgentSubmissionStore,
    EventStreamStore,
    RunEventStore,
    RunRegistry,
    RunStore,
    SessionStore,
    Stores,
)
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.observed import ObservedAdapter


@dataclass(frozen=True, slots=True)
class Subject:
    """What a spec runs on: one adapter in one edition."""

    backend: Backend
    edition: str

    @property
    def name(self) -> str:
        """As node ids and verdicts show it, such as `sqlite-0.11`."""
        return f"{self.backend.label}-{self.edition}"

    @property
    def persistent(self) -> bool:
        """Whether a second adapter object on a location sees what the first one stored."""
        return self.backend.durability.persistent

    def durable(self) -> Subject:
        """Return the same adapter with databases on storage that outlives a power loss."""
        return replace(self, backend=self.backend.durable())

    def sharing(self) -> Subject:
        """Return the same adapter with the very objects of its callers."""
        shared = self.backend.sharing()
        assert shared is not None, "without objects to share the spec is not run"
        return replace(self, backend=shared)


class Handle:
    """Stores of an open adapter, by the names that specs use."""

    def __init__(self, adapter: ObservedAdapter, stores: Stores) -> None:
        self.adapter = adapter
        self.stores = stores

    @property
    def sessions(self) -> SessionStore:
        """The session store."""
        return self.stores.sessions

    @property
    def submissions(self) -> AgentSubmissionStore:
        """The submission store."""
        return self.stores.submissions

    @property
    def runs(self) -> RunStore:
        """The run store."""
        return self.stores.runs

    @property
    def registry(self) -> RunRegistry:
        """The run registry."""
        return self.stores.run_registry

    @property
    def run_events(self) -> RunEventStore:
        """The run events of edition 0.10."""
        assert self.stores.run_events is not None, "edition 0.10 has run events"
        return self.stores.run_events

    @property
    def streams(self) -> EventStreamStore:
        """The event streams of edition 0.11."""
        assert self.stores.event_streams is not None, "edition 0.11 has event streams"
        return self.stores.event_streams

    async def connect(self) -> Handle:
        """Return further stores of the same adapter."""
        return Handle(self.adapter, await self.adapter.connect())

    async def close(self) -> None:
        """Close the adapter."""
        await self.adapter.close()


class Database:
    """A location, and every adapter that was made on it."""

    def __init__(
        self, subject: Subject, location: str, *, migrated: bool, ledger: Ledger, limits: Limits
    ) -> None:
        self.subject = subject
        self.location = location
        self.migrated = migrated
        self._ledger = ledger
        self._limits = limits
        self._adapters: list[ObservedAdapter] = []

    def adapter(self, edition: str | None = None) -> ObservedAdapter:
        """Return a new adapter object on the location, neither migrated nor connected.

        It speaks the subject's edition, unless another one is named.
        """
        made = self.subject.backend.adapter(self.location, edition or self.subject.edition)
        adapter = ObservedAdapter(made, self._ledger, self._limits)
        self._adapters.append(adapter)
        return adapter

    async def open(self) -> Handle:
        """Return stores of a new adapter object on the location."""
        adapter = self.adapter()
        if not self.migrated:
            await adapter.migrate()
        return Handle(adapter, await adapter.connect())

    async def reopen(self, handle: Handle) -> Handle:
        """Close a handle's adapter and open the location with a new one, as a restart does."""
        await handle.close()
        adapter = self.adapter()
        await adapter.migrate()
        return Handle(adapter, await adapter.connect())

    async def close(self) -> None:
        """Close every adapter that the spec left open, also when closing one of them fails."""
        async with AsyncExitStack() as closing:
            for adapter in self._adapters:
                if not adapter.closed:
                    closing.push_async_callback(adapter.close)
