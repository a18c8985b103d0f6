"""Databases with many rows, made in one statement a table out of one row that the adapter wrote."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from flue_conformance.contract import RecordRunStartInput, RunOwner, Stores
from flue_conformance.specs.scenarios.values import dispatch_input
from reference_adapters.database import Database
from reference_adapters.schema import (
    event_stream_entries,
    event_streams,
    run_registry,
    submissions,
)

MARK: Final = "#"
"""Where the one row's texts have the number of the row."""

STREAM: Final = "events"

# Of one length, so that the order of the texts is that of the numbers.
_FIRST_NUMBER: Final = 1_000_000


def numbered(template: str, row: int) -> str:
    """Return a text as the row has it; rows are counted from 0."""
    return template.replace(MARK, str(_FIRST_NUMBER + row))


async def little(stores: Stores, database: Database, rows: int) -> None:
    """Leave the database empty."""


async def one_session(stores: Stores, database: Database, rows: int) -> None:
    """Queue all submissions in one session."""
    await stores.submissions.admit_dispatch(dispatch_input("queued-#", session="long"))
    await database.write(_multiply, database, submissions, rows)


async def many_sessions(stores: Stores, database: Database, rows: int) -> None:
    """Queue each submission in a session of its own."""
    await stores.submissions.admit_dispatch(dispatch_input("queued-#", session="session-#"))
    await database.write(_multiply, database, submissions, rows)


async def index(stores: Stores, database: Database, rows: int) -> None:
    """Index runs that started one after the other."""
    owner = RunOwner("workflow", "run-#")
    await stores.run_registry.record_run_start(RecordRunStartInput("run-#", owner, "2026-06-03T#"))
    await database.write(_multiply, database, run_registry, rows)


async def stream(stores: Stores, database: Database, rows: int) -> None:
    """Append the events of one stream."""
    assert stores.event_streams is not None
    await stores.event_streams.create_stream(STREAM)
    await stores.event_streams.append_event(STREAM, {"type": "log", "text": "event #"})
    await database.write(_multiply, database, event_stream_entries, rows)
    await database.write(lambda c: c.execute(update(event_streams).values(next_offset=rows)))


def _multiply(connection: Connection, database: Database, table: Table, rows: int) -> None:
    """Put `rows` rows in the place of the one row of `table`."""
    (model,) = connection.execute(select(table)).mappings().all()
    connection.execute(delete(table))
    number = select(literal(0, BigInteger).label("n")).cte("numbers", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < rows - 1))
    columns = [c for c in table.columns if c.identity is None and model[c.name] is not None]
    values = [_value(column, model[column.name], number.c.n) for column in columns]
    connection.execute(insert(table).from_select(columns, select(*values).order_by(number.c.n)))
    if database.dialect.name == "Postgres":
        # Its own statistics would come a minute later. SQLite has none unless somebody asks.
        connection.execute(text("ANALYZE"))


def _value(column: Column[Any], value: Any, number: Any) -> Any:
    if column is event_stream_entries.c.seq:
        return number
    if not isinstance(value, str):
        return literal(value, column.type)
    return func.replace(literal(value, Text), MARK, cast(number + _FIRST_NUMBER, Text))
