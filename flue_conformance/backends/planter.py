"""`FlueSchemaPlanter`: reads and damages the stored records of databases in Flue's own schema."""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from flue_conformance.backends.postgres.driver import connect

_RUN_COLUMNS = (
    "run_id owner_kind workflow_name instance_id status started_at ended_at is_error duration_ms"
)
COLUMNS: Mapping[str, frozenset[str]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "flue_agent_submissions": (
            "sequence submission_id session_key kind payload status accepted_at attempt_id"
            " input_applied_at recovery_requested_at started_at settled_at error attempt_count"
            " max_retry timeout_at owner_id lease_expires_at"
        ),
        "flue_agent_turn_journals": (
            "submission_id session_key kind attempt_id operation_id turn_id phase revision"
            " created_at updated_at checkpoint_leaf_id tool_request_json stream_key"
            " stream_consumed_at committed committed_leaf_id"
        ),
        "flue_agent_stream_chunks": "stream_key segment_index body created_at",
        "flue_agent_session_deletions": "session_key started_at",
        "flue_agent_dispatch_receipts": "dispatch_id accepted_at settled_at",
        "flue_sessions": "id data updated_at",
        "flue_session_entries": "session_id entry_id position data",
        "flue_image_chunks": (
            "owner_kind owner_id owner_part image_id chunk_index chunk_count data"
        ),
        "flue_runs": f"{_RUN_COLUMNS} payload result error",
        "flue_run_registry": _RUN_COLUMNS,
        "flue_registry_runs": _RUN_COLUMNS,
        "flue_run_events": "run_id event_index payload type timestamp",
        "flue_event_streams": "path next_offset closed created_at",
        "flue_event_stream_entries": "path seq data",
    }.items()
}
"""Tables and columns of section 4 of the contract, in the union of its editions and databases."""

BUSY_SECONDS = 30.0

Rows: TypeAlias = list[dict[str, Any]]


class FlueSchemaPlanter:
    """A planter for any SQLite file or Postgres database with the tables of section 4.

    `location` is a path or a Postgres URL. Values are stored as the driver takes them. A table or
    column that section 4 does not name raises `ValueError`; one that this database lacks raises
    the driver's error.
    """

    def __init__(self, location: str) -> None:
        is_url = location.startswith(("postgresql://", "postgres://"))
        self._database: _Database = _Postgres(location) if is_url else _Sqlite(location)

    async def rows(self, table: str, **equal: object) -> list[dict[str, Any]]:
        """Return the rows of `table` whose columns equal the given values; None is NULL."""
        where, values = _where(table, equal)
        rows, _ = await self._run(f"SELECT * FROM {table}{where}", values)  # noqa: S608 - names are checked
        return rows

    async def insert(self, table: str, **values: object) -> None:
        """Store one row as it is given, however malformed."""
        columns = _known(table, values)
        statement = (
            f"INSERT INTO {table} ({', '.join(columns)}) {self._database.generated_too}"
            f"VALUES ({', '.join('?' for _ in columns)})"
        )
        await self._run(statement, [*values.values()])

    async def update(self, table: str, where: Mapping[str, object], **values: object) -> int:
        """Overwrite columns of the matching rows; returns how many rows matched."""
        assignments = ", ".join(f"{column} = ?" for column in _known(table, values))
        condition, matched = _where(table, where)
        statement = f"UPDATE {table} SET {assignments}{condition}"  # noqa: S608 - names are checked
        _, count = await self._run(statement, [*values.values(), *matched])
        return count

    async def delete(self, table: str, **equal: object) -> int:
        """Remove the matching rows; returns how many there were."""
        where, values = _where(table, equal)
        _, count = await self._run(f"DELETE FROM {table}{where}", values)  # noqa: S608 - names are checked
        return count

    async def _run(self, statement: str, values: Sequence[object]) -> tuple[Rows, int]:
        return await asyncio.to_thread(self._database.run, statement, values)


class _Database(ABC):
    """One statement at a time, each in a connection of its own."""

    generated_too = ""
    """What lets INSERT give a value to a column that the database generates."""

    def __init__(self, location: str) -> None:
        self._location = location

    @abstractmethod
    def run(self, statement: str, values: Sequence[object]) -> tuple[Rows, int]:
        """Run a statement whose values stand as `?`; returns its rows and how many it touched."""


class _Sqlite(_Database):
    def run(self, statement: str, values: Sequence[object]) -> tuple[Rows, int]:
        # Without the mode, a mistaken path would become an empty database.
        uri = f"{Path(self._location).absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, timeout=BUSY_SECONDS, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            with connection:
                cursor = connection.execute(statement, values)
                return [dict(row) for row in cursor.fetchall()], cursor.rowcount


class _Postgres(_Database):
    generated_too = "OVERRIDING SYSTEM VALUE "

    def run(self, statement: str, values: Sequence[object]) -> tuple[Rows, int]:
        with connect(self._location) as connection:
            cursor = connection.execute(statement.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount


def _where(table: str, equal: Mapping[str, object]) -> tuple[str, list[object]]:
    columns = _known(table, equal)
    conditions = [f"{column} {'IS NULL' if equal[column] is None else '= ?'}" for column in columns]
    values = [value for value in equal.values() if value is not None]
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), values


def _known(table: str, columns: Iterable[str]) -> list[str]:
    """Return the columns, once it is certain that each name is one of section 4."""
    named = list(columns)
    if table not in COLUMNS:
        raise ValueError(f"Section 4 of the contract has no table {table!r}.")
    for column in named:
        if column not in COLUMNS[table]:
            raise ValueError(f"Section 4 of the contract has no column {column!r} in {table}.")
    return named
