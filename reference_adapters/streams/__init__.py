"""Event streams of edition 0.11."""

from __future__ import annotations

from reference_adapters.streams.store import EventStreamStore

__all__ = ["EventStreamStore"]
