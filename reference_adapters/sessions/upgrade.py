"""From whole sessions to split ones, in place and within the caller's transaction. ADAPTER-11."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select, text

from flue_conformance.contract import ContractError
from reference_adapters.dialects import Dialect
from reference_adapters.schema import sessions
from reference_adapters.sessions.records import split_record
from reference_adapters.sessions.split import store_record
from reference_adapters.stored_json import stored_json

_DROP_UPDATED_AT: Final = text("ALTER TABLE flue_sessions DROP COLUMN updated_at")
_IDS: Final = select(sessions.c.id)
_DATA: Final = select(sessions.c.data).where(sessions.c.id == bindparam("session_id"))


def split_whole_sessions(connection: Connection, dialect: Dialect) -> None:
    """Give each session the layout of edition 0.11; the table of its entries exists.

    A record that cannot be split stays as it is, and loading it raises as it did before.
    """
    # First: it also makes writers of the old layout wait, and then fail, until this is done.
    connection.execute(_DROP_UPDATED_AT)
    for session_id in connection.scalars(_IDS).all():
        data = connection.scalar(_DATA, {"session_id": session_id})
        try:
            whole = stored_json(data, "session")
            record = split_record(whole, dialect)
        except ContractError:
            continue
        store_record(connection, dialect, session_id, record)
