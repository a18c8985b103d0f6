"""Telling the session layouts apart; no table of the official adapters names a version."""

from __future__ import annotations

from enum import Enum, auto

from sqlalchemy import Connection

from reference_adapters.dialects import Dialect
from reference_adapters.schema import whole_sessions


class SessionLayout(Enum):
    """How a database keeps its sessions."""

    WHOLE = auto()
    """A record in one text; editions 0.10 and 0.11.0, section 4.4."""
    SPLIT = auto()
    """A row for each entry; edition 0.11.1, section 4.5."""


def session_layout(connection: Connection, dialect: Dialect) -> SessionLayout | None:
    """Return the layout that the database has, or None where there are no sessions yet."""
    columns = dialect.columns(connection, whole_sessions.name)
    if not columns:
        return None
    return SessionLayout.WHOLE if "updated_at" in columns else SessionLayout.SPLIT
