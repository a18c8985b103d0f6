"""Workflow runs: their records, their events (edition 0.10) and their index."""

from __future__ import annotations

from reference_adapters.runs.events import RunEventStore
from reference_adapters.runs.registry import RunRegistry
from reference_adapters.runs.store import RunStore

__all__ = ["RunEventStore", "RunRegistry", "RunStore"]
