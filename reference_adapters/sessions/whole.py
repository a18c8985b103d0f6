"""Sessions of edition 0.10: the whole record in one text; section 4.4 of the contract."""

from __future__ import annotations

from typing import Final, cast

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import SessionData, json_text
from reference_adapters.clock import now
from reference_adapters.database import Database
from reference_adapters.schema import whole_sessions
from reference_adapters.stored_json import stored_json

# Every statement names `updated_at`, which later layouts lack: when the table is upgraded while
# this store is open, its calls fail instead of missing the entries. ADAPTER-11.
_LOAD: Final = select(whole_sessions.c.data, whole_sessions.c.updated_at).where(
    whole_sessions.c.id == bindparam("session_id")
)
_INSERT: Final = insert(whole_sessions)
_SAVE: Final = _INSERT.on_conflict_do_update(
    index_elements=["id"],
    set_={"data": _INSERT.excluded.data, "updated_at": _INSERT.excluded.updated_at},
)
_DELETE: Final = delete(whole_sessions).where(
    whole_sessions.c.id == bindparam("session_id"), whole_sessions.c.updated_at.is_not(None)
)


class WholeSessionStore:
    """The `SessionStore` of edition 0.10."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        """Replace the record. SESSION-02, SESSION-03, SESSION-10 to SESSION-13.

        Raises `UnstorableText` for an id that the database cannot hold, and `TypeError` or
        `ValueError` for data that is no JSON; nothing changes then.
        """
        self._database.dialect.check_text(id)
        await self._database.write(_save, id, json_text(data))

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        """Return the record, or None. SESSION-01.

        Raises `MalformedRecord` for a damaged one. SESSION-14.
        """
        if not self._database.dialect.can_store(id):
            return None
        return await self._database.query(_load, id)

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        """Remove the record, if there is one. SESSION-04."""
        if self._database.dialect.can_store(id):
            await self._database.write(_delete, id)


def _save(connection: Connection, session_id: str, text: str) -> None:
    connection.execute(_SAVE, {"id": session_id, "data": text, "updated_at": now()})


def _load(connection: Connection, session_id: str) -> SessionData | None:
    row = connection.execute(_LOAD, {"session_id": session_id}).one_or_none()
    return None if row is None else cast("SessionData", stored_json(row.data, "session"))


def _delete(connection: Connection, session_id: str) -> None:
    connection.execute(_DELETE, {"session_id": session_id})
