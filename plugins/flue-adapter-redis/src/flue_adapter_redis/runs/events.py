"""Events of runs, edition 0.10."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from flue_adapter_redis.database import Database
from flue_adapter_redis.keys import can_store
from flue_adapter_redis.stored import as_bytes, as_value
from flue_conformance.contract import (
    MAX_INTEGER,
    MAX_RUN_EVENT_BYTES,
    DuplicateEvent,
    EventIdentity,
    EventTooLarge,
    FlueEvent,
    JsonValue,
    Storage,
)


class RunEventStore:
    """The `RunEventStore` of edition 0.10."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append_event(self, run_id: str, event: FlueEvent) -> None:
        """Store an event at its index. EVENT-05 to EVENT-13.

        Raises `EventIdentity`, `EventTooLarge`, `Storage` for an unknown run (EVENT-10) and
        `DuplicateEvent`, in this order (EVENT-08), and `TypeError` or `ValueError` for an event
        that is no JSON; nothing is stored then.
        """
        index = _checked_index(run_id, event)
        stored = as_bytes(event)
        if len(stored) > MAX_RUN_EVENT_BYTES:
            raise EventTooLarge(
                f"A run event may take 1 MB of JSON; this one takes {len(stored)} bytes."
            )
        match await self._database.write("append_run_event", run_id, index, stored):
            case b"unknown":
                raise Storage(f"Run {run_id!r} is unknown, so its event was not stored.")
            case b"duplicate":
                raise DuplicateEvent(f"Duplicate event {index} of run {run_id!r}.")

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        """Return the events from an index on, ascending. EVENT-01 to EVENT-04.

        Raises `EventIdentity` for a stored event of another run or index (EVENT-14), and
        `MalformedRecord` for one that is no JSON.
        """
        first = 0 if from_index is None else max(from_index, 0)
        if first > MAX_INTEGER or not can_store(run_id):
            return []
        found = await self._database.read("read_run_events", run_id, math.ceil(first))
        return [
            _event(run_id, int(index), stored)
            for index, stored in zip(found[::2], found[1::2], strict=True)
        ]


def _event(run_id: str, index: int, stored: bytes) -> FlueEvent:
    event = as_value(stored, "run event")
    if not _is_event_of(run_id, event) or event.get("eventIndex") != index:
        raise EventIdentity(f"Event {index} of run {run_id!r} does not match storage.")
    return cast("FlueEvent", event)


def _checked_index(run_id: str, event: JsonValue) -> int:
    if not _is_event_of(run_id, event):
        raise EventIdentity("The event's runId does not match the run that it is appended to.")
    index = event.get("eventIndex")
    is_number = isinstance(index, int | float) and not isinstance(index, bool)
    if not is_number or not 0 <= index <= MAX_INTEGER or index != int(index):
        raise EventIdentity("An event's eventIndex is a non-negative integer of at most 2^53-1.")
    return int(index)


def _is_event_of(run_id: str, event: JsonValue) -> bool:
    return isinstance(event, dict) and event.get("runId") == run_id
