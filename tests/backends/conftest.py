"""Servers to test against, each started once, and a way to watch what a run leaves behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import pytest

from flue_conformance.backends import (
    FlueSchemaPlanter,
    NotAvailable,
    PostgresBackend,
    Settings,
)
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.servers.cluster import Cluster
from flue_conformance.backends.postgres.servers.installations import (
    Installation,
    embedded_installation,
    local_installation,
)
from flue_conformance.backends.postgres.url import PostgresUrl

PATIENCE_SECONDS = 15
IMAGE = os.environ.get("FLUE_TEST_IMAGE", "flue-postgres:local")
"""What ci/postgres-image builds."""


MakeBackend = Callable[..., PostgresBackend]
Eventually = Callable[[Callable[[], bool]], bool]


def _no_adapter(location: str, edition: str) -> NoReturn:
    raise AssertionError((location, edition))


def _make_backend(choice: str, **settings: Any) -> PostgresBackend:
    backend = PostgresBackend(
        _no_adapter, editions={"0.11"}, label="postgres", planter=FlueSchemaPlanter
    )
    return backend.configure(
        None, Settings(**{"postgres": choice, "postgres_image": IMAGE} | settings)
    )


def _eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture(scope="session")
def make_backend() -> MakeBackend:
    """Makes a Postgres backend for one way to a server, with further settings."""
    return _make_backend


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Tells whether a condition comes true, for what other processes do in their own time."""
    return _eventually


@pytest.fixture(scope="session")
def image() -> str:
    """An image that is there already, on an engine that answers."""
    asking = ["docker", "image", "inspect", IMAGE]
    with suppress(OSError, subprocess.CalledProcessError):
        subprocess.run(asking, check=True, capture_output=True)
        return IMAGE
    pytest.skip(f"no Docker engine with {IMAGE} (ci/docker-engine, ci/postgres-image)")


@pytest.fixture(scope="session")
def local() -> Installation:
    """The server programs of this machine."""
    try:
        return local_installation()
    except NotAvailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def embedded() -> Installation:
    """The server programs of the wheel."""
    try:
        return embedded_installation()
    except NotAvailable as reason:
        pytest.skip(str(reason))


@dataclass(frozen=True)
class Owned:
    """Somebody's server, with a role that may create databases and one that may not."""

    administrator: PostgresUrl
    builder: PostgresUrl
    tenant: PostgresUrl

    def inventory(self) -> set[tuple[str, str]]:
        """All databases, and all schemas and tables of the tenant's one."""
        with connect(str(self.administrator)) as connection:
            databases = connection.execute("SELECT datname FROM pg_database").fetchall()
        with connect(str(self.administrator.on_database("shop"))) as connection:
            schemas = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
            tables = connection.execute(
                "SELECT schemaname || '.' || tablename AS name FROM pg_tables"
            ).fetchall()
        return (
            {("database", row["datname"]) for row in databases}
            | {("schema", row["nspname"]) for row in schemas}
            | {("table", row["name"]) for row in tables}
        )


@pytest.fixture(scope="session")
def owned(local: Installation) -> Iterator[Owned]:
    server = Cluster(local)
    try:
        url = PostgresUrl.parse(server.access.url, "the test's server")
        with connect(str(url)) as connection:
            connection.execute("CREATE ROLE builder LOGIN CREATEDB")
            connection.execute("CREATE ROLE tenant LOGIN")
            connection.execute("CREATE DATABASE shop OWNER tenant")
        with connect(str(url.on_database("shop"))) as connection:
            connection.execute("CREATE TABLE flue_sessions (id TEXT)")
        yield Owned(
            administrator=url,
            builder=_with_user(url, "builder").on_database("postgres"),
            tenant=_with_user(url, "tenant").on_database("shop"),
        )
    finally:
        server.stop(keep=False)


@pytest.fixture(
    scope="session", params=["local", "embedded", "testcontainers", "URL", "URL without CREATEDB"]
)
def choice(request: pytest.FixtureRequest) -> str:
    """Each way to a server, as `--flue-postgres` names it."""
    match request.param:
        case "URL":
            return str(request.getfixturevalue("owned").builder)
        case "URL without CREATEDB":
            return str(request.getfixturevalue("owned").tenant)
        case "testcontainers":
            request.getfixturevalue("image")
        case kind:
            request.getfixturevalue(kind)
    return str(request.param)


@pytest.fixture(scope="session")
def backend(choice: str) -> Iterator[PostgresBackend]:
    """A started backend for each way to a server; no event loop outlives a call."""
    backend = _make_backend(choice)
    asyncio.run(backend.start())
    try:
        yield backend
    finally:
        asyncio.run(backend.stop())


def _with_user(url: PostgresUrl, user: str) -> PostgresUrl:
    return replace(url, user=user)
