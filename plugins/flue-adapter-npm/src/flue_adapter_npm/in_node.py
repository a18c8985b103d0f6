"""Backends whose adapters live in Node: one for each kind of location."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Self

from flue_adapter_npm.hosts import Hosts
from flue_adapter_npm.reference import Kind
from flue_adapter_npm.target import Target
from flue_conformance.backends import (
    Backend,
    Command,
    FileBackend,
    FlueSchemaPlanter,
    MemoryBackend,
    Offered,
    Planter,
    PostgresBackend,
    Settings,
)
from flue_conformance.backends.backend import JsonObject
from flue_conformance.contract import PersistenceAdapter


class InNode(Backend):
    """Goes before a backend that makes databases, and opens its adapters in Node.

    Adapters of a location end when it is copied or dropped, all of them with `stop`.
    """

    _target: Target
    _hosts: Hosts
    _careless_hosts: Hosts
    _sharing: InNode | None = None

    def serve(self, target: Target) -> Self:
        """Serve a target from now on."""
        self._target = target
        self._hosts = Hosts(target)
        self._careless_hosts = Hosts(target, careless=True)
        self.label = target.label
        self.durability = target.durability
        return self

    def offered(self) -> Offered | None:
        """Return the package under test."""
        return self._target.module.offered

    def package_folder(self) -> Path | None:
        """Return where the package under test lies."""
        return self._target.module.package_folder

    async def start(self) -> None:
        """Make ready what databases need."""
        await super().start()
        self._sharing = None

    def join(self, shared: JsonObject) -> None:
        """Use what the controlling process made ready."""
        super().join(shared)
        self._sharing = None

    async def stop(self) -> None:
        """End every Node, then what the databases need."""
        self._hosts.end()
        self._careless_hosts.end()
        await super().stop()

    async def copy(self, location: str) -> str | None:
        """Copy a database, once nobody has it open."""
        await self._release(location)
        return await super().copy(location)

    async def drop(self, location: str) -> None:
        """Remove a database, once nobody has it open."""
        await self._release(location)
        await super().drop(location)

    def sharing(self) -> Backend:
        """Return this backend with hosts that are careless in their callers' stead."""
        if self._sharing is None:
            self._sharing = copy.copy(self)
            self._sharing._hosts = self._careless_hosts  # noqa: SLF001 - a copy of this object
        return self._sharing

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a new adapter in Node."""
        return self._hosts.adapter(location, edition)

    def worker(self, location: str, edition: str) -> Command | None:
        """Return a Node that serves one adapter by itself."""
        del location, edition
        return self._target.command()

    async def _release(self, location: str) -> None:
        self._hosts.release(location)
        await asyncio.to_thread(self._hosts.check)


class InMemory(InNode, MemoryBackend):
    """Each adapter is a database."""


class InFiles(InNode, FileBackend):
    """A database is a file."""


class OnPostgres(InNode, PostgresBackend):
    """A database is one on a Postgres server."""


def backend_of(target: Target, settings: Settings, *, flue_schema: bool) -> Backend:
    """Return the configured backend of a target; `flue_schema`: it has the tables of Flue's own."""
    editions = target.description.editions
    planter: Callable[[str], Planter] | None = FlueSchemaPlanter if flue_schema else None
    match target.module.kind:
        case Kind.MEMORY:
            return InMemory(_nobody, editions=editions).serve(target)
        case Kind.FILE:
            files = InFiles(_nobody, editions=editions, planter=planter)
            return files.configure(None, settings).serve(target)
        case Kind.POSTGRES:
            # Drivers of JavaScript know no URLs of sockets in the file system.
            databases = OnPostgres(_nobody, editions=editions, planter=planter, network=True)
            return databases.configure(None, settings).serve(target)


def _nobody(*_: str) -> PersistenceAdapter:
    raise NotImplementedError("adapters are made in Node")
