"""Append-only event streams."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import islice

from flue_adapter_lmdb.database import Database
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import can_store, key_number, name_key, number_key
from flue_adapter_lmdb.layout import STREAM_EVENTS, STREAMS
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_conformance.contract import (
    DEFAULT_STREAM_PAGE,
    MAX_STREAM_PAGE,
    START_OFFSET,
    TAIL_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    JsonValue,
    ReadEventsOpts,
    Storage,
    StreamClosed,
    StreamEvent,
    StreamMissing,
    Subscriptions,
    format_offset,
    parse_offset,
)


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a stream ends, and whether for good."""

    path: str
    next_offset: int = 0
    closed: bool = False


class EventStreamStore:
    """The `EventStreamStore` of edition 0.11.

    Writes happen in the order in which they were called, also when nobody awaits them; those of
    other processes fall in between. STREAM-11, STREAM-38.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriptions = Subscriptions()

    async def create_stream(self, path: str) -> None:
        """Make an empty stream, unless it exists; raises `UnstorableText`. STREAM-01."""
        await self._database.write(_create, path)

    async def append_event(self, path: str, event: JsonValue) -> str:
        """Append and return the event's offset. STREAM-03 to STREAM-11, STREAM-29.

        Raises `StreamMissing`, `StreamClosed`, and `TypeError` or `ValueError` for an event that
        is no JSON; the stream is unchanged then, and no offset is used up.
        """
        sequence = await self._database.write(_append, path, as_bytes(event))
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
        if not can_store(path):
            return _nothing()
        return await self._database.read(_read, path, opts.offset, limit)

    async def close_stream(self, path: str) -> None:
        """Refuse further events; an unknown stream stays unknown. STREAM-24, STREAM-29, -31."""
        if can_store(path):
            await self._database.write(_close, path)
        self._subscriptions.notify(path)

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        """Return where the stream ends, or None. STREAM-02."""
        return await self._database.read(_meta, path) if can_store(path) else None

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the loop when the stream changes through this store object.

        Returns how to stop that. STREAM-28 to STREAM-37.
        """
        return self._subscriptions.subscribe(path, listener)

    async def delete_stream(self, path: str) -> None:
        """Remove a stream and its events; its listeners stay. STREAM-25, STREAM-26, STREAM-31."""
        if can_store(path):
            await self._database.write(_delete, path)
        self._subscriptions.notify(path)


def _find(txn: Transaction, path: str) -> Stream | None:
    stored = STREAMS.get(txn, name_key(path))
    return None if stored is None else Stream(**as_value(stored, "event stream"))


def _put(txn: Transaction, stream: Stream) -> None:
    STREAMS.put(txn, name_key(stream.path), as_bytes(asdict(stream)))


def _create(txn: Transaction, path: str) -> None:
    if _find(txn, path) is None:
        _put(txn, Stream(path))


def _append(txn: Transaction, path: str, event: bytes) -> int:
    stream = _find(txn, path)
    if stream is None:
        raise StreamMissing(f"The event stream {path!r} does not exist.")
    if stream.closed:
        raise StreamClosed(f"The event stream {path!r} is closed.")
    sequence = stream.next_offset
    if not STREAM_EVENTS.add(txn, name_key(path) + number_key(sequence), event):
        raise Storage(f"The event stream {path!r} has an event {sequence} beyond its end.")
    _put(txn, replace(stream, next_offset=sequence + 1))
    return sequence


def _read(txn: Transaction, path: str, offset: str | None, limit: int) -> EventStreamReadResult:
    stream = _find(txn, path)
    if stream is None:
        return _nothing()
    last = stream.next_offset - 1
    after = (
        last if offset == TAIL_OFFSET else parse_offset(START_OFFSET if offset is None else offset)
    )
    first = number_key(min(after, last) + 1)
    found = STREAM_EVENTS.ascending(txn, name_key(path), first)
    # One more than the page tells whether anything lies beyond it.
    page = [
        StreamEvent(as_value(stored, "stream event"), format_offset(key_number(key)))
        for key, stored in islice(found, limit + 1)
    ]
    events = page[:limit]
    return EventStreamReadResult(
        events,
        next_offset=events[-1].offset if events else format_offset(after),
        up_to_date=len(page) <= limit,
        closed=stream.closed,
    )


def _nothing() -> EventStreamReadResult:
    """Return what a read of an unknown stream finds. STREAM-16."""
    return EventStreamReadResult([], START_OFFSET, up_to_date=True, closed=False)


def _close(txn: Transaction, path: str) -> None:
    stream = _find(txn, path)
    if stream is not None and not stream.closed:
        _put(txn, replace(stream, closed=True))


def _meta(txn: Transaction, path: str) -> EventStreamMeta | None:
    stream = _find(txn, path)
    if stream is None:
        return None
    return EventStreamMeta(format_offset(stream.next_offset - 1), stream.closed)


def _delete(txn: Transaction, path: str) -> None:
    if STREAMS.delete(txn, name_key(path)):
        STREAM_EVENTS.clear(txn, name_key(path))


def _page_size(limit: float | None) -> int:
    """Return the page size for a requested one. STREAM-21 to STREAM-23."""
    if limit is None:
        return DEFAULT_STREAM_PAGE
    if not limit >= 0 or (math.isfinite(limit) and limit != int(limit)):
        raise ValueError(f"The limit of a page of events is a natural number, not {limit}.")
    return int(min(limit, MAX_STREAM_PAGE))
