"""Fresh databases for specs: copied from a migrated one where possible, dropped behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from flue_conformance.plugin.blocking import undo
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.trial import Trial
from flue_conformance.specs.support.database import Database, Subject
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.pulse import Pulse

DATABASES = pytest.StashKey["Databases"]()
"""Where fixtures find the databases of a run."""


class CannotMigrate(Exception):  # noqa: N818 - named for what a person reads
    """The adapter failed to migrate a fresh database before, so there is none for a spec."""


class Databases:
    """Makes the databases of one process."""

    def __init__(self, redact: Redaction, limits: Limits, pulse: Pulse) -> None:
        self.limits = limits
        self._pulse = pulse
        self._redact = redact
        self._templates: dict[Subject, Template] = {}

    @asynccontextmanager
    async def migrated(self, subject: Subject, trial: Trial) -> AsyncIterator[Database]:
        """Lend a fresh, migrated database; an ephemeral one is migrated by whoever opens it.

        Raises `CannotMigrate`, or what the adapter raised.
        """
        if subject.persistent:
            new = Template(subject, self.limits, self._pulse)
            template = self._templates.setdefault(subject, new)
            location = await template.take()
        else:
            location = await subject.backend.create()
        async with self._lent(subject, location, trial, migrated=subject.persistent) as database:
            yield database

    @asynccontextmanager
    async def empty(self, subject: Subject, trial: Trial) -> AsyncIterator[Database]:
        """Lend a fresh database that nobody has migrated."""
        location = await subject.backend.create()
        async with self._lent(subject, location, trial, migrated=False) as database:
            yield database

    @asynccontextmanager
    async def _lent(
        self, subject: Subject, location: str, trial: Trial, *, migrated: bool
    ) -> AsyncIterator[Database]:
        self._redact.learn(location)
        database = Database(
            subject, location, migrated=migrated, ledger=trial.ledger, limits=self.limits
        )
        trial.databases.append(database)
        trial.lent.append(database)
        try:
            yield database
        finally:
            try:
                await database.close()
            finally:
                if not trial.kept:
                    await subject.backend.drop(location)
                trial.lent.remove(database)

    def reclaim(self, trial: Trial) -> None:
        """Drop what a spec could not: its event loop may have ended before its fixtures did."""
        while trial.lent:
            database = trial.lent.pop()
            if not trial.kept:
                what = f"a database of {database.subject.name} could not be dropped"
                undo(database.subject.backend.drop(database.location), what, self._redact)

    def close(self) -> None:
        """Remove the databases that copies were made from."""
        while self._templates:
            subject, template = self._templates.popitem()
            what = f"the template of {subject.name} could not be dropped"
            undo(template.drop(), what, self._redact)


class Template:
    """A migrated database of one subject; it is made when the first spec asks for a copy."""

    def __init__(self, subject: Subject, limits: Limits, pulse: Pulse) -> None:
        self._subject = subject
        self._pulse = pulse
        self._backend = subject.backend
        self._limits = limits
        self._location: str | None = None
        self._copies = True
        self._failure: Exception | None = None

    async def take(self) -> str:
        """Return the location of a copy, or of a database migrated by itself without copies."""
        if self._location is None:
            self._location = await self._made()
        if self._copies:
            copied = await self._backend.copy(self._location)
            if copied is not None:
                return copied
            self._copies = False
        uncopied, self._location = self._location, None
        return uncopied

    async def drop(self) -> None:
        """Remove the database that copies are made from."""
        if self._location is not None:
            location, self._location = self._location, None
            await self._backend.drop(location)

    async def _made(self) -> str:
        if self._failure is not None:
            raise CannotMigrate(
                f"{self._subject.name} could not migrate a fresh database before; the first "
                "failure says why"
            )
        location = await self._backend.create()
        try:
            await self._migrate(location)
        except Exception as failure:
            self._failure = failure
            await self._backend.drop(location)
            raise
        return location

    async def _migrate(self, location: str) -> None:
        ledger = Ledger(pulse=self._pulse)
        database = Database(
            self._subject, location, migrated=False, ledger=ledger, limits=self._limits
        )
        try:
            await database.adapter().migrate()
        finally:
            await database.close()
