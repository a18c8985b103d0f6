"""Worker processes on one database, and their stores as specs see them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flue_conformance.harness import Births, Clock, Cut, Subprocesses, Worker
from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.observed import ObservedAdapter
from flue_conformance.specs.support.racing import outlasting


class Workers:
    """Starts processes that serve the adapter on a database; all are killed in the end."""

    def __init__(self, births: Births, database: Database, ledger: Ledger, limits: Limits) -> None:
        self._births = births
        self._database = database
        self._ledger = ledger
        self._limits = limits
        self._started: list[Worker] = []
        self._own_births: list[Births] = []

    def start(
        self, cut: Cut | None = None, *, through: Sequence[str] = (), may_end: bool = False
    ) -> Worker:
        """Start a process, which may be cut at a chosen boundary; nothing is opened yet.

        `through` are the words of a program that runs it. With `may_end` its end is an error as any
        other.
        """
        subject, location = self._database.subject, self._database.location
        command = subject.backend.worker(location, subject.edition)
        worker = Worker(
            self._births,
            location,
            subject.edition,
            cut=cut,
            command=command,
            through=through,
            may_end=may_end,
        )
        self._started.append(worker)
        return worker

    def start_at(self, clock: Clock) -> Worker | None:
        """Start a process that has another wall clock; None where that is out of reach."""
        subject, location = self._database.subject, self._database.location
        command = subject.backend.worker(location, subject.edition)
        if command is not None and not clock.reaches_all:
            return None
        births = Subprocesses(self._births.duty, clock.environment)
        self._own_births.append(births)
        worker = Worker(births, location, subject.edition, command=command)
        self._started.append(worker)
        return worker

    def adapter(self, worker: Worker) -> ObservedAdapter:
        """Return the adapter of a process, observed; calls are told with its number."""
        return ObservedAdapter(worker.adapter, self._ledger, self._limits, self._where(worker))

    async def connect(self, worker: Worker) -> Handle:
        """Return stores of a process."""
        adapter = self.adapter(worker)
        # Others may open it at the same time, which no rule but ADAPTER-10 is about.
        return Handle(adapter, await outlasting(adapter.connect))

    async def open(self, count: int) -> list[Handle]:
        """Return the stores of so many new processes."""
        started = [self.start() for _ in range(count)]
        return list(await asyncio.gather(*map(self.connect, started)))

    def kill(self, worker: Worker) -> None:
        """Kill a process, as part of what the spec tells."""
        worker.kill()
        self.died(worker)

    def died(self, worker: Worker) -> None:
        """Note that a process was killed by the plan that it was started with."""
        self._ledger.killed(self._where(worker))

    def end(self) -> None:
        """Kill what still runs."""
        while self._started:
            self._started.pop().end()
        while self._own_births:
            self._own_births.pop().close()

    def _where(self, worker: Worker) -> str:
        return f"worker {self._started.index(worker) + 1}"
