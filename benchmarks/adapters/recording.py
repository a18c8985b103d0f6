"""What an adapter sends to its driver, recorded and sent again by the driver alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event

from reference_adapters import bare


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the driver gets it; `values` is a list of them when it runs many times."""

    sql: str
    values: Any
    many: bool


class Recorder:
    """Listens to an engine, transactions included; that takes about a microsecond a statement."""

    def __init__(self, engine: Engine) -> None:
        self._statements: list[Statement] = []
        self._begun: set[Connection] = set()
        event.listen(engine, "before_cursor_execute", self._record)
        event.listen(engine, "commit", self._record_commit)
        self._listen_past_sqlalchemy(engine)

    def take(self) -> Sequence[Statement]:
        """Return what was sent since the last call of this."""
        taken, self._statements = self._statements, []
        return taken

    def _record(
        self, _connection: object, _cursor: object, sql: str, values: Any, _: object, many: bool
    ) -> None:
        self._statements.append(Statement(sql, values, many))

    def _record_commit(self, connection: Connection) -> None:
        if connection in self._begun:
            self._begun.remove(connection)
            self._statements.append(Statement("COMMIT", (), many=False))

    def _listen_past_sqlalchemy(self, engine: Engine) -> None:
        run_bare = bare.run_bare

        def recorded(connection: Connection, statement: str) -> None:
            if connection.engine is engine:
                self._begun.add(connection)
                self._statements.append(Statement(statement, (), many=False))
            run_bare(connection, statement)

        bare.run_bare = recorded


def replay(driver: Any, statements: Sequence[Statement]) -> None:
    """Send the statements over a connection of sqlite3 or psycopg, and fetch what they return."""
    for statement in statements:
        cursor = driver.cursor()
        if statement.many:
            cursor.executemany(statement.sql, statement.values)
        else:
            cursor.execute(statement.sql, statement.values)
        if cursor.description is not None:
            cursor.fetchall()
        cursor.close()
