"""`RedisBackend`: the kit's databases on a Redis server."""

from __future__ import annotations

import asyncio
import copy
import itertools
import secrets
from collections.abc import Mapping
from typing import Any, Final, Self

from redis.exceptions import RedisError

from flue_adapter_redis.adapter import EDITIONS, RedisAdapter
from flue_adapter_redis.locations import Location
from flue_adapter_redis.planter import RedisPlanter, keys_of
from flue_adapter_redis.servers.administration import ask, connected
from flue_adapter_redis.servers.instance import Instance
from flue_adapter_redis.servers.private import PrivateServer
from flue_conformance.backends import Backend, Durability, Settings, UsageProblem
from flue_conformance.contract import PersistenceAdapter

_SCHEMES: Final = ("redis://", "rediss://", "unix://")


class RedisBackend(Backend):
    """Databases on a `redis-server` that the run starts, or on the one whose URL is the argument.

    Each has a prefix of its own. A server that was given keeps what is not of this run; it is never
    killed: server faults are tried on private ones.
    """

    label = "redis"
    editions = EDITIONS
    durability = Durability.MULTI_REPLICA

    def __init__(self) -> None:
        self._given: str | None = None
        self._keep = False
        self._instance: Instance | None = None
        self._url = ""
        self._about = ""
        self._mine = ""
        self._numbers = itertools.count(1)

    def configure(self, argument: str | None, settings: Settings) -> Self:
        """Return the backend of one run, on the server whose URL is the argument, if any."""
        if argument is not None and not argument.startswith(_SCHEMES):
            raise UsageProblem(
                f"No Redis server {argument!r}: after redis: comes a URL such as "
                "redis://:password@host:6379/0, or nothing, for a server of the run's own."
            )
        configured = copy.copy(self)
        configured._given = argument  # noqa: SLF001 - a copy of this object
        configured._keep = settings.keep  # noqa: SLF001 - likewise
        return configured

    async def start(self) -> None:
        """Start the server, or meet the one that is there.

        Raises `NotAvailable` without a `redis-server`, and `UsageProblem` for a server that was
        given and does not answer.
        """
        await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """End the server, unless databases on it were kept, or it was given."""
        instance, self._instance = self._instance, None
        if instance is not None:
            kept = self._keep and await asyncio.to_thread(ask, self._url, "DBSIZE")
            await asyncio.to_thread(instance.keep if kept else instance.remove)

    def about(self) -> str:
        """Return the server's version."""
        return self._about

    def share(self) -> dict[str, Any]:
        """Return the way into the server."""
        return {"url": self._url}

    def join(self, shared: Mapping[str, Any]) -> None:
        """Make databases on the server that the controlling process started."""
        self._enter(shared["url"])

    async def create(self) -> str:
        """Return the location of an empty database."""
        if not self._url:
            raise RuntimeError("A RedisBackend has databases only between start and stop.")
        return str(Location(self._url, f"{self._mine}{next(self._numbers)}"))

    async def drop(self, location: str) -> None:
        """Remove all keys of a database."""
        await asyncio.to_thread(_drop, Location.parse(location))

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a new adapter on the database at `location`."""
        there = Location.parse(location)
        return RedisAdapter(there.url, edition, prefix=there.prefix, replicas=there.replicas)

    def describe(self, location: str) -> str:
        """Return the command that shows a kept database."""
        there = Location.parse(location)
        if self._instance is not None:
            start = f"redis-server {self._instance.directory / 'redis.conf'} & redis-cli"
            return f"{start} -s {self._instance.socket} --scan --pattern '{{{there.prefix}}}*'"
        return f"redis-cli --scan --pattern '{{{there.prefix}}}*'"

    def planter(self, location: str) -> RedisPlanter:
        """Return a planter for the database."""
        there = Location.parse(location)
        return RedisPlanter(there.url, there.prefix)

    async def private_server(self) -> PrivateServer:
        """Start a server of a spec's own; raises `NotAvailable` without a `redis-server`."""
        return await asyncio.to_thread(PrivateServer.started)

    def _start(self) -> None:
        if self._given is None:
            self._instance = instance = Instance({})
            instance.start()
            self._enter(instance.url)
            self._about = f"{_version(instance.url)}, from the PATH"
            return
        try:
            self._about = f"{_version(self._given)}, given by URL"
        except (RedisError, OSError) as error:
            raise UsageProblem(
                f"The Redis server that was given does not answer: {error}"
            ) from None
        self._enter(self._given)

    def _enter(self, url: str) -> None:
        self._url = url
        # Unique among all processes of a run, and among the runs that use one server.
        self._mine = f"flue_{secrets.token_hex(6)}_"


def _version(url: str) -> str:
    facts: Mapping[str, object] = ask(url, "INFO", "server")
    return f"Redis {facts.get('redis_version', '')}".strip()


def _drop(there: Location) -> None:
    with connected(there.url) as its_answer:
        if keys := keys_of(its_answer, there.prefix):
            its_answer("UNLINK", *keys)
