"""What differs between SQLite and Postgres once a connection is open; all of it is here."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, Select, Text, TextClause, bindparam, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from flue_conformance.contract import UnstorableText


class Dialect(ABC):
    """One database product."""

    name: ClassVar[str]
    begin_read: ClassVar[str]
    """Begins a transaction whose statements all see one state."""
    begin_write: ClassVar[str]
    """Begins a transaction that may write."""
    keeps_images_apart: ClassVar[bool]
    """Whether image data lies in `flue_image_chunks` instead of the JSON."""
    integers_are_narrow: ClassVar[bool]
    """Whether an INTEGER column holds 32 bits and no fraction."""
    unstorable: ClassVar[re.Pattern[str]]
    """Characters that a text column cannot hold."""

    _NAMES: ClassVar[TextClause]
    _COLUMNS: ClassVar[TextClause]

    @abstractmethod
    def is_contention(self, error: DBAPIError) -> bool:
        """Tell whether the same transaction may succeed when it is repeated."""

    @abstractmethod
    def lock_session(self, connection: Connection, session_key: str) -> None:
        """Hold the session until the transaction ends; official adapters wait for it too.

        Taken by admission and deletion, before they read.
        """

    @abstractmethod
    def hold(self, connection: Connection, rows: Select[Any], given: Mapping[str, str]) -> None:
        """Have whoever would change these rows wait until the transaction ends.

        Waits for those who are changing them.
        """

    @abstractmethod
    def lock_schema(self, connection: Connection) -> None:
        """Hold the schema until the transaction ends; other migrations wait."""

    def names(self, connection: Connection) -> set[str]:
        """Return the names of the tables and indexes that there are."""
        return set(connection.scalars(self._NAMES))

    def columns(self, connection: Connection, table: str) -> dict[str, str]:
        """Return the types of a table's columns by name; of an unknown table there are none."""
        return {row.name: row.type for row in connection.execute(self._COLUMNS, {"table": table})}

    def can_store(self, *texts: str | None) -> bool:
        """Tell whether text columns can hold these texts; absent ones are no obstacle."""
        return not any(text is not None and self._unstorable_in(text) for text in texts)

    def check_text(self, *texts: str | None) -> None:
        """Raise `UnstorableText` unless text columns can hold these texts. ENCODING-05, -06.

        The message tells what is wrong and where, and never repeats the text.
        """
        for given in texts:
            found = None if given is None else self._unstorable_in(given)
            if found is not None:
                raise UnstorableText(
                    f"A text with {_character(found.group())} at position {found.start()} "
                    f"cannot be stored: {self.name} cannot represent it."
                )

    def storable(self, text: str) -> str:
        """Return `text` with U+FFFD for each character that cannot be stored. LIFECYCLE-14."""
        return self.unstorable.sub("\N{REPLACEMENT CHARACTER}", text)

    def _unstorable_in(self, text: str) -> re.Match[str] | None:
        # Of most texts it is known without a look at each character.
        if text.isascii() and "\0" not in text:
            return None
        return self.unstorable.search(text)


class _Sqlite(Dialect):
    name = "SQLite"
    begin_read = "BEGIN"
    # A transaction that reads first and writes later would fail, not wait, when another writer
    # was there in between.
    begin_write = "BEGIN IMMEDIATE"
    keeps_images_apart = True
    integers_are_narrow = False
    unstorable = re.compile("[\ud800-\udfff]")

    _NAMES = text("SELECT name FROM sqlite_master")
    _COLUMNS = text("SELECT name, type FROM pragma_table_info(:table)")

    _BUSY: Final = 5
    _LOCKED: Final = 6

    def is_contention(self, error: DBAPIError) -> bool:
        code = getattr(error.orig, "sqlite_errorcode", 0)
        # Extended codes keep the primary code in their low byte.
        return code & 0xFF in {self._BUSY, self._LOCKED}

    def lock_session(self, connection: Connection, session_key: str) -> None:
        """Nothing to do: BEGIN IMMEDIATE already holds the whole database."""

    def hold(self, connection: Connection, rows: Select[Any], given: Mapping[str, str]) -> None:
        """Nothing to do: BEGIN IMMEDIATE already holds the whole database."""

    def lock_schema(self, connection: Connection) -> None:
        """Nothing to do: BEGIN IMMEDIATE already holds the whole database."""


class _Postgres(Dialect):
    name = "Postgres"
    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    keeps_images_apart = False
    integers_are_narrow = True
    unstorable = re.compile("[\x00\ud800-\udfff]")

    _NAMES = text("SELECT relname FROM pg_class WHERE pg_table_is_visible(oid)")
    _COLUMNS = text(
        "SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute"
        " WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped"
    )

    _SERIALIZATION_FAILURE: Final = "40001"
    _DEADLOCK_DETECTED: Final = "40P01"

    _LOCK_SESSION: Final = select(
        func.pg_advisory_xact_lock(func.hashtext(bindparam("session_key", type_=Text())))
    )
    # Any number that no other use of advisory locks in the database is likely to take.
    _LOCK_SCHEMA: Final = select(func.pg_advisory_xact_lock(0x666C7565_73636865))

    def is_contention(self, error: DBAPIError) -> bool:
        state = getattr(error.orig, "sqlstate", None)
        return state in {self._SERIALIZATION_FAILURE, self._DEADLOCK_DETECTED}

    def lock_session(self, connection: Connection, session_key: str) -> None:
        connection.execute(self._LOCK_SESSION, {"session_key": session_key})

    def hold(self, connection: Connection, rows: Select[Any], given: Mapping[str, str]) -> None:
        connection.execute(rows.with_for_update(read=True), given)

    def lock_schema(self, connection: Connection) -> None:
        connection.execute(self._LOCK_SCHEMA)


SQLITE: Final[Dialect] = _Sqlite()
POSTGRES: Final[Dialect] = _Postgres()


class by_code_point(GenericFunction[str]):  # noqa: N801 - reads as the SQL function that it is
    """A text that orders and compares by code point, whatever the collation. INDEX-07."""

    type = Text()
    inherit_cache = True


@compiles(by_code_point)
def _as_it_is(element: by_code_point, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite's own order is that of the UTF-8 bytes, which is that of the code points.
    return compiler.process(element.clauses, **options)


@compiles(by_code_point, "postgresql")
def _collated(element: by_code_point, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'


def _character(character: str) -> str:
    return "U+0000" if character == "\x00" else "an unpaired surrogate"
