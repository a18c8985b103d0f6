"""A server of a spec's own: on disk, to be killed, cut off and lost."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from redis.exceptions import RedisError

from flue_adapter_redis.locations import Location
from flue_adapter_redis.servers.administration import ask
from flue_adapter_redis.servers.instance import Instance
from flue_conformance.backends import NotAvailable, disk_directory

HOST: Final = "127.0.0.1"
TRIES: Final = 5
"""How often another port is taken when somebody else was faster."""
IN_STEP_S: Final = 30.0
"""How long a standby and its primary may take to be as they were told."""
POLL_S: Final = 0.01
NOWHERE: Final = 1
"""A port on which nobody listens."""


class PrivateServer:
    """A Redis server with the settings that this adapter asks for.

    Adapters reach it through TCP on this machine, with a password, for anybody may knock there.
    """

    def __init__(self, instance: Instance, password: str, port: int) -> None:
        self._instance = instance
        self._password = password
        self._port = port
        self._replicas = 0
        self._names = (f"flue_{number}" for number in itertools.count(1))

    @classmethod
    def started(cls, extra: Mapping[str, str] | None = None, password: str | None = None) -> Self:
        """Start a server; raises `NotAvailable`."""
        password = password or secrets.token_urlsafe(24)
        settings = {
            "bind": HOST,
            "requirepass": password,
            "masterauth": password,
            # Nobody else is waited for when a standby joins.
            "repl-diskless-sync-delay": "0",
            **(extra or {}),
        }
        for tries in range(1, TRIES + 1):
            with socket.create_server((HOST, 0)) as listening:
                port: int = listening.getsockname()[1]
            instance = Instance(settings | {"port": str(port)}, parent=disk_directory())
            try:
                instance.start()
                server = cls(instance, password, port)
                server._until_it_answers()
            except BaseException as error:
                instance.remove()
                if not isinstance(error, NotAvailable) or tries == TRIES:
                    raise
            else:
                return server
        raise AssertionError

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return HOST, self._port

    async def create(self) -> str:
        """Return the location of an empty database."""
        return str(Location(self._url, next(self._names), self._replicas))

    async def disconnect(self) -> None:
        """End the connections of all clients."""
        await asyncio.to_thread(self._ask, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    async def kill(self) -> None:
        """Kill the process."""
        await asyncio.to_thread(self._instance.kill)

    async def start(self) -> None:
        """Start it again, and have it load what it had."""
        await asyncio.to_thread(self._start)

    async def replicate(self) -> PrivateServer | None:
        """Return a replica; locations made from now on wait for it with each write."""
        standby = await asyncio.to_thread(self._follow)
        self._replicas = 1
        return standby

    async def separate(self) -> None:
        """Have this replica follow somebody who is not there."""
        await asyncio.to_thread(self._ask, "REPLICAOF", HOST, NOWHERE)

    async def promote(self) -> None:
        """Have this replica follow nobody, so that it takes writes."""
        await asyncio.to_thread(self._ask, "REPLICAOF", "NO", "ONE")

    async def destroy(self) -> None:
        """Kill it and remove its folder."""
        await asyncio.to_thread(self._destroy)

    def through(self, location: str, host: str, port: int) -> str:
        """Return the location with another host and port.

        On another server than that which made it, a write waits for this one's replicas.
        """
        there = Location.parse(location).at(host, port)
        waits = 0 if (host, port) == self.address else there.replicas
        return str(Location(there.url, there.prefix, waits))

    @property
    def _url(self) -> str:
        return f"redis://:{self._password}@{HOST}:{self._port}/0"

    def _ask(self, *command: str | int) -> Any:
        return ask(self._url, *command)

    def _start(self) -> None:
        self._instance.start()
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        # Before the data is loaded it does not.
        self._until(lambda: self._ask("PING"))

    def _destroy(self) -> None:
        self._instance.kill()
        self._instance.remove()

    def _follow(self) -> PrivateServer:
        standby = type(self).started({"replicaof": f"{HOST} {self._port}"}, self._password)
        try:
            standby._until(standby._follows)  # noqa: SLF001 - of the same class
        except BaseException:
            standby._destroy()  # noqa: SLF001 - likewise
            raise
        return standby

    def _follows(self) -> bool:
        facts: Mapping[str, object] = self._ask("INFO", "replication")
        return facts.get("master_link_status") == "up"

    def _until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; what raises meanwhile does not hold yet."""
        deadline = time.monotonic() + IN_STEP_S
        while True:
            try:
                if holds():
                    return
                problem: object = "it does not follow its primary"
            except RedisError as error:
                problem = error
            if time.monotonic() > deadline:
                raise NotAvailable(f"a server of Redis does not obey: {problem}")
            time.sleep(POLL_S)
