"""Appends to event streams that race with one another, with readers and with closes.

STREAM-38, STREAM-39, STREAM-40.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from flue_conformance.contract import (
    START_OFFSET,
    EventStreamMeta,
    EventStreamStore,
    JsonValue,
    ReadEventsOpts,
    StreamEvent,
)
from flue_conformance.specs.scenarios.following import written_and_followed
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import (
    Racer,
    attempted,
    errors,
    is_storage,
    outlasting,
    together,
)

PATH: Final = "runs/workflow:release:01JX3M5T9Z"


async def race_appends(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Append events through all handles at once; each is there at an offset of its own."""
    for number in range(rounds):
        path = f"runs/{number}"
        await handles[0].streams.create_stream(path)
        events = [f"{writer}-{each}" for writer in range(len(handles)) for each in range(4)]
        appends = [
            _appending(handles[place % len(handles)].streams, path, event)
            for place, event in enumerate(events)
        ]

        racers = await together(appends)

        expect.equal(errors(racers), [], "errors that outlasted contention")
        acknowledged = {
            racer.value: event for event, racer in zip(events, racers, strict=True) if racer.value
        }
        expect.equal(len(acknowledged), len(events), "distinct offsets of concurrent appends")
        stored = await read_all(handles[-1].streams, path)
        expect.equal(
            [each.offset for each in stored],
            sorted({each.offset for each in stored}),
            "the offsets read back, in order",
        )
        found = {each.offset: each.data for each in stored if each.offset in acknowledged}
        expect.equal(found, acknowledged, "acknowledged events")
        if all(racer.tries == 1 for racer in racers):
            expect.equal(len(stored), len(events), "events in the stream")


async def race_appends_with_a_reader(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Follow a stream while it is written through all handles; the reader misses nothing."""
    for number in range(rounds):
        path = f"runs/{number}"
        await handles[0].streams.create_stream(path)

        acknowledged, seen = await written_and_followed(
            [handle.streams for handle in handles],
            handles[number % len(handles)].streams,
            path,
            each=8,
        )

        offsets = [each.offset for each in seen]
        expect.equal(offsets, sorted(set(offsets)), "the offsets that the reader saw")
        missed = [each for each in acknowledged if each not in seen]
        expect.equal(missed, [], "acknowledged events that the reader missed")


async def race_appends_with_closes(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Append events while the stream is closed; each is there, or was refused."""
    for number in range(rounds):
        path = f"runs/{number}"
        await handles[0].streams.create_stream(path)
        closer = handles[number % len(handles)].streams
        events = [f"event-{place}" for place in range(2 * len(handles))]

        # Some begin a few turns of the loop later, and from round to round the close does, so that
        # it meets appends at different points.
        appends = [
            _behind(place % 4, attempted_append(handles[place % len(handles)].streams, path, event))
            for place, event in enumerate(events)
        ]
        _, outcomes = await asyncio.gather(
            after_turns(number, partial(closer.close_stream, path)), asyncio.gather(*appends)
        )

        stored = await read_all(handles[-1].streams, path)
        unknown = [each.error for each in outcomes if each.error and is_storage(each.error)]
        for event, outcome in zip(events, outcomes, strict=True):
            at = [each.offset for each in stored if each.data == event]
            if outcome.error is None:
                expect.equal(at, [outcome.value], f"where the acknowledged {event} can be read")
            # After a driver's error the outcome is unknown (section 0.1 of the contract).
            elif outcome.error not in unknown:
                expect.equal(at, [], f"where the refused {event} can be read")
        meta = await handles[-1].streams.get_stream_meta(path)
        tail = stored[-1].offset if stored else START_OFFSET
        # What raised so may have used an offset up. STREAM-09.
        if meta is None or not unknown:
            expect.equal(meta, EventStreamMeta(tail, closed=True), "the meta after the race")
        else:
            expect.true(meta.closed, "whether the stream is closed after the race")


async def read_all(streams: EventStreamStore, path: str = PATH) -> list[StreamEvent]:
    """Return the events of a stream that fits one page."""
    return list((await streams.read_events(path, ReadEventsOpts(limit=1000))).events)


def attempted_append(
    streams: EventStreamStore, path: str, event: JsonValue
) -> Awaitable[Racer[str]]:
    """Append an event once, which may be refused."""
    return attempted(lambda: streams.append_event(path, event))


async def after_turns(turns: int, call: Callable[[], Awaitable[None]]) -> None:
    """Make a call after so many turns of the loop, and again while it meets contention."""
    for _ in range(turns):
        await asyncio.sleep(0)
    await outlasting(call)


async def _behind(turns: int, racing: Awaitable[Racer[str]]) -> Racer[str]:
    for _ in range(turns):
        await asyncio.sleep(0)
    return await racing


def _appending(
    streams: EventStreamStore, path: str, event: JsonValue
) -> Callable[[], Awaitable[str]]:
    return lambda: streams.append_event(path, event)
