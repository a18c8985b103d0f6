"""A server of a spec's own, the databases on it, and the lines that lead there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import pytest

from flue_conformance.backends import NotAvailable, Server
from flue_conformance.harness import Births, Proxy
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Database, Subject
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.progress import count
from flue_conformance.specs.support.workers import Workers


class Site:
    """Where a spec breaks servers and lines; whatever it opened is closed in the end.

    `learn` is told each location, which may hold a password.
    """

    def __init__(
        self,
        server: Server,
        subject: Subject,
        births: Births,
        *,
        ledger: Ledger,
        limits: Limits,
        learn: Callable[[str], None],
    ) -> None:
        self.server = server
        self.limits = limits
        self._subject = subject
        self._births = births
        self._ledger = ledger
        self._learn = learn
        self._databases: list[Database] = []
        self._proxies: list[Proxy] = []
        self._workers: list[Workers] = []

    async def database(self) -> Database:
        """Return a fresh database on the server, migrated by the adapter."""
        location = await self.server.create()
        self._learn(location)
        await self._at(location, migrated=False).adapter().migrate()
        return self._at(location, migrated=True)

    async def kill(self) -> None:
        """Kill the server; skips the spec where it cannot be killed from here."""
        try:
            await self.server.kill()
            count("server kills")
        except NotAvailable as problem:
            pytest.skip(f"not run: {problem}")

    def proxy(self) -> Proxy:
        """Return a line to the server."""
        proxy = Proxy(*self.server.address)
        self._proxies.append(proxy)
        return proxy

    def behind(self, proxy: Proxy, database: Database) -> Database:
        """Return the same database as a line leads to it; skips the spec where none can."""
        try:
            location = self.server.through(database.location, *proxy.address)
        except NotAvailable as problem:
            pytest.skip(f"not run: {problem}")
        return self._at(location, migrated=True)

    def on(self, standby: Server, database: Database) -> Database:
        """Return the database as a standby of the server has it."""
        return self._at(standby.through(database.location, *standby.address), migrated=True)

    def workers(self, database: Database) -> Workers:
        """Lend processes on a database."""
        lent = Workers(self._births, database, self._ledger, self.limits)
        self._workers.append(lent)
        return lent

    async def end(self) -> None:
        """Close everything but the server, also when closing one thing fails."""
        async with AsyncExitStack() as closing:
            for proxy in self._proxies:
                closing.callback(proxy.close)
            for workers in self._workers:
                closing.callback(workers.end)
            for database in self._databases:
                closing.push_async_callback(_let_go, database)

    def _at(self, location: str, *, migrated: bool) -> Database:
        database = Database(
            self._subject, location, migrated=migrated, ledger=self._ledger, limits=self.limits
        )
        self._databases.append(database)
        return database


async def _let_go(database: Database) -> None:
    """Close what was opened on a database; how that goes without its server no rule tells."""
    with suppress(BrokenRule):
        await database.close()
