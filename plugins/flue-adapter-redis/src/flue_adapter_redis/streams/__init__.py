"""Event streams of edition 0.11."""

from __future__ import annotations

from flue_adapter_redis.streams.store import EventStreamStore

__all__ = ["EventStreamStore"]
