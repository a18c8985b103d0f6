"""Making and upgrading the schema, in one transaction: all of it happens, or nothing."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import URL, Connection, Table, create_mock_engine, text

from flue_conformance.contract import Storage
from reference_adapters import bare
from reference_adapters.dialects import Dialect
from reference_adapters.editions import Edition
from reference_adapters.schema import run_registry, runs, tables
from reference_adapters.sessions import SessionLayout, session_layout, split_whole_sessions

_WITH_DURATIONS: Final = (runs, run_registry)
_INTEGER_TYPES: Final = frozenset({"smallint", "integer", "bigint"})


def migrate(connection: Connection, dialect: Dialect, edition: Edition) -> None:
    """Make what is missing, and upgrade what an earlier edition or an official adapter made.

    What is stored stays. Raises `Storage` when a later edition has upgraded the sessions.
    ADAPTER-01, ADAPTER-08, ADAPTER-11.
    """
    dialect.lock_schema(connection)
    layout = session_layout(connection, dialect)
    _refuse_later_layout(layout, edition)
    _make_what_is_missing(connection, dialect, edition)
    if dialect.integers_are_narrow:
        for table in _WITH_DURATIONS:
            _widen_durations(connection, dialect, table)
    if edition == "0.11" and layout is SessionLayout.WHOLE:
        split_whole_sessions(connection, dialect)


def check_layout(connection: Connection, dialect: Dialect, edition: Edition) -> None:
    """Raise `Storage` when the sessions have another layout than the edition's. ADAPTER-11."""
    layout = session_layout(connection, dialect)
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


def _make_what_is_missing(connection: Connection, dialect: Dialect, edition: Edition) -> None:
    # One by one: a table that an official adapter made lacks the indexes that these adapters add.
    # Looked up first: on Postgres even IF NOT EXISTS waits for writers and needs the table's owner.
    existing = dialect.names(connection)
    for name, definition in _definitions(connection.engine.url, dialect, edition).items():
        if name not in existing:
            bare.run_bare(connection, definition)


@cache
def _definitions(url: URL, dialect: Dialect, edition: Edition) -> dict[str, str]:
    """Return the statements that make tables and indexes, in order, by the name of what they make.

    Compiled once a process: that takes longer than to run them.
    """
    definitions: dict[str, str] = {}

    def keep(statement: Any, *_: Any) -> None:
        definitions[statement.element.name] = str(statement.compile(dialect=engine.dialect))

    engine = create_mock_engine(url, keep)
    for table in tables(edition, dialect):
        table.create(engine, checkfirst=False)
    return definitions


def _widen_durations(connection: Connection, dialect: Dialect, table: Table) -> None:
    # Narrow integers lose fractions and refuse what is longer than 24 days. RUN-10.
    if dialect.columns(connection, table.name)["duration_ms"] in _INTEGER_TYPES:
        connection.execute(
            text(f"ALTER TABLE {table.name} ALTER COLUMN duration_ms TYPE DOUBLE PRECISION")
        )
