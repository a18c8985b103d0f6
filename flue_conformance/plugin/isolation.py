"""`Isolated`: a backend whose adapters live in processes of their own."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from flue_conformance.backends import Backend, Command, Planter, Server
from flue_conformance.backends.backend import JsonObject, Offered
from flue_conformance.contract import PersistenceAdapter
from flue_conformance.harness import Births, Duty, Worker, births_for


class Isolated(Backend):
    """Does all that another backend does, but each adapter that it makes is the client of a worker.

    Workers of a location end when it is copied or dropped, all of them with `stop`.
    """

    def __init__(self, backend: Backend, duty: Duty) -> None:
        self.inner = backend
        self._duty = duty
        self._births: Births | None = None
        self._workers: dict[str, list[Worker]] = defaultdict(list)
        self._durable: Isolated | None = None
        self._learn()

    def _learn(self) -> None:
        self.label = self.inner.label
        self.editions = self.inner.editions
        self.durability = self.inner.durability

    async def start(self) -> None:
        """Start the backend."""
        await self.inner.start()
        self._learn()

    async def stop(self) -> None:
        """End all workers and stop the backend."""
        self.end_workers()
        await self.inner.stop()

    def end_workers(self) -> None:
        """End all workers and what makes them."""
        if self._durable is not None:
            self._durable.end_workers()
        for location in [*self._workers]:
            self._end(location)
        if self._births is not None:
            self._births.close()
            self._births = None

    def about(self) -> str:
        """Say what `start` made."""
        return self.inner.about()

    def offered(self) -> Offered | None:
        """Return the package under test."""
        return self.inner.offered()

    def package_folder(self) -> Path | None:
        """Return where the package under test lies."""
        return self.inner.package_folder()

    def share(self) -> JsonObject:
        """Return what a parallel worker needs."""
        return self.inner.share()

    def join(self, shared: JsonObject) -> None:
        """Use what the controlling process started."""
        self.inner.join(shared)
        self._learn()

    async def create(self) -> str:
        """Make a fresh, empty database."""
        return await self.inner.create()

    async def copy(self, location: str) -> str | None:
        """Copy a database, once nobody has it open."""
        self._end(location)
        return await self.inner.copy(location)

    async def drop(self, location: str) -> None:
        """Remove a database, once nobody has it open."""
        self._end(location)
        await self.inner.drop(location)

    def durable(self) -> Backend:
        """Return the backend with databases on durable storage, its adapters in processes too."""
        durable = self.inner.durable()
        if durable is self.inner:
            return self
        if self._durable is None:
            self._durable = Isolated(durable, self._duty)
        return self._durable

    def sharing(self) -> Backend | None:
        """Return None: workers get copies, and leave them alone."""
        return None

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return the client of a new worker."""
        if self._births is None:
            self._births = births_for(self._duty)
        command = self.inner.worker(location, edition)
        worker = Worker(self._births, location, edition, command=command)
        self._workers[location].append(worker)
        return worker.adapter

    def describe(self, location: str) -> str:
        """Say how a person opens a database that was kept."""
        return self.inner.describe(location)

    def planter(self, location: str) -> Planter | None:
        """Return a planter, which works in this process."""
        return self.inner.planter(location)

    def worker(self, location: str, edition: str) -> Command | None:
        """Return the backend's own worker, if it has one."""
        return self.inner.worker(location, edition)

    async def private_server(self) -> Server | None:
        """Start a server of the caller's own."""
        return await self.inner.private_server()

    def _end(self, location: str) -> None:
        for worker in self._workers.pop(location, ()):
            worker.end()


def plain(backend: Backend) -> Backend:
    """Return the backend that an adapter's author wrote."""
    return backend.inner if isinstance(backend, Isolated) else backend
