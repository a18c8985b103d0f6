"""Workflow runs: their records, their events (edition 0.10) and their index."""

from __future__ import annotations

from flue_adapter_redis.runs.events import RunEventStore
from flue_adapter_redis.runs.registry import RunRegistry
from flue_adapter_redis.runs.store import RunStore

__all__ = ["RunEventStore", "RunRegistry", "RunStore"]
