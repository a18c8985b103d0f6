"""A server of a spec's own has production's settings, and bears being killed, cut off and lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from flue_conformance.backends import NotAvailable
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.servers import private
from flue_conformance.backends.postgres.servers.private import PrivateServer, start_private
from flue_conformance.harness import Proxy


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    server = start_private("auto")
    yield server
    asyncio.run(server.destroy())


def directory_of(server: PrivateServer) -> Path:
    return server._instance.directory


def setting(location: str, name: str) -> str:
    with connect(location) as connection:
        (row,) = connection.execute("SELECT current_setting(%s) AS value", [name]).fetchall()
    return str(row["value"])


def test_it_is_as_durable_as_a_server_is_by_default(server: PrivateServer) -> None:
    location = asyncio.run(server.create())

    kept = {"fsync", "synchronous_commit", "full_page_writes", "autovacuum"}
    assert {setting(location, name) for name in kept} == {"on"}
    assert setting(location, "wal_level") == "replica"
    assert setting(location, "max_connections") == "100"


def test_it_takes_nobody_without_its_password(server: PrivateServer) -> None:
    location = asyncio.run(server.create())
    user, _, rest = location.removeprefix("postgresql://").partition("@")
    stranger = f"postgresql://{user.partition(':')[0]}:wrong@{rest}"

    with pytest.raises(Exception, match="password authentication failed"):
        connect(stranger)


def test_what_was_committed_is_there_after_it_was_killed(server: PrivateServer) -> None:
    location = asyncio.run(server.create())
    with connect(location) as connection:
        connection.execute("CREATE TABLE kept (n INTEGER)")
        for number in range(20):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        asyncio.run(server.kill())
        with pytest.raises(Exception, match=r"server closed|terminat|lost|EOF"):
            connection.execute("SELECT 1")
    address = server.address
    asyncio.run(server.start())

    assert server.address == address
    with connect(location) as connection:
        assert len(connection.execute("SELECT n FROM kept").fetchall()) == 20


def test_it_ends_the_connections_of_all_clients(server: PrivateServer) -> None:
    location = asyncio.run(server.create())
    with connect(location) as one, connect(location) as other:
        asyncio.run(server.disconnect())
        for connection in (one, other):
            with pytest.raises(Exception, match=r"administrator command|closed"):
                connection.execute("SELECT 1")


def test_a_location_can_lead_through_a_proxy(server: PrivateServer) -> None:
    location = asyncio.run(server.create())
    proxy = Proxy(*server.address)
    through = server.through(location, *proxy.address)

    assert setting(through, "fsync") == "on"
    assert proxy.requests > 0
    proxy.close()


def test_a_standby_has_all_that_was_committed_when_its_primary_is_lost() -> None:
    server = start_private("auto")
    try:
        standby = asyncio.run(server.replicate())
    except BaseException:
        asyncio.run(server.destroy())
        raise
    assert standby is not None
    try:
        location = asyncio.run(server.create())
        with connect(location) as connection:
            connection.execute("CREATE TABLE kept (n INTEGER)")
            for number in range(20):
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
        asyncio.run(standby.separate())
        directory = directory_of(server)
        asyncio.run(server.destroy())
        assert not directory.exists()
        asyncio.run(standby.promote())

        with connect(standby.through(location, *standby.address)) as connection:
            assert len(connection.execute("SELECT n FROM kept").fetchall()) == 20
            connection.execute("INSERT INTO kept VALUES (20)")
    finally:
        # Nobody has to know whether it is gone already.
        asyncio.run(server.destroy())
        asyncio.run(standby.destroy())


def test_without_programs_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise NotAvailable("no programs here")

    monkeypatch.setattr(private, "local_installation", none)
    monkeypatch.setattr(private, "embedded_installation", none)

    with pytest.raises(NotAvailable, match=r"private server.*no programs here"):
        start_private("postgresql://somebody@production/db")
