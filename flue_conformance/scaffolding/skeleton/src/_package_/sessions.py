"""Sessions: a worked store, whose rules hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, cast

from {{package}}.database import Database
from flue_conformance.contract import (
    MAX_IMAGE_CHARACTERS,
    ImageTooLarge,
    MalformedRecord,
    SessionData,
    json_text,
    json_value,
)


class SessionStore:
    """A record is one text, so that whoever loads it sees one version whole. SESSION-10."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        """Replace the record. SESSION-02, SESSION-03, SESSION-10 to SESSION-13.

        Raises `ImageTooLarge` (SESSION-20), and `TypeError` or `ValueError` for data that is no
        JSON; nothing changes then.
        """
        for image in _images(data):
            if len(image) > MAX_IMAGE_CHARACTERS:
                raise ImageTooLarge(f"Image data exceeds {MAX_IMAGE_CHARACTERS} characters.")
        # Now, not in the transaction: the caller may change the object meanwhile. SESSION-07.
        text = json_text(data)

        def save(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?)", (id, text))

        await self._database.run(save)

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        """Return the record, or None. SESSION-01, SESSION-05.

        Raises `MalformedRecord` for a damaged one. SESSION-14.
        """

        def load(connection: sqlite3.Connection) -> Any:
            return connection.execute("SELECT data FROM sessions WHERE id = ?", (id,)).fetchone()

        try:
            row = await self._database.run(load)
        except UnicodeEncodeError:
            # Half a character, which nothing was saved under. ENCODING-06.
            return None
        if row is None:
            return None
        try:
            return cast("SessionData", json_value(row[0]))
        except (TypeError, ValueError) as error:
            raise MalformedRecord(f"Malformed session: {error}") from error

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        """Remove the record, if there is one. SESSION-04."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM sessions WHERE id = ?", (id,))

        await self._database.run(delete)


def _images(data: Any) -> Iterator[str]:
    """Return the data of all images in a record, whatever else it holds."""
    entries = data.get("entries") if isinstance(data, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        message = entry.get("message") if isinstance(entry, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("type") == "image":
                yield str(block.get("data", ""))
