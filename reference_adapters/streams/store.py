"""Append-only event streams, edition 0.11; section 4.8 of the contract."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, Text, bindparam, delete, false, insert, select, update
from sqlalchemy.dialects import postgresql

from flue_conformance.contract import (
    DEFAULT_STREAM_PAGE,
    MAX_STREAM_PAGE,
    START_OFFSET,
    TAIL_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    JsonValue,
    ReadEventsOpts,
    StreamClosed,
    StreamEvent,
    StreamMissing,
    Subscriptions,
    format_offset,
    json_text,
    parse_offset,
)
from reference_adapters.database import Database
from reference_adapters.schema import event_stream_entries, event_streams
from reference_adapters.stored_json import stored_json

_PATH: Final = bindparam("stream_path", type_=Text())

_CREATE: Final = postgresql.insert(event_streams).on_conflict_do_nothing()
_STREAM: Final = select(event_streams.c.next_offset, event_streams.c.closed).where(
    event_streams.c.path == _PATH
)
# Locks the stream's row: appends, closing and deletion take turns.
_ADVANCE: Final = (
    update(event_streams)
    .where(event_streams.c.path == _PATH, event_streams.c.closed == false())
    .values(next_offset=event_streams.c.next_offset + 1)
    .returning(event_streams.c.next_offset)
)
_CLOSE: Final = update(event_streams).where(event_streams.c.path == _PATH).values(closed=True)
_DELETE: Final = delete(event_streams).where(event_streams.c.path == _PATH)

_APPEND: Final = insert(event_stream_entries)
_AFTER: Final = (
    select(event_stream_entries.c.seq, event_stream_entries.c.data)
    .where(
        event_stream_entries.c.path == _PATH,
        event_stream_entries.c.seq > bindparam("after"),
    )
    .order_by(event_stream_entries.c.seq)
    .limit(bindparam("limit"))
)
_DELETE_ENTRIES: Final = delete(event_stream_entries).where(event_stream_entries.c.path == _PATH)


class EventStreamStore:
    """The `EventStreamStore` of edition 0.11.

    Changes to one stream happen in the order in which they were called, also when nobody awaits
    them; those of other store objects and processes fall in between. STREAM-11, STREAM-38.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriptions = Subscriptions()

    async def create_stream(self, path: str) -> None:
        """Make an empty stream, unless it exists. STREAM-01.

        Raises `UnstorableText` for a path that the database cannot hold.
        """
        self._database.dialect.check_text(path)
        await self._database.write_in_turn(path, _create, path)

    async def append_event(self, path: str, event: JsonValue) -> str:
        """Append and return the event's offset. STREAM-03 to STREAM-11, STREAM-29.

        Raises `StreamMissing`, `StreamClosed`, and `TypeError` or `ValueError` for an event that
        is no JSON; the stream is unchanged then, and no offset is used up.
        """
        data = json_text(event)
        self._database.dialect.check_text(path)
        sequence = await self._database.write_in_turn(path, _append, path, data)
        self._subscriptions.notify(path)
        return format_offset(sequence)

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        """Return a page of events after an offset. STREAM-12 to STREAM-23.

        Raises `InvalidOffset` for an offset that is none, unless the stream is unknown, and
        `ValueError` for a limit that is no natural number.
        """
        opts = opts or ReadEventsOpts()
        limit = _page_size(opts.limit)
        if not self._database.dialect.can_store(path):
            return _nothing()
        return await self._database.read(_read, path, opts.offset, limit)

    async def close_stream(self, path: str) -> None:
        """Refuse further events; an unknown stream stays unknown. STREAM-24, STREAM-29, -31."""
        if self._database.dialect.can_store(path):
            await self._database.write_in_turn(path, _close, path)
        self._subscriptions.notify(path)

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        """Return where the stream ends, or None. STREAM-02."""
        if not self._database.dialect.can_store(path):
            return None
        return await self._database.query(_meta, path)

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the loop when the stream changes through this store object.

        Returns how to stop that. STREAM-28 to STREAM-37.
        """
        return self._subscriptions.subscribe(path, listener)

    async def delete_stream(self, path: str) -> None:
        """Remove a stream and its events; its listeners stay. STREAM-25, STREAM-26, STREAM-31."""
        if self._database.dialect.can_store(path):
            await self._database.write_in_turn(path, _delete, path)
        self._subscriptions.notify(path)


def _create(connection: Connection, path: str) -> None:
    connection.execute(_CREATE, {"path": path})


def _append(connection: Connection, path: str, data: str) -> int:
    advanced = connection.execute(_ADVANCE, {"stream_path": path}).one_or_none()
    if advanced is None:
        stream = connection.execute(_STREAM, {"stream_path": path}).one_or_none()
        if stream is not None and stream.closed:
            raise StreamClosed(f"The event stream {path!r} is closed.")
        # An open one would have been made since.
        raise StreamMissing(f"The event stream {path!r} does not exist.")
    sequence: int = advanced.next_offset - 1
    connection.execute(_APPEND, {"path": path, "seq": sequence, "data": data})
    return sequence


def _read(
    connection: Connection, path: str, offset: str | None, limit: int
) -> EventStreamReadResult:
    stream = connection.execute(_STREAM, {"stream_path": path}).one_or_none()
    if stream is None:
        return _nothing()
    last = stream.next_offset - 1
    after = (
        last if offset == TAIL_OFFSET else parse_offset(START_OFFSET if offset is None else offset)
    )
    # One more than the page tells whether anything lies beyond it.
    values = {"stream_path": path, "after": min(after, last), "limit": limit + 1}
    rows = connection.execute(_AFTER, values).all()
    events = [
        StreamEvent(stored_json(row.data, "stream event"), format_offset(row.seq))
        for row in rows[:limit]
    ]
    return EventStreamReadResult(
        events,
        next_offset=events[-1].offset if events else format_offset(after),
        up_to_date=len(rows) <= limit,
        closed=bool(stream.closed),
    )


def _nothing() -> EventStreamReadResult:
    """Return what a read of an unknown stream finds. STREAM-16."""
    return EventStreamReadResult([], START_OFFSET, up_to_date=True, closed=False)


def _close(connection: Connection, path: str) -> None:
    connection.execute(_CLOSE, {"stream_path": path})


def _meta(connection: Connection, path: str) -> EventStreamMeta | None:
    stream = connection.execute(_STREAM, {"stream_path": path}).one_or_none()
    if stream is None:
        return None
    return EventStreamMeta(format_offset(stream.next_offset - 1), bool(stream.closed))


def _delete(connection: Connection, path: str) -> None:
    # The stream before its events: an append that holds the row is waited for, and its event goes.
    # Of a stream that is made just now, nothing goes.
    if connection.execute(_DELETE, {"stream_path": path}).rowcount == 0:
        return
    connection.execute(_DELETE_ENTRIES, {"stream_path": path})


def _page_size(limit: float | None) -> int:
    """Return the page size for a requested one. STREAM-21 to STREAM-23."""
    if limit is None:
        return DEFAULT_STREAM_PAGE
    if not limit >= 0 or (math.isfinite(limit) and limit != int(limit)):
        raise ValueError(f"The limit of a page of events is a natural number, not {limit}.")
    return int(min(limit, MAX_STREAM_PAGE))
