"""A reader that follows an event stream while others write it. STREAM-39."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from flue_conformance.contract import START_OFFSET, EventStreamStore, ReadEventsOpts, StreamEvent
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.racing import outlasting


async def written_and_followed(
    writers: Sequence[EventStreamStore], reader: EventStreamStore, path: str, *, each: int
) -> tuple[list[StreamEvent], list[StreamEvent]]:
    """Append `each` events through every writer at once while the reader follows the stream.

    Returns the acknowledged events, and the events that the reader saw, in the order of its pages.
    Raises `BrokenRule` when a page leads nowhere.
    """
    writing = asyncio.gather(
        *(_write(writer, path, f"writer-{place}", each) for place, writer in enumerate(writers))
    )
    following = asyncio.ensure_future(_follow(reader, path, until=writing))
    acknowledged = await writing
    return [event for events in acknowledged for event in events], await following


async def _write(streams: EventStreamStore, path: str, name: str, count: int) -> list[StreamEvent]:
    acknowledged = []
    for number in range(count):
        event = f"{name}-{number}"
        offset = await outlasting(partial(streams.append_event, path, event))
        acknowledged.append(StreamEvent(event, offset))
        # An adapter that never suspends gives nobody else a turn.
        await asyncio.sleep(0)
    return acknowledged


async def _follow(
    streams: EventStreamStore, path: str, *, until: asyncio.Future[list[list[StreamEvent]]]
) -> list[StreamEvent]:
    seen: list[StreamEvent] = []
    position = START_OFFSET
    while True:
        over = until.done()
        page = await outlasting(
            partial(streams.read_events, path, ReadEventsOpts(offset=position, limit=5))
        )
        if not page.events and over:
            return seen
        if page.events and page.next_offset <= position:
            raise BrokenRule(
                about=f"a page of events after {position}",
                came_back=f"{page.next_offset} to continue from",
                expected="a later offset",
            )
        seen += page.events
        position = page.next_offset
        await asyncio.sleep(0)
