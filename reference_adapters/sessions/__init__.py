"""Sessions in their two layouts: whole (edition 0.10) and split into entries (edition 0.11)."""

from __future__ import annotations

from reference_adapters.sessions.layout import SessionLayout, session_layout
from reference_adapters.sessions.split import SplitSessionStore
from reference_adapters.sessions.upgrade import split_whole_sessions
from reference_adapters.sessions.whole import WholeSessionStore

__all__ = [
    "SessionLayout",
    "SplitSessionStore",
    "WholeSessionStore",
    "session_layout",
    "split_whole_sessions",
]
