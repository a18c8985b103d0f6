"""A server of a spec's own: with default settings, on disk, to be killed, cut off and lost."""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
import time
from typing import Any

from flue_conformance.backends.errors import NotAvailable
from flue_conformance.backends.postgres.driver import connect, require_driver
from flue_conformance.backends.postgres.servers.installations import (
    Installation,
    embedded_installation,
    local_installation,
)
from flue_conformance.backends.postgres.servers.instance import ADMINISTRATOR, Instance
from flue_conformance.backends.postgres.servers.network import (
    HOST,
    initialise_with_password,
    start_on_a_free_port,
)
from flue_conformance.backends.postgres.url import PostgresUrl
from flue_conformance.backends.scratch import disk_directory

IN_STEP_SECONDS = 30.0
"""How long a standby and its primary may take to be as they were told."""
POLL_SECONDS = 0.01
SYNCFS_SINCE = 14
"""The first server version that can sync a whole file system."""


class PrivateServer:
    """A Postgres server with the settings that it has by default, so with the durability of those.

    Adapters reach it through TCP on this machine, with a password, for anybody may knock there; its
    administrator through a socket in its directory.
    """

    def __init__(
        self, installation: Installation, instance: Instance, password: str, port: int
    ) -> None:
        self._installation = installation
        self._instance = instance
        self._password = password
        self._port = port
        self._names = (f"flue_{number}" for number in itertools.count(1))

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return HOST, self._port

    async def create(self) -> str:
        """Make an empty database; returns its URL."""
        name = next(self._names)
        await self._administrate(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return f"postgresql://{ADMINISTRATOR}:{self._password}@{HOST}:{self._port}/{name}"

    async def disconnect(self) -> None:
        """Terminate the backends of all clients."""
        await self._administrate(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    async def kill(self) -> None:
        """Kill the postmaster and its children."""
        await asyncio.to_thread(self._instance.kill)

    async def start(self) -> None:
        """Start it again, and have it recover."""
        await asyncio.to_thread(self._instance.start)

    async def replicate(self) -> PrivateServer | None:
        """Return a synchronous standby, a copy that follows from now on."""
        standby = await asyncio.to_thread(self._follow)
        try:
            await self._administrate("ALTER SYSTEM SET synchronous_standby_names = '*'")
            await self._administrate("SELECT pg_reload_conf()")
            await self._until("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
        except BaseException:
            await standby.destroy()
            raise
        return standby

    async def separate(self) -> None:
        """Take the primary's address from this standby; returns when it does not listen any more.

        The primary still waits for a standby with each commit.
        """
        await self._administrate("ALTER SYSTEM SET primary_conninfo = ''")
        await self._administrate("SELECT pg_reload_conf()")
        await self._until("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")

    async def promote(self) -> None:
        """End the standby's recovery, so that it takes writes."""
        await self._administrate("SELECT pg_promote()")

    async def destroy(self) -> None:
        """Kill it and remove its directory."""
        await asyncio.to_thread(self._destroy)

    def through(self, location: str, host: str, port: int) -> str:
        """Return the URL with another host and port."""
        return str(PostgresUrl.parse(location, "The location").at(f"{host}:{port}"))

    def _destroy(self) -> None:
        self._instance.kill()
        self._instance.remove()

    def _follow(self) -> PrivateServer:
        primary = self._instance
        # Nobody is connected yet, so a copy of the files serves as a base backup.
        primary.stop()
        # Not the primary's copy of the programs, which is lost with it.
        instance = Instance(self._installation, parent=disk_directory())
        try:
            instance.copy(primary)
            instance.mark("standby.signal")
            whence = f"host={primary.directory} port={self._port} user={ADMINISTRATOR}"
            instance.configure({"primary_conninfo": whence})
            primary.start()
            port = start_on_a_free_port(instance, _settings(instance))
        except BaseException:
            instance.remove()
            raise
        return PrivateServer(self._installation, instance, self._password, port)

    async def _until(self, found: str) -> None:
        """Wait until a query finds something."""
        deadline = time.monotonic() + IN_STEP_SECONDS
        while not await self._administrate(found):
            if time.monotonic() > deadline:
                raise NotAvailable("a standby of the server and its primary do not obey")
            await asyncio.sleep(POLL_SECONDS)

    async def _administrate(self, statement: str) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._execute, statement)

    def _execute(self, statement: str) -> list[dict[str, Any]]:
        where = f"host={self._instance.directory}&port={self._port}"
        with connect(f"postgresql://{ADMINISTRATOR}@/postgres?{where}") as connection:
            # A text that no caller gave a part of.
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


def start_private(choice: str) -> PrivateServer:
    """Start a server with the programs that the run's choice of a server names, or that there are.

    It is never the server of the run, nor one that is there. Raises `NotAvailable`.
    """
    require_driver()
    installation = _installation(choice)
    instance = Instance(installation, parent=disk_directory())
    try:
        password = initialise_with_password(instance)
        port = start_on_a_free_port(instance, _settings(instance))
    except BaseException:
        instance.remove()
        raise
    return PrivateServer(installation, instance, password, port)


def _settings(instance: Instance) -> dict[str, str]:
    # With the default, a killed server leaves files in /dev/shm.
    return {"dynamic_shared_memory_type": "mmap", **_syncing_at_once(instance)}


def _syncing_at_once(instance: Instance) -> dict[str, str]:
    """Return the setting that syncs all files with one call, not each, before a recovery.

    The default takes seconds, and both leave the same on the disk.
    """
    major = re.search(r"\d+", instance.version)
    if sys.platform == "linux" and major and int(major[0]) >= SYNCFS_SINCE:
        return {"recovery_init_sync_method": "syncfs"}
    return {}


def _installation(choice: str) -> Installation:
    if choice == "embedded":
        return embedded_installation()
    try:
        return local_installation()
    except NotAvailable as missing:
        if choice == "local":
            raise
        try:
            return embedded_installation()
        except NotAvailable as neither:
            raise NotAvailable(
                "server faults are tried on a private server, which takes programs on this "
                f"machine: {missing}; {neither}"
            ) from None
