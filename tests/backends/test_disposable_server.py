"""A server given by URL is broken only where its owner says so, and nothing else on it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flue_conformance.backends import NotAvailable, PostgresBackend
from flue_conformance.backends.backend import Server
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.servers.disposable import DisposableServer
from flue_conformance.backends.postgres.servers.private import PrivateServer, start_private
from flue_conformance.harness import Proxy

MakeBackend = Callable[..., PostgresBackend]


@pytest.fixture(scope="module")
def somebodys() -> Iterator[tuple[PrivateServer, str]]:
    """Somebody's server and its URL."""
    server = start_private("local")
    yield server, asyncio.run(server.create())
    asyncio.run(server.destroy())


@pytest.fixture
def disposable(
    make_backend: MakeBackend, somebodys: tuple[PrivateServer, str]
) -> Iterator[DisposableServer]:
    backend = make_backend(somebodys[1], postgres_disposable=True)
    asyncio.run(backend.start())
    server = asyncio.run(backend.private_server())
    assert isinstance(server, DisposableServer)
    yield server
    asyncio.run(server.destroy())
    asyncio.run(backend.stop())


def databases(url: str) -> set[str]:
    with connect(url) as connection:
        return {row["datname"] for row in connection.execute("SELECT datname FROM pg_database")}


def test_unless_it_is_said_it_is_another_server_that_is_broken(
    make_backend: MakeBackend, somebodys: tuple[PrivateServer, str]
) -> None:
    backend = make_backend(somebodys[1])
    asyncio.run(backend.start())
    server = asyncio.run(backend.private_server())
    try:
        assert isinstance(server, PrivateServer)
        assert server.address != somebodys[0].address
    finally:
        asyncio.run(server.destroy())
        asyncio.run(backend.stop())


def test_it_ends_the_connections_to_its_own_databases_alone(
    disposable: DisposableServer, somebodys: tuple[PrivateServer, str]
) -> None:
    location = asyncio.run(disposable.create())
    with connect(location) as own, connect(somebodys[1]) as somebody:
        asyncio.run(disposable.disconnect())
        with pytest.raises(Exception, match=r"administrator command|closed"):
            own.execute("SELECT 1")
        assert somebody.execute("SELECT 1 AS here").fetchall() == [{"here": 1}]


def test_its_lines_can_be_cut(
    disposable: DisposableServer, somebodys: tuple[PrivateServer, str]
) -> None:
    assert disposable.address == somebodys[0].address
    location = asyncio.run(disposable.create())
    proxy = Proxy(*disposable.address)
    with connect(disposable.through(location, *proxy.address)) as connection:
        proxy.cut()
        with pytest.raises(Exception, match=r"closed|lost|reset"):
            connection.execute("SELECT 1")
    proxy.close()


def test_nothing_of_it_is_left(
    disposable: DisposableServer, somebodys: tuple[PrivateServer, str]
) -> None:
    before = databases(somebodys[1])
    location = asyncio.run(disposable.create())
    connection = connect(location)
    assert databases(somebodys[1]) != before

    asyncio.run(disposable.destroy())
    assert databases(somebodys[1]) == before
    connection.close()


@pytest.mark.parametrize("act", ["kill", "start", "replicate", "separate", "promote"])
def test_it_is_not_killed_and_says_so(disposable: DisposableServer, act: str) -> None:
    with pytest.raises(NotAvailable, match="neither killed nor replaced from here"):
        asyncio.run(getattr(disposable, act)())


def test_a_line_that_has_to_have_the_servers_name_is_not_led_elsewhere(
    disposable: DisposableServer,
) -> None:
    location = asyncio.run(disposable.create())

    with pytest.raises(NotAvailable, match="sslmode=verify-ca"):
        disposable.through(f"{location}?sslmode=verify-full", "127.0.0.1", 1)


@pytest.mark.parametrize(
    ("role", "reason"),
    [("tenant", r"ALTER ROLE … CREATEDB"), ("builder", r"name the server's host and port")],
)
def test_what_a_server_lacks_is_told(
    make_backend: MakeBackend, owned: Any, role: str, reason: str
) -> None:
    backend = make_backend(str(getattr(owned, role)), postgres_disposable=True)

    async def disposed() -> Server:
        await backend.start()
        try:
            return await backend.private_server()
        finally:
            await backend.stop()

    with pytest.raises(NotAvailable, match=reason):
        asyncio.run(disposed())
