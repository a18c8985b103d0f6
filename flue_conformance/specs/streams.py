"""Event streams: what agents and runs of edition 0.11 say while they work."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Awaitable, Callable
from copy import deepcopy
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    MAX_INTEGER,
    START_OFFSET,
    TAIL_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    EventStreamStore,
    InvalidOffset,
    JsonValue,
    ReadEventsOpts,
    StreamClosed,
    StreamEvent,
    StreamMissing,
    format_offset,
)
from flue_conformance.specs.scenarios.listening import Listener
from flue_conformance.specs.scenarios.strategies import examples, json_values, texts
from flue_conformance.specs.scenarios.stream_races import (
    PATH,
    after_turns,
    attempted_append,
    race_appends,
    race_appends_with_a_reader,
    race_appends_with_closes,
    read_all,
)
from flue_conformance.specs.scenarios.tampering import tamper
from flue_conformance.specs.scenarios.values import ALIKE_TEXTS, fresh
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.racing import (
    ROUNDS,
    attempted,
    outlasting,
    together,
)
from flue_conformance.specs.support.verifies import requires, verifies

UNKNOWN: Final = EventStreamReadResult([], START_OFFSET, up_to_date=True, closed=False)
# Far enough for two digits to become three, the point at which text order and number order part.
MANY: Final = 105
_ENTRIES: Final = "flue_event_stream_entries"


def numbered(number: int) -> dict[str, JsonValue]:
    """Return the event with this number."""
    return {"type": "text_delta", "number": number}


async def stream_of(streams: EventStreamStore, count: int, path: str = PATH) -> list[StreamEvent]:
    """Create a stream with so many events and return them with their offsets."""
    await streams.create_stream(path)
    return [
        StreamEvent(numbered(number), await streams.append_event(path, numbered(number)))
        for number in range(count)
    ]


async def read_by_pages(streams: EventStreamStore, limit: int, most: int) -> list[StreamEvent]:
    """Read a stream page by page until it is up to date, at most so many pages."""
    found: list[StreamEvent] = []
    offset = START_OFFSET
    for _ in range(most):
        result = await streams.read_events(PATH, ReadEventsOpts(offset, limit))
        found += result.events
        if result.up_to_date:
            break
        offset = result.next_offset
    return found


def page(
    events: list[StreamEvent], next_offset: str, *, up_to_date: bool = True, closed: bool = False
) -> EventStreamReadResult:
    """Return a page of an open stream that ends at the tail, unless told otherwise."""
    return EventStreamReadResult(events, next_offset, up_to_date, closed)


def unserialisable() -> list[Any]:
    """Return values that have no JSON text, not even in a lenient writer."""
    endless: list[object] = []
    endless.append(endless)
    return [object(), {1, 2}, b"bytes", endless, {"type": "log", "data": [1, {"deep": object()}]}]


def offset_after(events: list[StreamEvent]) -> str:
    """Return where a reader of these events continues."""
    return events[-1].offset if events else START_OFFSET


async def let_listeners_be_told(streams: EventStreamStore) -> None:
    """Let an adapter make the calls that it had put off until the next turn of the loop."""
    await streams.get_stream_meta("runs/none")
    await asyncio.sleep(0)


@verifies("STREAM-01")
async def test_a_new_stream_is_empty_and_open(streams: EventStreamStore, expect: Expect) -> None:
    await streams.create_stream(PATH)

    expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(START_OFFSET, closed=False))
    expect.equal(await streams.read_events(PATH), page([], START_OFFSET), "the new stream")


@verifies("STREAM-01")
async def test_creating_a_stream_again_changes_nothing(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 3)
    await streams.create_stream(PATH)
    expect.equal(await streams.read_events(PATH), page(events, events[2].offset), "an open stream")
    expect.equal(
        await streams.append_event(PATH, numbered(3)), format_offset(3), "the next event's offset"
    )

    await streams.close_stream(PATH)
    closed = await streams.get_stream_meta(PATH), await streams.read_events(PATH)
    await streams.create_stream(PATH)
    expect.equal(
        (await streams.get_stream_meta(PATH), await streams.read_events(PATH)),
        closed,
        "a closed stream",
    )
    await expect.raises(streams.append_event(PATH, 5), StreamClosed, "append to the closed stream")


@verifies("STREAM-01")
async def test_creating_a_closed_stream_without_events_changes_nothing(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    await streams.close_stream(PATH)

    await streams.create_stream(PATH)

    expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(START_OFFSET, closed=True))
    expect.equal(await streams.read_events(PATH), page([], START_OFFSET, closed=True))


@verifies("STREAM-01")
async def test_creating_a_stream_of_another_handle_changes_nothing(
    streams: EventStreamStore, peer: Handle, expect: Expect
) -> None:
    events = await stream_of(streams, 3)
    whole = page(events, events[-1].offset)

    await peer.streams.create_stream(PATH)
    expect.equal(await streams.read_events(PATH), whole, "an open stream")
    last = StreamEvent(numbered(3), await peer.streams.append_event(PATH, numbered(3)))
    whole = page([*events, last], format_offset(3), closed=True)
    await streams.close_stream(PATH)
    await peer.streams.create_stream(PATH)
    expect.equal(await streams.read_events(PATH), whole, "a closed stream")


@verifies("STREAM-02")
async def test_the_meta_tells_the_last_offset_and_whether_the_stream_is_closed(
    streams: EventStreamStore, expect: Expect
) -> None:
    expect.none(await streams.get_stream_meta(PATH), "the meta of an unknown stream")
    await streams.create_stream(PATH)
    expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(START_OFFSET, closed=False))

    for number in range(12):
        last = await streams.append_event(PATH, numbered(number))
        expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(last, closed=False))

    await streams.close_stream(PATH)
    expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(last, closed=True))


@verifies("STREAM-02")
async def test_an_empty_stream_can_be_closed(streams: EventStreamStore, expect: Expect) -> None:
    await streams.create_stream(PATH)

    await streams.close_stream(PATH)

    expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(START_OFFSET, closed=True))
    expect.equal(await streams.read_events(PATH), page([], START_OFFSET, closed=True))


@verifies("STREAM-03")
async def test_offsets_count_up_from_zero_in_each_stream(
    streams: EventStreamStore, expect: Expect
) -> None:
    paths = (PATH, "agents/triage/agent-1")
    for path in paths:
        await streams.create_stream(path)

    for number in range(12):
        for path in paths:
            offset = await streams.append_event(path, numbered(number))
            expect.equal(offset, format_offset(number), f"the offset of event {number} of {path}")
    for path in paths:
        offsets = [each.offset for each in await read_all(streams, path)]
        expect.equal(offsets, [format_offset(number) for number in range(12)], f"read from {path}")


@verifies("STREAM-04")
async def test_offsets_grow_and_are_never_given_twice(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    offsets = []
    for number in range(MANY):
        # A failed append may use a number up, but nobody may get it again.
        if number % 10 == 3:
            await attempted(lambda: streams.append_event(PATH, object()))
        offsets.append(await streams.append_event(PATH, numbered(number)))

    expect.equal(offsets, sorted(set(offsets)), "offsets as text")
    sequences = [int(offset.partition("_")[2]) for offset in offsets]
    expect.equal(sequences, sorted(set(sequences)), "offsets as numbers")
    expect.equal([each.offset for each in await read_all(streams)], offsets, "offsets read back")


@verifies("STREAM-05")
async def test_an_unknown_stream_takes_no_event(streams: EventStreamStore, expect: Expect) -> None:
    await stream_of(streams, 1, "runs/10")

    for unknown in ("runs/1", "runs/100", "runs/", "RUNS/10", "runs%10", ""):
        about = f"append to {unknown!r}"
        await expect.raises(streams.append_event(unknown, {"type": "log"}), StreamMissing, about)
        expect.none(await streams.get_stream_meta(unknown), f"the meta after an {about}")
        expect.equal(await streams.read_events(unknown), UNKNOWN, f"a read after an {about}")


@verifies("STREAM-06")
async def test_a_closed_stream_takes_no_event(streams: EventStreamStore, expect: Expect) -> None:
    events = await stream_of(streams, 12)
    await streams.close_stream(PATH)
    meta = EventStreamMeta(events[-1].offset, closed=True)

    for late in ({"type": "log"}, None, "late"):
        await expect.raises(
            streams.append_event(PATH, late), StreamClosed, "append to the closed stream"
        )
        expect.equal(await streams.get_stream_meta(PATH), meta, "the meta afterwards")
        expect.equal(await read_all(streams), events, "the events afterwards")


@verifies("STREAM-06")
async def test_a_stream_closed_before_its_first_event_takes_none(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    await streams.close_stream(PATH)

    await expect.raises(streams.append_event(PATH, "late"), StreamClosed, "append")
    expect.equal(await streams.get_stream_meta(PATH), EventStreamMeta(START_OFFSET, closed=True))
    expect.equal(await streams.read_events(PATH), page([], START_OFFSET, closed=True))


@verifies("STREAM-06")
async def test_a_stream_that_another_handle_closed_takes_no_event(
    streams: EventStreamStore, peer: Handle, expect: Expect
) -> None:
    events = await stream_of(streams, 3)
    await peer.streams.close_stream(PATH)

    await expect.raises(streams.append_event(PATH, "late"), StreamClosed, "append")
    closed = page(events, events[-1].offset, closed=True)
    expect.equal(await streams.read_events(PATH), closed, "the stream afterwards")


@verifies("STREAM-07")
async def test_any_kind_of_json_value_is_an_event(
    streams: EventStreamStore, expect: Expect
) -> None:
    events: list[JsonValue] = [
        None,
        False,
        True,
        0,
        -1,
        0.1,
        2**53 - 1,
        "",
        "null",
        '{"a": 1}',
        [],
        {},
        {"type": "log", "none": None, "nested": [[], {}, [None]]},
        'quote " backslash \\ \u0000 \u2028 日本語 😀 \ud83d',
    ]
    await streams.create_stream(PATH)

    for each in events:
        await streams.append_event(PATH, each)

    expect.equal([each.data for each in await read_all(streams)], events, "the events' data")


@verifies("STREAM-07")
@examples(8)
@given(values=st.lists(json_values(10), min_size=1, max_size=5))
async def test_any_json_comes_back_equal(
    streams: EventStreamStore, expect: Expect, values: list[JsonValue]
) -> None:
    path = fresh("runs/example")
    await streams.create_stream(path)

    for value in values:
        await streams.append_event(path, value)

    expect.equal([each.data for each in await read_all(streams, path)], values, "the events' data")


@verifies("STREAM-07")
async def test_an_event_of_two_mib_is_stored(streams: EventStreamStore, expect: Expect) -> None:
    large = {"type": "turn", "text": "日" * (2 * 1024 * 1024 // 3), "after": None}
    await streams.create_stream(PATH)

    await streams.append_event(PATH, large)

    stored = await read_all(streams)
    expect.that(
        [each.data for each in stored] == [large],
        came_back=f"{len(stored)} events",
        expected="the event as it was appended",
        about="an event of 2 MiB",
    )


@verifies("STREAM-08")
@requires("same process")
async def test_what_has_no_json_text_is_refused_and_leaves_the_stream_as_it_was(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 2)
    meta = await streams.get_stream_meta(PATH)

    for value in unserialisable():
        about = f"append of a {type(value).__name__} that has no JSON text"
        await expect.raises(streams.append_event(PATH, value), about=about)
        expect.equal(await streams.get_stream_meta(PATH), meta, f"the meta after an {about}")
        expect.equal(
            await streams.read_events(PATH), page(events, events[-1].offset), f"after an {about}"
        )

    last = StreamEvent(numbered(2), await streams.append_event(PATH, numbered(2)))
    expect.equal(await read_all(streams), [*events, last], "after the next append")


@verifies("STREAM-09")
@requires("same process")
async def test_a_failed_append_consumes_no_offset(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)

    for number, value in enumerate(unserialisable()):
        await attempted(partial(streams.append_event, PATH, value))
        offset = await streams.append_event(PATH, numbered(number))
        about = f"the offset after a failed append of a {type(value).__name__}"
        expect.equal(offset, format_offset(number), about)


@verifies("STREAM-09")
async def test_an_append_that_the_database_refuses_consumes_no_offset(
    streams: EventStreamStore, planter: Planter, expect: Expect
) -> None:
    events = await stream_of(streams, 2)
    in_the_way = {"path": PATH, "seq": 2}
    await planter.insert(_ENTRIES, **in_the_way, data="null")
    refused = await attempted(partial(streams.append_event, PATH, "refused"))
    await planter.delete(_ENTRIES, **in_the_way)
    if refused.error is None:
        pytest.skip("not applicable: the adapter appends past an event that is in the way")

    offset = await streams.append_event(PATH, numbered(2))

    expect.equal(offset, format_offset(2), "the offset after an append that the database refused")
    expect.equal(await read_all(streams), [*events, StreamEvent(numbered(2), offset)], "the events")


@verifies("STREAM-10")
@requires("same process")
async def test_an_event_is_stored_as_it_was_when_the_append_began(
    streams: EventStreamStore, expect: Expect
) -> None:
    # So many turns of the loop later its caller changes it: at once, or when it is long stored.
    for turns in (1, 2, 4, 8, None):
        path = f"runs/{turns}"
        await streams.create_stream(path)
        event = {"type": "log", "lines": ["one", {"two": 2}], "nested": {"deep": {"n": [1]}}}
        as_it_was = deepcopy(event)

        append = asyncio.ensure_future(streams.append_event(path, event))
        for _ in range(turns or 0):
            await asyncio.sleep(0)
        if turns is None:
            await append
        expect.own_change(event)
        tamper(event)
        await append

        about = f"an event that was changed after {turns or 'all'} turns of the loop"
        expect.equal([each.data for each in await read_all(streams, path)], [as_it_was], about)


@verifies("STREAM-10")
@requires("same process")
async def test_changing_an_event_that_was_read_changes_nothing(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 2)

    for _ in range(2):
        for each in await read_all(streams):
            tamper(each.data)

    expect.equal(await read_all(streams), events, "the events afterwards")


@verifies("STREAM-11")
async def test_appends_issued_without_waiting_keep_their_order(
    streams: EventStreamStore, expect: Expect
) -> None:
    for number in range(ROUNDS):
        path = f"runs/{number}"
        await streams.create_stream(path)
        # Large and small by turns: the small ones must not overtake.
        events = [
            {"number": at, "padding": "x" * (100_000 if at % 5 == 0 else 0)} for at in range(16)
        ]

        outcomes = await asyncio.gather(*(attempted_append(streams, path, each) for each in events))

        acknowledged = {
            outcome.value: event["number"]
            for event, outcome in zip(events, outcomes, strict=True)
            if outcome.value is not None
        }
        offsets = list(acknowledged)
        expect.equal(offsets, sorted(offsets), "offsets in the order of issue")
        stored = await read_all(streams, path)
        expect.equal(
            [each.data["number"] for each in stored if each.offset in acknowledged],
            list(acknowledged.values()),
            "the events' order in the stream",
        )


@verifies("STREAM-12")
async def test_a_read_begins_after_the_offset_or_at_the_beginning(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 14)
    tail = events[-1].offset

    expect.equal(await streams.read_events(PATH), page(events, tail), "without options")
    for start in (None, START_OFFSET):
        result = await streams.read_events(PATH, ReadEventsOpts(offset=start))
        expect.equal(result, page(events, tail), f"from {start}")
    for position, each in enumerate(events):
        result = await streams.read_events(PATH, ReadEventsOpts(offset=each.offset))
        expect.equal(result, page(events[position + 1 :], tail), f"after {each.offset}")


@verifies("STREAM-12")
async def test_a_read_across_gaps_misses_no_event(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    events: list[StreamEvent] = []
    for number in range(24):
        # A failed append may use an offset up; positions and numbers of events part there.
        if number % 4 == 2:
            await attempted(lambda: streams.append_event(PATH, object()))
        offset = await streams.append_event(PATH, numbered(number))
        events.append(StreamEvent(numbered(number), offset))

    for position, each in enumerate(events):
        result = await streams.read_events(PATH, ReadEventsOpts(offset=each.offset))
        expect.equal(result.events, events[position + 1 :], f"events after {each.offset}")
    for limit in (1, 5):
        found = await read_by_pages(streams, limit, most=24 // limit + 1)
        expect.equal(found, events, f"events in pages of {limit}")


@verifies("STREAM-13")
async def test_now_is_the_tail(streams: EventStreamStore, expect: Expect) -> None:
    await streams.create_stream(PATH)
    from_now = ReadEventsOpts(offset=TAIL_OFFSET)
    expect.equal(await streams.read_events(PATH, from_now), page([], START_OFFSET), "when empty")

    for number in range(12):
        tail = await streams.append_event(PATH, numbered(number))
        result = await streams.read_events(PATH, from_now)
        expect.equal(result, page([], tail), f"after event {number}")
    limited = await streams.read_events(PATH, ReadEventsOpts(offset=TAIL_OFFSET, limit=1))
    expect.equal(limited, page([], tail), "with a limit")

    await streams.close_stream(PATH)
    result = await streams.read_events(PATH, from_now)
    expect.equal(result, page([], tail, closed=True), "after the end")


@verifies("STREAM-13")
async def test_a_reader_that_starts_now_gets_what_comes_next(
    streams: EventStreamStore, expect: Expect
) -> None:
    for count in (0, 3):
        path = f"runs/{count}"
        await stream_of(streams, count, path)
        begun = await streams.read_events(path, ReadEventsOpts(offset=TAIL_OFFSET))

        following = StreamEvent("next", await streams.append_event(path, "next"))

        result = await streams.read_events(path, ReadEventsOpts(offset=begun.next_offset))
        expect.equal(result, page([following], following.offset), f"after {count} earlier events")


@verifies("STREAM-14")
async def test_the_next_offset_is_where_the_page_ended(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 12)

    for limit in (1, 5, 11, 12, 13):
        result = await streams.read_events(PATH, ReadEventsOpts(limit=limit))
        last = events[:limit][-1].offset
        expect.equal(result.next_offset, last, f"after a page of {limit}")
    middle = ReadEventsOpts(offset=events[3].offset, limit=4)
    result = await streams.read_events(PATH, middle)
    expect.equal(result.next_offset, events[7].offset, "after a page in the middle")


@verifies("STREAM-14")
async def test_without_events_the_next_offset_is_the_position_asked_for(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    for start in (None, START_OFFSET):
        result = await streams.read_events(PATH, ReadEventsOpts(offset=start))
        expect.equal(result.next_offset, START_OFFSET, f"an empty stream from {start}")

    tail = (await stream_of(streams, 12))[-1].offset
    result = await streams.read_events(PATH, ReadEventsOpts(offset=tail))
    expect.equal(result.next_offset, tail, "a read from the tail")


@verifies("STREAM-15")
async def test_a_page_is_up_to_date_when_nothing_follows_it(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 12)
    # An adapter may leave a gap here; what follows the last event is still nothing.
    await attempted(lambda: streams.append_event(PATH, object()))
    starts = [START_OFFSET, *(each.offset for each in events)]

    for position, start in enumerate(starts):
        for limit in (1, 2, 5, 11, 12, 13, 1000):
            rest = events[position:]
            result = await streams.read_events(PATH, ReadEventsOpts(offset=start, limit=limit))
            last = rest[:limit][-1].offset if rest else start
            expected = page(rest[:limit], last, up_to_date=len(rest) <= limit)
            expect.equal(result, expected, f"at most {limit} events after {start}")


@verifies("STREAM-15")
async def test_a_page_of_the_default_size_is_up_to_date_when_nothing_follows_it(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 100)
    whole = page(events, events[-1].offset)

    for opts in (None, ReadEventsOpts(), ReadEventsOpts(START_OFFSET), ReadEventsOpts(limit=100)):
        expect.equal(await streams.read_events(PATH, opts), whole, f"read with {opts}")
    last = StreamEvent(numbered(100), await streams.append_event(PATH, numbered(100)))
    more = page(events, events[-1].offset, up_to_date=False)
    expect.equal(await streams.read_events(PATH), more, "with one event more")
    rest = page([*events[1:], last], last.offset)
    after_the_first = ReadEventsOpts(events[0].offset)
    expect.equal(await streams.read_events(PATH, after_the_first), rest, "after the first event")


@verifies("STREAM-16")
async def test_an_unknown_stream_reads_as_empty(streams: EventStreamStore, expect: Expect) -> None:
    await stream_of(streams, 2, "runs/10")
    await streams.close_stream("runs/10")
    offsets = (None, START_OFFSET, TAIL_OFFSET, format_offset(0), format_offset(7), "abc", "", "-2")

    for offset in offsets:
        for path in ("runs/1", "runs/100", "RUNS/10", PATH):
            result = await streams.read_events(path, ReadEventsOpts(offset=offset, limit=5))
            expect.equal(result, UNKNOWN, f"unknown {path!r} from {offset!r}")


@verifies("STREAM-17")
async def test_every_page_of_a_closed_stream_says_so(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 12)
    await streams.close_stream(PATH)

    for limit in (1, 5, 11, 12, 13):
        result = await streams.read_events(PATH, ReadEventsOpts(limit=limit))
        last = events[:limit][-1].offset
        expected = page(events[:limit], last, up_to_date=limit >= len(events), closed=True)
        expect.equal(result, expected, f"the first {limit} of {len(events)} events")
    at_the_end = ReadEventsOpts(offset=events[-1].offset)
    expect.equal(
        await streams.read_events(PATH, at_the_end),
        page([], events[-1].offset, closed=True),
        "the end of the stream",
    )


@verifies("STREAM-18")
async def test_an_offset_that_is_none_is_refused(streams: EventStreamStore, expect: Expect) -> None:
    events = await stream_of(streams, 3)
    await streams.create_stream("runs/empty")
    await stream_of(streams, 1, "runs/closed")
    await streams.close_stream("runs/closed")

    for path in (PATH, "runs/empty", "runs/closed"):
        for offset in ("abc", "", "-2", "0_", "0_-3"):
            read = streams.read_events(path, ReadEventsOpts(offset=offset))
            await expect.raises(read, InvalidOffset, f"a read of {path!r} from {offset!r}")
    expect.equal(await read_all(streams), events, "the events afterwards")


@verifies("STREAM-19")
async def test_short_offsets_are_read_as_their_sequence_or_refused(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 4)
    forms = {"2": 2, "3": 3, "0_2": 2, "0_3": 3, "9_1": 1}

    for offset, sequence in forms.items():
        rest = events[sequence + 1 :]
        following = page(rest, events[-1].offset)
        result = await attempted(partial(streams.read_events, PATH, ReadEventsOpts(offset=offset)))
        expect.permitted(
            {
                f"read as sequence {sequence}": first_difference(result.value, following) is None,
                "refused": result.error is not None,
            },
            came_back=result.value,
            about=f"the offset {offset!r}",
        )


@verifies("STREAM-20")
async def test_beyond_the_tail_there_is_nothing_yet(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream("runs/empty")
    await stream_of(streams, 3, "runs/open")
    await stream_of(streams, 1, "runs/closed")
    await streams.close_stream("runs/closed")

    for path in ("runs/empty", "runs/open", "runs/closed"):
        for sequence in (3, 10, 1000, MAX_INTEGER):
            beyond = format_offset(sequence)
            result = await streams.read_events(path, ReadEventsOpts(offset=beyond, limit=2))
            nothing = page([], beyond, closed=path == "runs/closed")
            expect.equal(result, nothing, f"{path} after {beyond}")


@verifies("STREAM-21")
async def test_a_page_has_a_hundred_events_unless_told(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, MANY)

    first = page(events[:100], events[99].offset, up_to_date=False)
    expect.equal(await streams.read_events(PATH), first, "without options")
    expect.equal(await streams.read_events(PATH, ReadEventsOpts()), first, "without a limit")
    for start in range(4):
        after = ReadEventsOpts(offset=events[start].offset)
        second = page(events[start + 1 : start + 101], events[start + 100].offset, up_to_date=False)
        expect.equal(await streams.read_events(PATH, after), second, f"after event {start}")
    rest = await streams.read_events(PATH, ReadEventsOpts(offset=first.next_offset))
    expect.equal(rest, page(events[100:], events[-1].offset), "the second page")


@verifies("STREAM-21")
async def test_a_page_has_at_most_a_thousand_events(
    streams: EventStreamStore, expect: Expect
) -> None:
    await stream_of(streams, 1000)
    for limit in (1000, 1001, 5000):
        result = await streams.read_events(PATH, ReadEventsOpts(limit=limit))
        expect.equal(len(result.events), 1000, f"events of a page of {limit}")
        expect.true(result.up_to_date, f"whether a page of {limit} that has all is up to date")

    await streams.append_event(PATH, numbered(1000))
    for limit in (1000, 1001, 5000, 2**31):
        result = await streams.read_events(PATH, ReadEventsOpts(limit=limit))
        expect.equal(len(result.events), 1000, f"events of a page of {limit}")
        expect.equal(result.next_offset, format_offset(999), f"the end of a page of {limit}")
        expect.false(result.up_to_date, f"whether a page of {limit} is up to date")


@verifies("STREAM-22")
async def test_a_limit_of_zero_gives_nothing_or_the_usual_page(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 3)
    tail = events[-1].offset
    starts = {
        "the beginning": (START_OFFSET, events),
        "the first event": (events[0].offset, events[1:]),
        "the tail": (tail, []),
    }

    for about, (start, rest) in starts.items():
        result = await streams.read_events(PATH, ReadEventsOpts(offset=start, limit=0))
        no_events = page([], start, up_to_date=not rest)
        usual = page(rest, tail)
        expect.permitted(
            {
                "no events": first_difference(result, no_events) is None,
                "the usual page": first_difference(result, usual) is None,
            },
            came_back=result,
            about=f"a limit of 0 after {about}",
        )


@verifies("STREAM-23")
async def test_a_negative_limit_gives_less_than_all_or_is_refused(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 4)
    # Whoever follows the stream must learn that there is more.
    pages = [
        page(events[:size], offset_after(events[:size]), up_to_date=False) for size in range(4)
    ]

    for limit in (-1, -2, -1000):
        result = await attempted(partial(streams.read_events, PATH, ReadEventsOpts(limit=limit)))
        expect.permitted(
            {
                "refused": result.error is not None,
                "an empty page": first_difference(result.value, pages[0]) is None,
                "a truncated page": any(
                    first_difference(result.value, each) is None for each in pages[1:]
                ),
            },
            came_back=result.value,
            about=f"a limit of {limit}",
        )
    expect.equal(await read_all(streams), events, "the events afterwards")


@verifies("STREAM-23")
async def test_a_limit_that_is_no_integer_is_refused(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 4)

    for limit in (1.5, 0.5, math.nan):
        result = await attempted(partial(streams.read_events, PATH, ReadEventsOpts(limit=limit)))
        expect.permitted(
            {"refused": result.error is not None},
            came_back=result.value,
            about=f"a limit of {limit}",
        )
    expect.equal(await read_all(streams), events, "the events afterwards")


@verifies("STREAM-24")
async def test_closing_is_final_and_can_be_repeated(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 3)

    for times in ("once", "twice", "three times"):
        await streams.close_stream(PATH)
        expected = page(events, events[-1].offset, closed=True)
        expect.equal(await streams.read_events(PATH), expected, f"closed {times}")
    await expect.raises(streams.append_event(PATH, "late"), StreamClosed, "append afterwards")


@verifies("STREAM-24")
async def test_closing_an_unknown_stream_creates_nothing(
    streams: EventStreamStore, expect: Expect
) -> None:
    await stream_of(streams, 1, "runs/10")

    for unknown in ("runs/1", "runs/100", "runs/%", "RUNS/10"):
        await streams.close_stream(unknown)
        expect.none(await streams.get_stream_meta(unknown), f"the meta of {unknown!r}")
        expect.equal(await streams.read_events(unknown), UNKNOWN, f"a read of {unknown!r}")
    meta = await streams.get_stream_meta("runs/10")
    expect.equal(meta, EventStreamMeta(format_offset(0), closed=False), "the stream beside it")
    await streams.create_stream("runs/1")
    expect.equal(
        await streams.get_stream_meta("runs/1"),
        EventStreamMeta(START_OFFSET, closed=False),
        "a stream created after it was closed",
    )


@verifies("STREAM-25")
async def test_a_deleted_stream_is_unknown(streams: EventStreamStore, expect: Expect) -> None:
    for path, closed in (("runs/open", False), ("runs/closed", True)):
        await stream_of(streams, 12, path)
        if closed:
            await streams.close_stream(path)

        await streams.delete_stream(path)

        expect.none(await streams.get_stream_meta(path), f"the meta of deleted {path}")
        for offset in (None, TAIL_OFFSET, format_offset(3), "abc"):
            result = await streams.read_events(path, ReadEventsOpts(offset=offset))
            expect.equal(result, UNKNOWN, f"a read of deleted {path} from {offset}")
        await expect.raises(
            streams.append_event(path, 1), StreamMissing, f"append to deleted {path}"
        )


@verifies("STREAM-25")
async def test_a_stream_created_anew_starts_at_zero(
    streams: EventStreamStore, expect: Expect
) -> None:
    # Some events, and more than fit a batch of most.
    for path, count, closed in (("runs/open", 12, False), ("runs/closed", MANY, True)):
        await stream_of(streams, count, path)
        if closed:
            await streams.close_stream(path)
        await streams.delete_stream(path)

        await streams.create_stream(path)

        meta = await streams.get_stream_meta(path)
        expect.equal(meta, EventStreamMeta(START_OFFSET, closed=False), f"the new {path}")
        expect.equal(await streams.read_events(path), page([], START_OFFSET), f"the new {path}")
        first = StreamEvent("new", await streams.append_event(path, "new"))
        expect.equal(first.offset, format_offset(0), f"the first offset of the new {path}")
        expect.equal(await read_all(streams, path), [first], f"events of the new {path}")


@verifies("STREAM-25")
async def test_a_stream_that_another_handle_deleted_is_unknown(
    streams: EventStreamStore, peer: Handle, expect: Expect
) -> None:
    await stream_of(streams, 3)
    await peer.streams.delete_stream(PATH)

    await expect.raises(streams.append_event(PATH, "late"), StreamMissing, "append")
    expect.none(await streams.get_stream_meta(PATH), "the meta afterwards")
    expect.equal(await streams.read_events(PATH), UNKNOWN, "a read afterwards")
    await peer.streams.create_stream(PATH)
    first = StreamEvent("new", await streams.append_event(PATH, "new"))
    expect.equal(first.offset, format_offset(0), "the first offset of the new stream")
    expect.equal(await read_all(streams), [first], "events of the new stream")


@verifies("STREAM-25")
async def test_deleting_an_unknown_stream_does_nothing(
    streams: EventStreamStore, expect: Expect
) -> None:
    events = await stream_of(streams, 3, "runs/10")

    for unknown in ("runs/1", "runs/100", "runs/%", "runs/__", "RUNS/10", ""):
        await streams.delete_stream(unknown)
        expect.none(await streams.get_stream_meta(unknown), f"the meta of {unknown!r}")
    expect.equal(await read_all(streams, "runs/10"), events, "the stream beside them")


@verifies("STREAM-26")
async def test_a_stream_created_anew_shows_no_event_of_the_deleted_one(
    handles: list[Handle], expect: Expect
) -> None:
    for number in range(ROUNDS):
        path = f"runs/{number}"
        deleter = handles[number % len(handles)].streams
        await stream_of(deleter, 2, path)
        appends = [
            attempted_append(handle.streams, path, f"{place}-{each}")
            for each in range(2)
            for place, handle in enumerate(handles)
        ]

        # From round to round a few turns of the loop later, so that it meets appends at
        # different points.
        await asyncio.gather(
            after_turns(number % 8, partial(deleter.delete_stream, path)), asyncio.gather(*appends)
        )

        await outlasting(partial(deleter.create_stream, path))
        for place, handle in enumerate(handles):
            about = f"the stream created anew, as handle {place} sees it"
            expect.equal(await handle.streams.read_events(path), page([], START_OFFSET), about)
        first = StreamEvent("new", await deleter.append_event(path, "new"))
        expect.equal(await read_all(handles[-1].streams, path), [first], "after a first append")


_PATHS: Final = (
    *ALIKE_TEXTS,
    "runs/a",
    "runs/ab",
    "runs/a/",
    "runs/a/b",
    "runs/a/../a",
    "runs//a",
    "runs%2Fa",
    "runs/a?b=1#c",
    "agents/triage/日本語 😀",
    "'; DROP TABLE flue_event_streams; --",
)


@verifies("STREAM-27")
async def test_paths_that_differ_in_anything_are_different_streams(
    streams: EventStreamStore, expect: Expect
) -> None:
    for path in _PATHS:
        await streams.create_stream(path)
    # Events only after all were created: two paths taken for one would share their counter.
    for path in _PATHS:
        await streams.append_event(path, {"path": path})

    for path in _PATHS:
        own = [StreamEvent({"path": path}, format_offset(0))]
        expect.equal(await read_all(streams, path), own, f"events of {path!r}")

    closed, deleted, kept = _PATHS[::3], _PATHS[1::3], _PATHS[2::3]
    for path in closed:
        await streams.close_stream(path)
    for path in deleted:
        await streams.delete_stream(path)
    for paths, expected in (
        (closed, EventStreamMeta(format_offset(0), closed=True)),
        (deleted, None),
        (kept, EventStreamMeta(format_offset(0), closed=False)),
    ):
        for path in paths:
            expect.equal(await streams.get_stream_meta(path), expected, f"the meta of {path!r}")


@verifies("STREAM-27")
@examples(8)
@given(text=texts())
async def test_any_text_is_a_path(streams: EventStreamStore, expect: Expect, text: str) -> None:
    path = f"{fresh('runs')}/{text}"
    events = await stream_of(streams, 2, path)

    expect.equal(await read_all(streams, path), events, f"events of {path!r}")


@verifies("STREAM-27")
async def test_a_listener_hears_its_own_path_alone(
    streams: EventStreamStore, expect: Expect
) -> None:
    for path in _PATHS:
        await streams.create_stream(path)
    listeners = {path: Listener() for path in _PATHS}
    for path, listener in listeners.items():
        streams.subscribe(path, listener)

    for path, listener in listeners.items():
        before = {other: each.count for other, each in listeners.items() if other != path}
        await streams.append_event(path, {"path": path})
        listener.must_have_heard(f"an append to {path!r}")
        after = {other: each.count for other, each in listeners.items() if other != path}
        expect.equal(after, before, f"calls of other paths' listeners at an append to {path!r}")


@verifies("STREAM-28")
async def test_a_path_can_be_subscribed_to_before_it_exists(
    streams: EventStreamStore, expect: Expect
) -> None:
    listener = Listener()

    unsubscribe = streams.subscribe(PATH, listener)

    expect.that(
        callable(unsubscribe),
        came_back=unsubscribe,
        expected="a function that ends the subscription, at once and not to be awaited",
        about="subscribe",
    )
    for when in ("at once", "a turn later"):
        expect.none(await streams.get_stream_meta(PATH), f"the meta of the path, {when}")
    await streams.create_stream(PATH)
    await streams.append_event(PATH, numbered(0))
    listener.must_have_heard("the first append to a path created after the subscription")


@verifies("STREAM-29")
async def test_each_listener_was_called_when_an_append_or_a_close_returns(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    listeners = [Listener() for _ in range(3)]
    for listener in listeners:
        streams.subscribe(PATH, listener)

    async def expect_calls(change: Awaitable[object], about: str) -> None:
        before = [listener.count for listener in listeners]
        await change
        for listener, calls in zip(listeners, before, strict=True):
            listener.must_have_heard(about, since=calls)

    for number in range(12):
        await expect_calls(streams.append_event(PATH, numbered(number)), f"append {number}")
    await expect_calls(streams.close_stream(PATH), "close")
    for listener in listeners:
        expect.equal(listener.given, [], "the arguments of the calls")


@verifies("STREAM-29")
async def test_each_of_many_concurrent_appends_calls_the_listener(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    listener = Listener()
    streams.subscribe(PATH, listener)

    def heard(number: int) -> Callable[[], Awaitable[bool]]:
        async def append() -> bool:
            before = listener.count
            await streams.append_event(PATH, numbered(number))
            return listener.count > before

        return append

    for number in range(ROUNDS):
        racers = await together([heard(8 * number + each) for each in range(8)])
        # One call may stand for several events, as long as it came while each was appended.
        expect.false(
            any(racer.value is False for racer in racers), "whether an append returned unheard"
        )


@verifies("STREAM-29")
async def test_the_event_is_readable_inside_the_listener(
    streams: EventStreamStore, peer: Handle, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    for name, reader in (("the same store", streams), ("another handle", peer.streams)):
        reads: list[asyncio.Task[list[StreamEvent]]] = []

        def read_now(reader: EventStreamStore = reader, reads: list[Any] = reads) -> None:
            reads.append(asyncio.ensure_future(outlasting(lambda: read_all(reader))))

        unsubscribe = streams.subscribe(PATH, Listener(read_now))
        for number in range(ROUNDS):
            reads.clear()
            offset = await _append_through_contention(streams, f"{name} {number}")
            # An adapter may call more often than it has to: one of the calls is this event's.
            last = [(each.data, each.offset) for read in reads for each in (await read)[-1:]]
            expect.that(
                (f"{name} {number}", offset) in last,
                came_back=last,
                expected=f"the event at {offset}",
                about=f"the end of the stream, read through {name} inside the listener",
            )
        unsubscribe()


async def _append_through_contention(streams: EventStreamStore, event: JsonValue) -> str:
    return await outlasting(lambda: streams.append_event(PATH, event))


@verifies("STREAM-29")
@requires("same process")
async def test_a_listener_is_held_by_its_subscription(
    streams: EventStreamStore, ledger: Ledger, expect: Expect
) -> None:
    heard: list[str] = []
    await streams.create_stream(PATH)
    streams.subscribe(PATH, lambda: heard.append("a function"))
    streams.subscribe(PATH, partial(heard.append, "a partial function"))
    streams.subscribe(PATH, Listener(lambda: heard.append("a method")).__call__)
    # Our record of the calls would hold them too.
    del ledger.calls[-3:]
    gc.collect()

    await streams.append_event(PATH, numbered(0))

    listeners = {"a function", "a method", "a partial function"}
    expect.equal(sorted(set(heard)), sorted(listeners), "who was called that nobody else holds")


@verifies("STREAM-29")
@requires("same process")
async def test_a_listener_that_raised_is_called_again(streams: EventStreamStore) -> None:
    def fail() -> None:
        raise RuntimeError("this listener fails on purpose")

    await streams.create_stream(PATH)
    listener = Listener(fail)
    streams.subscribe(PATH, listener)

    for number in range(3):
        calls = listener.count
        await streams.append_event(PATH, numbered(number))
        listener.must_have_heard(f"append {number}", since=calls)
    calls = listener.count
    await streams.close_stream(PATH)
    listener.must_have_heard("close", since=calls)


@verifies("STREAM-29")
async def test_a_listener_that_left_can_come_back(streams: EventStreamStore) -> None:
    await streams.create_stream(PATH)
    listener = Listener()

    for number in range(3):
        unsubscribe = streams.subscribe(PATH, listener)
        calls = listener.count
        await streams.append_event(PATH, numbered(number))
        listener.must_have_heard(f"append {number}, subscribed anew", since=calls)
        unsubscribe()


@verifies("STREAM-29")
async def test_a_listener_may_bring_another_one(streams: EventStreamStore) -> None:
    await streams.create_stream(PATH)
    newcomer = Listener()
    brought: list[Callable[[], None]] = []

    def bring() -> None:
        if not brought:
            brought.append(streams.subscribe(PATH, newcomer))

    before, bringing, after = Listener(), Listener(bring), Listener()
    for listener in (before, bringing, after):
        streams.subscribe(PATH, listener)

    await streams.append_event(PATH, numbered(0))
    for listener in (before, bringing, after):
        listener.must_have_heard("an append at which one listener subscribes another")
    # Whether the newcomer hears of that append too is open.
    calls = newcomer.count
    await streams.append_event(PATH, numbered(1))
    newcomer.must_have_heard("the next append", since=calls)


@verifies("STREAM-30")
async def test_what_failed_is_not_told(streams: EventStreamStore, expect: Expect) -> None:
    await streams.create_stream("runs/open")
    await streams.create_stream("runs/closed")
    await streams.close_stream("runs/closed")
    listeners = {path: Listener() for path in ("runs/open", "runs/closed", "runs/unknown")}
    for path, listener in listeners.items():
        streams.subscribe(path, listener)

    for value in unserialisable():
        await expect.raises(streams.append_event("runs/open", value))
    for _ in range(3):
        await expect.raises(streams.append_event("runs/closed", "late"), StreamClosed)
        await expect.raises(streams.append_event("runs/unknown", "early"), StreamMissing)
    # A call that an adapter puts off until the next turn of the loop shows by now.
    await streams.get_stream_meta("runs/open")
    await asyncio.sleep(0)

    for path, listener in listeners.items():
        expect.equal(listener.count, 0, f"calls of the listener of {path} after failed appends")


@verifies("STREAM-30")
async def test_creating_a_stream_is_not_told(streams: EventStreamStore, expect: Expect) -> None:
    await streams.create_stream("runs/empty")
    await stream_of(streams, 2, "runs/used")
    listeners = {path: Listener() for path in ("runs/new", "runs/empty", "runs/used")}
    for path, listener in listeners.items():
        streams.subscribe(path, listener)

    for path in listeners:
        await streams.create_stream(path)
        await streams.create_stream(path)
    await streams.get_stream_meta("runs/new")
    await asyncio.sleep(0)

    for path, listener in listeners.items():
        expect.equal(listener.count, 0, f"calls of the listener of {path} when it is created")


@verifies("STREAM-31")
async def test_another_close_and_a_deletion_are_told(
    streams: EventStreamStore, expect: Expect
) -> None:
    changes: dict[str, list[Callable[[str], Awaitable[None]]]] = {
        "a repeated close": [streams.close_stream, streams.close_stream],
        "a deletion of an open stream": [streams.delete_stream],
        "a deletion of a closed stream": [streams.close_stream, streams.delete_stream],
    }
    for about, (*earlier, last) in changes.items():
        await stream_of(streams, 1, about)
        listener = Listener()
        streams.subscribe(about, listener)
        for change in earlier:
            await change(about)
        calls = listener.count

        await last(about)
        await let_listeners_be_told(streams)

        listener.must_have_heard(about, since=calls)
        expect.equal(listener.given, [], f"the arguments of the calls at {about}")


@verifies("STREAM-32")
@requires("same process")
async def test_a_raising_listener_disturbs_neither_the_append_nor_other_listeners(
    streams: EventStreamStore, expect: Expect
) -> None:
    def fail() -> None:
        raise RuntimeError("this listener fails on purpose")

    await streams.create_stream(PATH)
    before, after = Listener(), Listener()
    for listener in (before, Listener(fail), after, Listener(fail)):
        streams.subscribe(PATH, listener)

    events = []
    for number in range(3):
        calls = before.count, after.count
        offset = await streams.append_event(PATH, numbered(number))
        events.append(StreamEvent(numbered(number), offset))
        for name, listener, earlier in zip(
            ("before", "after"), (before, after), calls, strict=True
        ):
            listener.must_have_heard(f"append {number}, {name} a failing listener", since=earlier)
    calls = before.count, after.count
    await streams.close_stream(PATH)
    before.must_have_heard("close, before a failing listener", since=calls[0])
    after.must_have_heard("close, after a failing listener", since=calls[1])

    expected = page(events, format_offset(2), closed=True)
    expect.equal(await streams.read_events(PATH), expected, "the stream")


@verifies("STREAM-33")
async def test_an_ended_subscription_is_silent_and_leaves_the_others(
    streams: EventStreamStore, expect: Expect
) -> None:
    await stream_of(streams, 0)
    await stream_of(streams, 0, "runs/other")
    ended, kept, elsewhere = Listener(), Listener(), Listener()
    unsubscribe = streams.subscribe(PATH, ended)
    streams.subscribe(PATH, kept)
    streams.subscribe("runs/other", elsewhere)
    await streams.append_event(PATH, numbered(0))
    calls = kept.count

    unsubscribe()
    # What an adapter had put off may come until here, and not later.
    silent_from = ended.count
    await streams.append_event(PATH, numbered(1))
    await streams.append_event("runs/other", numbered(0))
    await streams.close_stream(PATH)

    expect.equal(ended.count, silent_from, "calls of the listener that was unsubscribed")
    kept.must_have_heard("an append after another listener left", since=calls)
    elsewhere.must_have_heard("an append to another path")


@verifies("STREAM-33")
async def test_a_listener_of_two_paths_can_leave_one(
    streams: EventStreamStore, expect: Expect
) -> None:
    await stream_of(streams, 0)
    await stream_of(streams, 0, "runs/other")
    listener = Listener()
    unsubscribe = streams.subscribe(PATH, listener)
    streams.subscribe("runs/other", listener)

    unsubscribe()

    await streams.append_event(PATH, numbered(0))
    expect.equal(listener.count, 0, "calls for the path that it left")
    await streams.append_event("runs/other", numbered(0))
    listener.must_have_heard("an append to the path where it stayed")


@verifies("STREAM-33")
async def test_unsubscribing_during_a_call_skips_no_other_listener(
    streams: EventStreamStore, expect: Expect
) -> None:
    for leaving in range(4):
        path = f"runs/{leaving}"
        await streams.create_stream(path)
        listeners = [Listener() for _ in range(4)]
        endings: list[Callable[[], None]] = []
        listeners[leaving] = Listener(lambda leaving=leaving, endings=endings: endings[leaving]())  # type: ignore[misc]
        endings.extend(streams.subscribe(path, listener) for listener in listeners)

        await streams.append_event(path, numbered(0))
        for place, listener in enumerate(listeners):
            listener.must_have_heard(f"place {place} while that at {leaving} unsubscribes itself")
        calls = listeners[leaving].count
        await streams.append_event(path, numbered(1))
        expect.equal(listeners[leaving].count, calls, "calls of the listener that left")


@verifies("STREAM-33")
async def test_a_listener_that_was_sent_away_during_a_call_is_not_called(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    endings: dict[int, Callable[[], None]] = {}
    # Each sends the other away; whichever is called first stays alone.
    listeners = [Listener(lambda other=other: endings.pop(other)()) for other in (1, 0)]  # type: ignore[misc]
    for place, listener in enumerate(listeners):
        endings[place] = streams.subscribe(PATH, listener)

    await streams.append_event(PATH, numbered(0))

    heard = sum(listener.count > 0 for listener in listeners)
    expect.equal(heard, 1, "how many of two listeners were called that send each other away")


async def who_hears_an_append(
    streams: EventStreamStore, path: str, listeners: list[Listener]
) -> list[bool]:
    """Append an event, and return of each listener whether it was called."""
    before = [listener.count for listener in listeners]
    await streams.append_event(path, {"type": "log"})
    return [listener.count > calls for listener, calls in zip(listeners, before, strict=True)]


@verifies("STREAM-34")
async def test_ending_a_subscription_twice_leaves_the_others(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    beside, later = Listener(), Listener()
    end = streams.subscribe(PATH, Listener())
    end_beside = streams.subscribe(PATH, beside)
    for _ in range(3):
        end()
    heard = await who_hears_an_append(streams, PATH, [beside])
    expect.equal(heard, [True], "whether the one beside it hears an append")

    # Now there is nobody left, and who comes later stays.
    end_beside()
    streams.subscribe(PATH, later)
    for _ in range(3):
        end()
        end_beside()
    heard = await who_hears_an_append(streams, PATH, [later])
    expect.equal(heard, [True], "whether one that came later hears an append")


@verifies("STREAM-34")
async def test_ending_a_subscription_after_a_deletion_leaves_the_others(
    streams: EventStreamStore, expect: Expect
) -> None:
    for path, leaving in (("runs/one-stays", 2), ("runs/none-stays", 3)):
        await streams.create_stream(path)
        listeners = [Listener() for _ in range(4)]
        *earlier, later = listeners
        ends = [streams.subscribe(path, listener) for listener in earlier]
        await streams.delete_stream(path)
        await streams.create_stream(path)
        streams.subscribe(path, later)
        # Whether the deletion dropped the earlier ones is the adapter's choice (STREAM-36).
        heard = await who_hears_an_append(streams, path, listeners)

        for end in ends[:leaving]:
            end()

        still = await who_hears_an_append(streams, path, listeners)
        about = f"who hears an append after {leaving} of 3 from before the deletion left"
        expect.equal(still[leaving:], heard[leaving:], about)
        expect.true(still[-1], "whether one that came after the deletion hears it")


@verifies("STREAM-35")
async def test_a_function_subscribed_twice_is_one_subscription_or_two(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    listener = Listener()
    ends = [streams.subscribe(PATH, listener) for _ in range(2)]

    heard = await who_hears_an_append(streams, PATH, [listener])
    for end in ends:
        end()
        heard += await who_hears_an_append(streams, PATH, [listener])

    expect.permitted(
        {
            "gone after one unsubscribe": heard == [True, False, False],
            "gone after two unsubscribes": heard == [True, True, False],
        },
        came_back=heard,
        about="a function subscribed twice",
    )


@verifies("STREAM-36")
async def test_a_deletion_drops_all_subscriptions_of_the_path_or_none(
    streams: EventStreamStore, expect: Expect
) -> None:
    await streams.create_stream(PATH)
    await streams.create_stream("runs/other")
    listeners, elsewhere = [Listener() for _ in range(3)], Listener()
    for listener in listeners:
        streams.subscribe(PATH, listener)
    streams.subscribe("runs/other", elsewhere)

    await streams.delete_stream(PATH)
    await let_listeners_be_told(streams)
    await streams.create_stream(PATH)

    heard = await who_hears_an_append(streams, PATH, listeners)
    expect.permitted(
        {"dropped": not any(heard), "kept": all(heard)},
        came_back=heard,
        about="the subscriptions of a deleted stream",
    )
    heard = await who_hears_an_append(streams, "runs/other", [elsewhere])
    expect.equal(heard, [True], "whether a listener of another path hears its append")


@verifies("STREAM-37")
async def test_listeners_of_other_stores_may_be_told_or_not(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    others = {"another connect": await handle.connect(), "another handle": peer}
    await handle.streams.create_stream(PATH)
    listeners = {name: Listener() for name in others}
    ends = [others[name].streams.subscribe(PATH, each) for name, each in listeners.items()]
    own = Listener()
    handle.streams.subscribe(PATH, own)

    await handle.streams.append_event(PATH, numbered(0))

    own.must_have_heard("an append through its own store")
    for name, listener in listeners.items():
        expect.permitted(
            {"not told": listener.count == 0, "told": not listener.given},
            came_back=listener.calls,
            about=f"a listener of {name}, by the time the append returned",
        )
    for end in ends:
        end()
    calls = [listener.count for listener in listeners.values()]
    await handle.streams.append_event(PATH, numbered(1))
    after = [listener.count for listener in listeners.values()]
    expect.equal(after, calls, "calls after the listeners unsubscribed")


@verifies("STREAM-38")
async def test_concurrent_appends_get_distinct_offsets_and_are_all_readable(
    handles: list[Handle], expect: Expect
) -> None:
    await race_appends(handles, expect, ROUNDS)


@verifies("STREAM-39")
async def test_a_reader_that_follows_misses_no_acknowledged_event(
    handles: list[Handle], expect: Expect
) -> None:
    await race_appends_with_a_reader(handles, expect, ROUNDS)


@verifies("STREAM-40")
async def test_an_append_that_races_with_a_close_is_either_stored_or_refused(
    handles: list[Handle], expect: Expect
) -> None:
    await race_appends_with_closes(handles, expect, ROUNDS)
