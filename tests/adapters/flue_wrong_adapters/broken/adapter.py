"""Adapter objects that migrate, connect or close wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from flue_conformance.contract import (
    CreateRunInput,
    PersistenceAdapter,
    RunRecord,
    SessionData,
    SessionStore,
    Storage,
    Stores,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Adapter, Runs, Sessions


class Opening(Adapter):
    """Knows whether it was migrated and connected before."""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        self.migrations = 0
        self.connections = 0

    async def migrate(self) -> None:
        await self.right.migrate()
        self.migrations += 1

    async def connect(self) -> Stores:
        self.connections += 1
        return await self.right.connect()


@broken("ADAPTER-01", "A server that starts its database twice does not start.")
class RefusesToMigrateTwice(Opening):
    """Creates tables without asking whether they are there."""

    async def migrate(self) -> None:
        if self.migrations:
            raise Storage("The table flue_sessions exists already.")
        await super().migrate()


@broken("ADAPTER-01", "After an upgrade, dispatches of deleted sessions are done once more.")
class DropsReceiptsWhenItMigrates(Adapter):
    """Makes one of its tables anew."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql("DELETE FROM flue_agent_dispatch_receipts")


@broken("ADAPTER-01", "When a second server starts, the list of runs is empty.", place="sqlite")
class EmptiesTheIndexWhenItMigrates(Adapter):
    """Takes the registry for something that fills itself again."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql("DELETE FROM flue_run_registry")


@broken("ADAPTER-01", "After a restart, a turn begins anew and is paid for twice.", place="sqlite")
class DropsStreamChunksWhenItMigrates(Adapter):
    """Tidies up what no turn of its own has left."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql("DELETE FROM flue_agent_stream_chunks")


@broken("ADAPTER-02", "A new installation lists a run that nobody started.")
class BeginsWithAnExample(Adapter):
    """Shows that it works."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "INSERT INTO flue_run_registry (run_id, owner_kind, workflow_name, instance_id, status,"
            " started_at) VALUES ('example', 'workflow', 'example', 'example', 'active', '2026')"
            " ON CONFLICT DO NOTHING"
        )


@broken("ADAPTER-02", "A server that connects a second time has no events.")
class HandsEventsOutOnce(Opening):
    """Gives the events to the first who asks."""

    async def connect(self) -> Stores:
        stores = await super().connect()
        if self.connections == 1:
            return stores
        return replace(stores, run_events=None, event_streams=None)


@broken("ADAPTER-02", "Two projects on one server see each other's runs.")
class SharesRunsBetweenLocations(Runs):
    """Keeps a cache in the process, and forgets what it is of."""

    _known: ClassVar[dict[str, RunRecord]] = {}

    async def create_run(self, run: CreateRunInput) -> None:
        await self.right.create_run(run)
        self._known[run.run_id] = RunRecord(run.run_id, run.owner, "active", run.started_at)

    async def get_run(self, run_id: str) -> RunRecord | None:
        return await self.right.get_run(run_id) or self._known.get(run_id)


@broken("ADAPTER-03", "A tool that looks into a running server stops it.", place="sqlite")
class ASecondConnectClosesTheFirst(Opening):
    """Has one connection, and opens it again."""

    async def connect(self) -> Stores:
        if self.connections:
            await self.right.close()
        return await super().connect()


@broken("ADAPTER-03", "What one part of a server saves, another part does not find.")
class KeepsSessionsInTheStoreObject(Sessions):
    """Has the sessions in a dictionary of its own."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._sessions: dict[str, SessionData] = {}

    async def save(self, key: str, data: SessionData) -> None:
        self._sessions[key] = data

    async def load(self, key: str) -> SessionData | None:
        return self._sessions.get(key)


@broken("ADAPTER-04", "A server that fails to start hides why, as it fails to stop as well.")
class NeedsAConnectionToClose(Adapter):
    """Closes what is not there."""

    async def close(self) -> None:
        if self.right._database is None:  # type: ignore[attr-defined]
            raise Storage("There is no connection to close.")
        await self.right.close()


@broken("ADAPTER-04", "A server that stops in the middle of its work reports an error.")
class RefusesToCloseWhileWorkIsRunning(Adapter):
    """Expects that its work is done before it goes."""

    async def close(self) -> None:
        running = "SELECT 1 FROM flue_agent_submissions WHERE status = 'running'"
        if self.right._database and await self.sql(running):  # type: ignore[attr-defined]
            raise Storage("There is work that is running.")
        await self.right.close()


@broken(
    "ADAPTER-09", "A server does not start where its folder has yet to be made.", place="sqlite"
)
class MakesTheLastDirectoryOnly(Adapter):
    """Makes the parent directory, and not those above."""

    async def migrate(self) -> None:
        path: Path = self.right._location._path  # type: ignore[attr-defined]
        path.parent.mkdir(exist_ok=True)
        await self.right.migrate()
