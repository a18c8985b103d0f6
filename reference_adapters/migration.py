"""Making and upgrading the schema, in one transaction: all of it happens, or nothing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Integer, Table, inspect, text

from flue_conformance.contract import Storage
from reference_adapters.dialects import Dialect
from reference_adapters.editions import Edition
from reference_adapters.schema import run_registry, runs, tables
from reference_adapters.sessions import SessionLayout, session_layout, split_whole_sessions

_WITH_DURATIONS: Final = (runs, run_registry)


def migrate(connection: Connection, dialect: Dialect, edition: Edition) -> None:
    """Make what is missing, and upgrade what an earlier edition or an official adapter made.

    What is stored stays. Raises `Storage` when a later edition has upgraded the sessions.
    ADAPTER-01, ADAPTER-08, ADAPTER-11.
    """
    dialect.lock_schema(connection)
    layout = session_layout(connection)
    _refuse_later_layout(layout, edition)
    for table in tables(edition, dialect):
        _make(connection, table)
    if dialect.integers_are_narrow:
        for table in _WITH_DURATIONS:
            _widen_durations(connection, table)
    if edition == "0.11" and layout is SessionLayout.WHOLE:
        split_whole_sessions(connection, dialect)


def check_layout(connection: Connection, edition: Edition) -> None:
    """Raise `Storage` when the sessions have another layout than the edition's. ADAPTER-11."""
    layout = session_layout(connection)
    _refuse_later_layout(layout, edition)
    if edition == "0.11" and layout is SessionLayout.WHOLE:
        raise Storage(
            "The sessions of this database have the layout of edition 0.10. "
            "Run migrate() to upgrade them; edition 0.10 cannot open the database afterwards."
        )


def _refuse_later_layout(layout: SessionLayout | None, edition: Edition) -> None:
    if edition == "0.10" and layout is SessionLayout.SPLIT:
        raise Storage(
            "The sessions of this database have the layout of edition 0.11, "
            "which edition 0.10 cannot read. Open it with edition 0.11."
        )


def _make(connection: Connection, table: Table) -> None:
    table.create(connection, checkfirst=True)
    # A table that an official adapter made lacks the indexes that these adapters add.
    for index in table.indexes:
        index.create(connection, checkfirst=True)


def _widen_durations(connection: Connection, table: Table) -> None:
    columns = {
        column["name"]: column["type"] for column in inspect(connection).get_columns(table.name)
    }
    # Narrow integers lose fractions and refuse what is longer than 24 days. RUN-10.
    if isinstance(columns["duration_ms"], Integer):
        connection.execute(
            text(f"ALTER TABLE {table.name} ALTER COLUMN duration_ms TYPE DOUBLE PRECISION")
        )
