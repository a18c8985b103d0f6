"""Events of runs, edition 0.10; section 4.7 of the contract."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import (
    MAX_INTEGER,
    MAX_RUN_EVENT_BYTES,
    DuplicateEvent,
    EventIdentity,
    EventTooLarge,
    FlueEvent,
    JsonValue,
    Storage,
    json_text,
)
from reference_adapters.database import Database
from reference_adapters.schema import run_events, runs
from reference_adapters.stored_json import stored_json

_RUN: Final = select(runs.c.run_id).where(runs.c.run_id == bindparam("id"))
_APPEND: Final = insert(run_events).on_conflict_do_nothing()
_FROM: Final = (
    select(run_events.c.event_index, run_events.c.payload)
    .where(
        run_events.c.run_id == bindparam("id"),
        run_events.c.event_index >= bindparam("first"),
    )
    .order_by(run_events.c.event_index)
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
        text = json_text(event)
        size = len(text.encode())
        if size > MAX_RUN_EVENT_BYTES:
            raise EventTooLarge(f"A run event may take 1 MB of JSON; this one takes {size} bytes.")
        self._database.dialect.check_text(run_id)
        await self._database.write(_append, run_id, index, text)

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        """Return the events from an index on, ascending. EVENT-01 to EVENT-04.

        Raises `EventIdentity` for a stored event of another run or index (EVENT-14), and
        `MalformedRecord` for one that is no JSON.
        """
        first = 0 if from_index is None else max(from_index, 0)
        if first > MAX_INTEGER or not self._database.dialect.can_store(run_id):
            return []
        return await self._database.query(_get, run_id, math.ceil(first))


def _append(connection: Connection, run_id: str, index: int, text: str) -> None:
    if connection.execute(_RUN, {"id": run_id}).one_or_none() is None:
        raise Storage(f"Run {run_id!r} is unknown, so its event was not stored.")
    row = {"run_id": run_id, "event_index": index, "payload": text}
    if connection.execute(_APPEND, row).rowcount == 0:
        raise DuplicateEvent(f"Duplicate event {index} of run {run_id!r}.")


def _get(connection: Connection, run_id: str, first: int) -> list[FlueEvent]:
    rows = connection.execute(_FROM, {"id": run_id, "first": first}).all()
    return [_stored_event(run_id, row.event_index, row.payload) for row in rows]


def _stored_event(run_id: str, index: int, payload: object) -> FlueEvent:
    event = stored_json(payload, "run event")
    if not _is_event_of(run_id, event) or event.get("eventIndex") != index:
        raise EventIdentity(f"Event {index} of run {run_id!r} does not match storage.")
    return cast("FlueEvent", event)


def _checked_index(run_id: str, event: JsonValue) -> int:
    if not _is_event_of(run_id, event):
        raise EventIdentity("The event's runId does not match the run that it is appended to.")
    index = event.get("eventIndex")
    if (
        isinstance(index, bool)
        or not isinstance(index, int | float)
        or not 0 <= index <= MAX_INTEGER
        or index != int(index)
    ):
        raise EventIdentity("An event's eventIndex is a non-negative integer of at most 2^53-1.")
    return int(index)


def _is_event_of(run_id: str, event: JsonValue) -> bool:
    return isinstance(event, dict) and event.get("runId") == run_id
