"""Event streams of edition 0.11."""

from __future__ import annotations

from flue_adapter_lmdb.streams.store import EventStreamStore

__all__ = ["EventStreamStore"]
