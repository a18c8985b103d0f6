"""Append-only event streams."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from weakref import WeakValueDictionary

from flue_adapter_redis.database import Database
from flue_adapter_redis.keys import can_store
from flue_adapter_redis.stored import as_bytes, as_value
from flue_conformance.contract import (
    DEFAULT_STREAM_PAGE,
    MAX_STREAM_PAGE,
    START_OFFSET,
    TAIL_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    InvalidOffset,
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


class EventStreamStore:
    """The `EventStreamStore` of edition 0.11.

    Writes of a stream happen in the order in which they were called, also when nobody awaits them,
    for each waits for its predecessor; those of other store objects fall in between. STREAM-11,
    STREAM-38.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriptions = Subscriptions()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def create_stream(self, path: str) -> None:
        """Make an empty stream, unless it exists; raises `UnstorableText`. STREAM-01."""
        key = self._database.key("stream", path)
        async with self._turn(path):
            await self._database.tell("HSETNX", key, "next_offset", 0)

    async def append_event(self, path: str, event: JsonValue) -> str:
        """Append and return the event's offset. STREAM-03 to STREAM-11, STREAM-29.

        Raises `StreamMissing`, `StreamClosed`, and `TypeError` or `ValueError` for an event that
        is no JSON; the stream is unchanged then, and no offset is used up.
        """
        stored = as_bytes(event)
        async with self._turn(path):
            became, *sequence = await self._database.write("append_event", path, stored)
        match became:
            case b"missing":
                raise StreamMissing(f"The event stream {path!r} does not exist.")
            case b"closed":
                raise StreamClosed(f"The event stream {path!r} is closed.")
            case b"taken":
                raise Storage(
                    f"The event stream {path!r} has an event {int(sequence[0])} beyond its end."
                )
        self._subscriptions.notify(path)
        return format_offset(int(sequence[0]))

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
        after = await self._position(path, opts.offset)
        if after is None:
            return _nothing()
        # One more than the page tells whether anything lies beyond it.
        found = await self._database.read(
            "read_events", path, "" if opts.offset == TAIL_OFFSET else after, limit + 1
        )
        if not found:
            return _nothing()
        last, closed, *rest = found
        page = [
            StreamEvent(as_value(stored, "stream event"), format_offset(int(sequence)))
            for sequence, stored in zip(rest[::2], rest[1::2], strict=True)
        ]
        events = page[:limit]
        if opts.offset == TAIL_OFFSET:
            after = int(last) - 1
        return EventStreamReadResult(
            events,
            next_offset=events[-1].offset if events else format_offset(after),
            up_to_date=len(page) <= limit,
            closed=bool(closed),
        )

    async def close_stream(self, path: str) -> None:
        """Refuse further events; an unknown stream stays unknown. STREAM-24, STREAM-29, -31."""
        if can_store(path):
            async with self._turn(path):
                await self._database.write("close_stream", path)
        self._subscriptions.notify(path)

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        """Return where the stream ends, or None. STREAM-02."""
        if not can_store(path):
            return None
        key = self._database.key("stream", path)
        next_offset, closed = await self._database.ask("HMGET", key, "next_offset", "closed")
        if next_offset is None:
            return None
        return EventStreamMeta(format_offset(int(next_offset) - 1), closed is not None)

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the loop when the stream changes through this store object.

        Returns how to stop that. STREAM-28 to STREAM-37.
        """
        return self._subscriptions.subscribe(path, listener)

    async def delete_stream(self, path: str) -> None:
        """Remove a stream and its events; its listeners stay. STREAM-25, STREAM-26, STREAM-31."""
        if can_store(path):
            keys = [self._database.key(kind, path) for kind in ("stream", "events")]
            async with self._turn(path):
                await self._database.tell("UNLINK", *keys)
        self._subscriptions.notify(path)

    def _turn(self, path: str) -> asyncio.Lock:
        """Return what lets one write of a stream go at a time.

        Requests through several connections would overtake each other.
        """
        return self._turns.setdefault(path, asyncio.Lock())

    async def _position(self, path: str, offset: str | None) -> int | None:
        """Return the sequence that an offset stands for; None where the stream is unknown.

        Raises `InvalidOffset`, but never for an unknown stream. STREAM-16, STREAM-18.
        """
        if offset is None or offset == TAIL_OFFSET:
            return -1
        try:
            return parse_offset(offset)
        except InvalidOffset:
            if await self.get_stream_meta(path) is None:
                return None
            raise


def _nothing() -> EventStreamReadResult:
    """Return what a read of an unknown stream finds. STREAM-16."""
    return EventStreamReadResult([], START_OFFSET, up_to_date=True, closed=False)


def _page_size(limit: float | None) -> int:
    """Return the page size for a requested one. STREAM-21 to STREAM-23."""
    if limit is None:
        return DEFAULT_STREAM_PAGE
    if not limit >= 0 or (math.isfinite(limit) and limit != int(limit)):
        raise ValueError(f"The limit of a page of events is a natural number, not {limit}.")
    return int(min(limit, MAX_STREAM_PAGE))
