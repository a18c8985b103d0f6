"""Event streams: every method names its rules."""

from __future__ import annotations

from collections.abc import Callable

from flue_conformance.contract import (
    EventStreamMeta,
    EventStreamReadResult,
    JsonValue,
    ReadEventsOpts,
)


class EventStreamStore:
    """Append-only event streams; edition 0.11."""

    async def create_stream(self, path: str) -> None:
        """Make an empty stream, unless it exists."""
        raise NotImplementedError("STREAM-01")

    async def append_event(self, path: str, event: JsonValue) -> str:
        """Append and return the event's offset."""
        raise NotImplementedError("STREAM-03 to -11, STREAM-29")

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        """Return a page of events after an offset."""
        raise NotImplementedError("STREAM-12 to -23")

    async def close_stream(self, path: str) -> None:
        """Refuse further events."""
        raise NotImplementedError("STREAM-24, STREAM-29, STREAM-40")

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        """Return where the stream ends, or None."""
        raise NotImplementedError("STREAM-02")

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the loop when the stream changes; returns how to stop that."""
        raise NotImplementedError("STREAM-28 to -37")

    async def delete_stream(self, path: str) -> None:
        """Remove a stream and its events."""
        raise NotImplementedError("STREAM-25, STREAM-26")
