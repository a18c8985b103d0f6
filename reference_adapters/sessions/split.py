"""Sessions of edition 0.11: a row for each entry; section 4.5 of the contract.

A save writes the entries that changed, so a long session costs no more to continue than a short
one writes.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Text, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import SessionData, check_image_sizes
from reference_adapters.database import Database
from reference_adapters.dialects import Dialect
from reference_adapters.images import delete_images, load_images, replace_images
from reference_adapters.schema import session_entries, sessions
from reference_adapters.sessions.records import (
    SplitRecord,
    content_blocks,
    join_record,
    put_images_back,
    split_record,
)
from reference_adapters.stored_json import stored_json

_SESSION_ID: Final = bindparam("session_id", type_=Text())
_ENTRY_ID: Final = bindparam("entry_id", type_=Text())

_INSERT_HEADER: Final = insert(sessions)
_SAVE_HEADER: Final = _INSERT_HEADER.on_conflict_do_update(
    index_elements=["id"], set_={"data": _INSERT_HEADER.excluded.data}
)
_LOAD_HEADER: Final = select(sessions.c.data).where(sessions.c.id == _SESSION_ID)
_DELETE_HEADER: Final = delete(sessions).where(sessions.c.id == _SESSION_ID)

_INSERT_ENTRY: Final = insert(session_entries)
_SAVE_ENTRY: Final = _INSERT_ENTRY.on_conflict_do_update(
    index_elements=["session_id", "entry_id"],
    set_={"position": _INSERT_ENTRY.excluded.position, "data": _INSERT_ENTRY.excluded.data},
)
_LOAD_ENTRIES: Final = (
    select(session_entries.c.entry_id, session_entries.c.position, session_entries.c.data)
    .where(session_entries.c.session_id == _SESSION_ID)
    .order_by(session_entries.c.position)
)
_DELETE_ENTRY: Final = delete(session_entries).where(
    session_entries.c.session_id == _SESSION_ID, session_entries.c.entry_id == _ENTRY_ID
)
_DELETE_ENTRIES: Final = delete(session_entries).where(session_entries.c.session_id == _SESSION_ID)


class SplitSessionStore:
    """The `SessionStore` of edition 0.11."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = database.dialect

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        """Replace the record. SESSION-02, SESSION-03, SESSION-10 to SESSION-13, SESSION-19.

        Raises `ImageTooLarge` for an image over the limit (SESSION-20), `UnstorableText` for ids
        that the database cannot hold, `MalformedRecord` for entries without an id of their own, and
        `TypeError` or `ValueError` for data that is no JSON; nothing changes then.
        """
        record = split_record(data, self._dialect)
        for entry in data["entries"]:
            check_image_sizes(content_blocks(entry))
        self._dialect.check_text(id)
        await self._database.write(store_record, self._dialect, id, record)

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        """Return the record, or None. SESSION-01, SESSION-05.

        Raises `MalformedRecord` for a damaged one. SESSION-14.
        """
        if not self._dialect.can_store(id):
            return None
        return await self._database.read(_load, self._dialect, id)

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        """Remove the record, if there is one. SESSION-04."""
        if self._dialect.can_store(id):
            await self._database.write(_delete, self._dialect, id)


def store_record(
    connection: Connection, dialect: Dialect, session_id: str, record: SplitRecord
) -> None:
    """Make `record` the session's, writing what differs from what is stored."""
    # First: its row makes concurrent saves and deletions of the session wait for this one.
    connection.execute(_SAVE_HEADER, {"id": session_id, "data": record.header})
    stored = {
        row.entry_id: (row.position, row.data)
        for row in connection.execute(_LOAD_ENTRIES, {"session_id": session_id})
    }
    gone = [
        {"session_id": session_id, "entry_id": entry_id}
        for entry_id in stored
        if entry_id not in record.entries
    ]
    changed = [
        {"session_id": session_id, "entry_id": entry_id, "position": position, "data": text}
        for entry_id, (position, text) in record.entries.items()
        if stored.get(entry_id) != (position, text)
    ]
    if gone:
        connection.execute(_DELETE_ENTRY, gone)
    if changed:
        connection.execute(_SAVE_ENTRY, changed)
    if dialect.keeps_images_apart:
        replace_images(connection, "session_entry", session_id, record.images)


def _load(connection: Connection, dialect: Dialect, session_id: str) -> SessionData | None:
    header = connection.execute(_LOAD_HEADER, {"session_id": session_id}).one_or_none()
    if header is None:
        return None
    rows = connection.execute(_LOAD_ENTRIES, {"session_id": session_id}).all()
    entries = {row.entry_id: stored_json(row.data, "session entry") for row in rows}
    if dialect.keeps_images_apart:
        images = load_images(connection, "session_entry", session_id)
        entries = put_images_back(entries, images)
    return join_record(stored_json(header.data, "session"), entries.values())


def _delete(connection: Connection, dialect: Dialect, session_id: str) -> None:
    # Without a header there is nothing to delete; entries of a save that commits just now stay.
    if connection.execute(_DELETE_HEADER, {"session_id": session_id}).rowcount == 0:
        return
    connection.execute(_DELETE_ENTRIES, {"session_id": session_id})
    if dialect.keeps_images_apart:
        delete_images(connection, "session_entry", session_id)
