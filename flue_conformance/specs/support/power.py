"""Workers whose system calls are recorded, and databases as a power loss leaves them."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

from flue_conformance.backends.scratch import remove_directories
from flue_conformance.harness import Births, Worker
from flue_conformance.harness.power import Fault, Image, Recording, Trace, Unseen
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Database, Handle, Subject
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.progress import count
from flue_conformance.specs.support.shown import said
from flue_conformance.specs.support.workers import Workers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A worker whose system calls are recorded, on a database of its own, opened."""

    worker: Worker
    handle: Handle
    database: Database
    """To be opened in this process, once the worker has ended."""
    recording: Recording
    ledger: Ledger

    @property
    def answered(self) -> int:
        """The number of the request that was answered last, where they are made in turn."""
        return self.worker.adapter.asked

    @property
    def called(self) -> int:
        """How many calls a report would show."""
        return len(self.ledger.calls)

    async def unreported(self, look: Callable[[Handle], Awaitable[T]]) -> T:
        """Make calls that no report shows, unless they raise."""
        called = self.called
        seen = await look(self.handle)
        del self.ledger.calls[called:]
        return seen

    async def end(self) -> Trace:
        """End the worker; the spec is not run where its calls do not tell what it wrote."""
        trace = await self.recording.end(self.worker)
        with _not_run_when_unseen():
            trace.check()
        return trace


class Recorder:
    """Records workers on databases like the one at `empty`, and opens images of those.

    All of them lie in `folder`. The adapters that it opens keep their calls from the report.
    """

    def __init__(
        self,
        births: Births,
        subject: Subject,
        *,
        empty: str,
        folder: Path,
        ledger: Ledger,
        limits: Limits,
    ) -> None:
        self._births = births
        self._subject = subject
        self._empty = Path(empty)
        self._folder = folder
        self._ledger = ledger
        self._quiet = Ledger(pulse=ledger.pulse)
        self._limits = limits
        self._lent: list[Workers] = []
        self._count = 0

    async def start(self, *faults: Fault) -> Recorded:
        """Start a worker on an empty database, migrate it and connect.

        With `faults` it may end: its calls raise then as any others.
        """
        database = self._database(self._new_folder())
        _copy(self._empty, Path(database.location))
        recording = Recording(database.location, self._folder / f"{self._count}.strace", faults)
        workers = Workers(self._births, database, self._ledger, self._limits)
        self._lent.append(workers)
        # Whoever cannot sync may well give up rather than go on with who knows what.
        worker = workers.start(through=recording.through, may_end=bool(faults))
        adapter = workers.adapter(worker)
        await adapter.migrate()
        handle = Handle(adapter, await adapter.connect())
        return Recorded(worker, handle, database, recording, self._ledger)

    def images(self, trace: Trace, numbers: Sequence[int]) -> Iterator[Image]:
        """Return what the power may have left; the spec is not run where nobody can tell."""
        chosen = Random(random.random())  # noqa: S311 - it repeats from the seed, and hides nothing
        with _not_run_when_unseen():
            yield from trace.images(numbers, chosen)

    @asynccontextmanager
    async def opened(self, image: Image, about: str, called: int) -> AsyncIterator[Handle]:
        """Lend stores on what the power has left; `read` tells the rest."""
        count("power losses")
        folder = self._new_folder()
        image.write(folder)
        async with self.read(self._database(folder), f"{about}; {image.how}", called) as handle:
            yield handle
        remove_directories(str(folder))

    @asynccontextmanager
    async def read(self, database: Database, about: str, called: int) -> AsyncIterator[Handle]:
        """Lend stores of a new adapter, as a restart opens them.

        Raises `BrokenRule` for whatever they raise, `about` what. Where the rule is broken, the
        report shows the first `called` calls alone: what came later is not to blame.
        """
        try:
            yield await database.open()
        except BrokenRule:
            del self._ledger.calls[called:]
            raise
        except Exception as error:
            del self._ledger.calls[called:]
            raise BrokenRule(
                about=about,
                came_back=f"{type(error).__name__}: {said(error)}",
                expected="a database that opens, and all that was acknowledged",
            ) from error
        finally:
            await database.close()

    def end(self) -> None:
        """End the workers that still run."""
        while self._lent:
            self._lent.pop().end()

    def _new_folder(self) -> Path:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        return folder

    def _database(self, folder: Path) -> Database:
        location = str(folder / self._empty.name)
        return Database(
            self._subject, location, migrated=False, ledger=self._quiet, limits=self._limits
        )


def _copy(empty: Path, path: Path) -> None:
    """Copy an empty database, where that is anything."""
    if empty.is_dir():
        shutil.copytree(empty, path)
    elif empty.exists():
        shutil.copy(empty, path)


@contextmanager
def _not_run_when_unseen() -> Iterator[None]:
    try:
        yield
    except Unseen as reason:
        pytest.skip(f"not run: {reason}")
