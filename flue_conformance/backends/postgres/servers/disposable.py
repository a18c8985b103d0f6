"""Somebody's server, given by URL, whose connections specs may break because its owner says so."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from typing import TYPE_CHECKING, NoReturn

from flue_conformance.backends.errors import NotAvailable
from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.places import Databases
from flue_conformance.backends.postgres.url import PostgresUrl

if TYPE_CHECKING:
    from flue_conformance.backends.backend import Server


class DisposableServer:
    """A server that loses connections and stays alive: its processes are not the kit's to kill.

    Only connections to databases that it made itself are ended, so others may use the server too,
    such as parallel workers of the run.
    """

    def __init__(self, access: Access, address: tuple[str, int]) -> None:
        self._access = access
        self._address = address
        self._prefix = f"{access.prefix}{secrets.token_hex(3)}_broken_"
        self._numbers = itertools.count(1)
        self._made: list[str] = []

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._address

    async def create(self) -> str:
        """Make an empty database; returns its URL."""
        return await asyncio.to_thread(self._create)

    async def disconnect(self) -> None:
        """Terminate the backends of all clients of its databases."""
        await asyncio.to_thread(self._disconnect)

    async def kill(self) -> None:
        """Raise `NotAvailable`."""
        self._refuse()

    async def start(self) -> None:
        """Raise `NotAvailable`."""
        self._refuse()

    async def replicate(self) -> Server | None:
        """Raise `NotAvailable`."""
        self._refuse()

    async def separate(self) -> None:
        """Raise `NotAvailable`."""
        self._refuse()

    async def promote(self) -> None:
        """Raise `NotAvailable`."""
        self._refuse()

    async def destroy(self) -> None:
        """Drop its databases and leave the server as it was."""
        await asyncio.to_thread(self._drop)

    def through(self, location: str, host: str, port: int) -> str:
        """Return the URL with another host and port.

        Raises `NotAvailable` where whoever connects has to find the server's name there.
        """
        url = PostgresUrl.parse(location, "The location")
        if ("sslmode", "verify-full") in url.parameters:
            raise NotAvailable(
                "the given URL says sslmode=verify-full, and no proxy has the name that the "
                "server's certificate names: with sslmode=verify-ca its lines can be cut"
            )
        return str(url.at(f"[{host}]:{port}" if ":" in host else f"{host}:{port}"))

    def _create(self) -> str:
        name = f"{self._prefix}{next(self._numbers)}"
        places = Databases(self._access)
        try:
            places.make(name, None)
        finally:
            places.close()
        self._made.append(name)
        return places.url(name)

    def _disconnect(self) -> None:
        with connect(self._access.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE starts_with(datname, %s) AND pid <> pg_backend_pid()",
                [self._prefix],
            )

    def _drop(self) -> None:
        places = Databases(self._access)
        try:
            while self._made:
                places.remove(self._made[-1])
                self._made.pop()
        finally:
            places.close()

    def _refuse(self) -> NoReturn:
        raise NotAvailable(
            "the server of the given URL can be neither killed nor replaced from here; without "
            "--flue-postgres-disposable that is tried on a private server"
        )


def dispose_of(access: Access) -> DisposableServer:
    """Return the server that `access` leads to, to be broken.

    Raises `NotAvailable` where its lines cannot be led through a proxy, or where databases, by
    which connections are ended, are not the role's to make.
    """
    if access.schemas:
        raise NotAvailable(
            "connections are ended by database, and the role of the given URL may create none: "
            "ALTER ROLE … CREATEDB"
        )
    with connect(access.url) as connection:
        host, port = connection.info.hostaddr, connection.info.port
    if not host:
        raise NotAvailable(
            "the given URL leads to a socket file, and lines are cut by a proxy before a TCP "
            "port: name the server's host and port"
        )
    return DisposableServer(access, (host, port))
