"""Fresh places on a server: databases, or schemas for a role that may not create databases."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.url import PostgresUrl

if TYPE_CHECKING:
    from psycopg import Connection

GRACE_SECONDS = 0.5
"""How long sessions get to leave a closed database before they are ended."""
POLL_SECONDS = 0.001
STRATEGY_SINCE = 150000
"""The first server version that lets `CREATE DATABASE` choose how it copies."""


class Places(ABC):
    """Makes, finds and removes places by name; `url` and `name` alone are for any thread.

    Its session with the server begins when it is first needed, and anew after the server was gone.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._address = PostgresUrl.parse(access.url, "The server's address")
        self._session: Connection[dict[str, Any]] | None = None

    @abstractmethod
    def make(self, name: str, template: str | None) -> None:
        """Make a place, empty or as a copy of the place `template`."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a place and end the sessions that are still in it."""

    @abstractmethod
    def occupied(self, names: Iterable[str]) -> set[str]:
        """Return those of the named places that are known to have sessions."""

    @abstractmethod
    def left(self) -> list[str]:
        """Return the names of all places of this run, whichever process made them."""

    @abstractmethod
    def url(self, name: str) -> str:
        """Return the URL of a place."""

    @abstractmethod
    def name(self, url: str) -> str:
        """Return the name of the place at a URL."""

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close()

    @property
    def _connection(self) -> Connection[dict[str, Any]]:
        if self._session is None or self._session.closed:
            self._session = connect(self._access.url)
        return self._session

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return self._connection.execute(query, values).fetchall()

    def _execute(self, statement: str, *identifiers: str) -> None:
        from psycopg import sql  # noqa: PLC0415 - heavy

        self._connection.execute(sql.SQL(statement).format(*map(sql.Identifier, identifiers)))


class Databases(Places):
    """A database for each place."""

    def make(self, name: str, template: str | None) -> None:
        """Make a database; who is still in the template gets a moment to leave."""
        if template is None:
            # template1 may hold what the server's owner put there, and may have sessions.
            self._execute("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
            return
        self._vacate(template, GRACE_SECONDS)
        statement = "CREATE DATABASE {} TEMPLATE {}"
        if self._access.strategy and self._connection.info.server_version >= STRATEGY_SINCE:
            statement += f" STRATEGY {self._access.strategy}"
        self._execute(statement, name, template)

    def remove(self, name: str) -> None:
        """Drop a database."""
        # While a session is still leaving, DROP DATABASE waits in steps of 100 ms.
        self._vacate(name, 0)
        self._execute("DROP DATABASE IF EXISTS {}", name)

    def occupied(self, names: Iterable[str]) -> set[str]:
        """Return those of the databases that somebody is connected to."""
        rows = self._rows(
            "SELECT DISTINCT datname FROM pg_stat_activity WHERE datname = ANY(%s)", list(names)
        )
        return {row["datname"] for row in rows}

    def left(self) -> list[str]:
        """Return the databases of this run."""
        rows = self._rows(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", self._access.prefix
        )
        return [row["datname"] for row in rows]

    def url(self, name: str) -> str:
        """Return the server's URL with this database."""
        return str(self._address.on_database(name))

    def name(self, url: str) -> str:
        """Return the database of a URL."""
        return PostgresUrl.parse(url, "The location").database

    def _vacate(self, name: str, grace: float) -> None:
        """Wait until nobody is in a database; whoever stays longer than `grace` is sent away."""
        if not self._left_within(grace, name):
            self._rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name
            )
            self._left_within(GRACE_SECONDS, name)

    def _left_within(self, seconds: float, name: str) -> bool:
        deadline = time.monotonic() + seconds
        while self.occupied([name]):
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


class Schemas(Places):
    """A schema for each place, all in the one database that the server's URL addresses."""

    def make(self, name: str, template: str | None) -> None:
        """Make an empty schema; Postgres cannot copy one."""
        assert template is None
        self._execute("CREATE SCHEMA {}", name)

    def remove(self, name: str) -> None:
        """Drop a schema with all that is in it."""
        # DROP would wait for ever for a session that still holds a lock on one of its tables.
        self._rows(
            "SELECT pg_terminate_backend(held.pid) FROM pg_locks held"
            " JOIN pg_class relation ON relation.oid = held.relation"
            " JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace"
            " JOIN pg_database this ON this.oid = held.database"
            " WHERE this.datname = current_database() AND namespace.nspname = %s"
            " AND held.pid <> pg_backend_pid()",
            name,
        )
        self._execute("DROP SCHEMA IF EXISTS {} CASCADE", name)

    def occupied(self, names: Iterable[str]) -> set[str]:
        """Return nothing: a server does not tell which schema a session uses."""
        del names
        return set()

    def left(self) -> list[str]:
        """Return the schemas of this run."""
        rows = self._rows(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", self._access.prefix
        )
        return [row["nspname"] for row in rows]

    def url(self, name: str) -> str:
        """Return the server's URL with this schema as its search path."""
        return str(self._address.on_schema(name))

    def name(self, url: str) -> str:
        """Return the schema that a URL of `url` searches."""
        _, options = PostgresUrl.parse(url, "The location").parameters[-1]
        return unquote(options).rpartition("=")[2]


def places(access: Access) -> Places:
    """Return the places that a server offers."""
    return Schemas(access) if access.schemas else Databases(access)
