"""Section 3.12: event streams, edition 0.11."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flue_conformance.contract import (
    DEFAULT_STREAM_PAGE,
    MAX_STREAM_PAGE,
    START_OFFSET,
    TAIL_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    InvalidOffset,
    ReadEventsOpts,
    StreamClosed,
    StreamMissing,
    format_offset,
    parse_offset,
)
from flue_conformance.model.documents import Document
from flue_conformance.model.records import Stream
from flue_conformance.model.relations import MISFIT, Above, Moment, Pattern, Raises, learned
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps

FULL = len(format_offset(0))


@dataclass(frozen=True)
class OfStream(Pattern):
    """What tells of a stream, whose offsets may become known by it."""

    path: str
    stream: Stream

    def kept_in(self, state: State) -> State | None:
        """Return the state that has the stream."""
        return replace(state, streams=state.streams.with_row(self.path, self.stream))

    def knowing(self, place: int, sequence: int) -> Stream | None:
        """Return the stream once the sequence of an event is known; None if it cannot be that."""
        data, expected = self.stream.events[place]
        if isinstance(expected, int):
            return self.stream if learned(expected, sequence) is not MISFIT else None
        events = list(self.stream.events)
        before = [known for _, known in events[:place] if isinstance(known, int)]
        after = [known for _, known in events[place + 1 :] if isinstance(known, int)]
        fits = (
            learned(expected, sequence) is not MISFIT
            and all(known < sequence for known in before)
            and all(known > sequence for known in after)
        )
        events[place] = (data, sequence)
        return replace(self.stream, events=tuple(events)) if fits else None


@dataclass(frozen=True)
class OffsetOfTheLast(OfStream):
    """The offset of the last event; before the first where there is none."""

    def learned(self, seen: object) -> Any:
        """Return the stream whose last offset is known."""
        sequence = _sequence(seen)
        if sequence is None:
            return MISFIT
        if not self.stream.events:
            return self if sequence == -1 else MISFIT
        known = self.knowing(len(self.stream.events) - 1, sequence)
        return replace(self, stream=known) if known else MISFIT

    def __str__(self) -> str:
        last = self.stream.events[-1][1] if self.stream.events else -1
        return repr(format_offset(last)) if isinstance(last, int) else f"the offset of {last}"


@dataclass(frozen=True)
class Meta(OffsetOfTheLast):
    """The end of a stream. STREAM-02."""

    def learned(self, seen: object) -> Any:
        """Return the stream whose last offset is known."""
        if not isinstance(seen, EventStreamMeta) or seen.closed is not self.stream.closed:
            return MISFIT
        return super().learned(seen.next_offset)

    def __str__(self) -> str:
        return f"EventStreamMeta(next_offset={super().__str__()}, closed={self.stream.closed})"


@dataclass(frozen=True)
class Page(OfStream):
    """Events after a position."""

    after: int
    limit: int

    def learned(self, seen: object) -> Any:
        """Return the stream with the offsets that the page shows."""
        if not isinstance(seen, EventStreamReadResult) or seen.closed is not self.stream.closed:
            return MISFIT
        return next(
            (known for first in self._firsts() if (known := self._from(first, seen))), MISFIT
        )

    def _firsts(self) -> Iterator[int]:
        """Return where the page may begin: an offset that nobody has seen may lie before it."""
        events = self.stream.events
        for place in range(len(events) + 1):
            before = events[place - 1][1] if place else self.after
            here = events[place][1] if place < len(events) else self.after + 1
            if (not isinstance(before, int) or before <= self.after) and (
                not isinstance(here, int) or here > self.after
            ):
                yield place

    def _from(self, first: int, seen: EventStreamReadResult) -> Page | None:
        events = self.stream.events[first : first + self.limit]
        if len(seen.events) != len(events):
            return None
        page = self
        for number, ((data, _), event) in enumerate(zip(events, seen.events, strict=True)):
            sequence = _sequence(event.offset)
            if sequence is None or sequence <= self.after or learned(data, event.data) is MISFIT:
                return None
            known = page.knowing(first + number, sequence)
            if known is None:
                return None
            if known is not page.stream:
                page = replace(page, stream=known)
        position = seen.events[-1].offset if seen.events else format_offset(self.after)
        rest = len(self.stream.events) - first - len(events)
        fits = seen.next_offset == position and seen.up_to_date is (rest == 0)
        return page if fits else None

    def __str__(self) -> str:
        events = [
            f"{data} at {sequence}"
            for data, sequence in self.stream.events
            if not isinstance(sequence, int) or sequence > self.after
        ]
        shown = ", ".join(events[: self.limit])
        return (
            f"events [{shown}] after {self.after}, "
            f"up_to_date={len(events) <= self.limit}, closed={self.stream.closed}"
        )


@dataclass(frozen=True)
class NothingThere(Pattern):
    """The page of a stream that there is not. STREAM-16."""

    def learned(self, seen: object) -> Any:
        """Return itself for that page."""
        fits = (
            isinstance(seen, EventStreamReadResult)
            and len(seen.events) == 0
            and seen.next_offset == START_OFFSET
            and seen.up_to_date is True
            and seen.closed is False
        )
        return self if fits else MISFIT

    def __str__(self) -> str:
        return f"no events, next_offset={START_OFFSET!r}, up_to_date=True, closed=False"


def create_stream(state: State, at: Moment, path: str) -> Steps:
    """Make an empty stream, unless it exists."""
    del at
    made = state if path in state.streams else _with(state, path, Stream())
    yield Step(made, None, ("STREAM-01",))


def append_event(state: State, at: Moment, path: str, event: Any) -> Steps:
    """Append, and return the event's offset."""
    del at
    found = state.streams.get(path)
    if found is None:
        yield Step(state, Raises(StreamMissing), ("STREAM-05",))
        return
    failed = _with(state, path, replace(found, skipped=True))
    if found.closed:
        yield Step(failed, Raises(StreamClosed), ("STREAM-06", "STREAM-40"))
        return
    try:
        data = Document.of(event)
    except (TypeError, ValueError):
        yield Step(failed, Raises(), ("STREAM-08",))
        return
    # With no failed appends in between they follow one another: STREAM-03, STREAM-09.
    known = not found.events or isinstance(found.events[-1][1], int)
    follows = known and not found.skipped and not state.lossy
    sequence = found.last + 1 if follows else Above(found.last)
    appended = Stream((*found.events, (data, sequence)))
    rules = ("STREAM-03", "STREAM-04", "STREAM-07", "STREAM-38")
    yield Step(_with(state, path, appended), OffsetOfTheLast(path, appended), rules)


def read_events(state: State, at: Moment, path: str, opts: ReadEventsOpts | None = None) -> Steps:
    """Return a page of events after an offset."""
    del at
    found = state.streams.get(path)
    if found is None:
        yield Step(state, NothingThere(), ("STREAM-16", "STREAM-25"))
        return
    opts = opts or ReadEventsOpts()
    limit = DEFAULT_STREAM_PAGE if opts.limit is None else int(min(opts.limit, MAX_STREAM_PAGE))
    if opts.offset == TAIL_OFFSET:
        yield Step(state, _tail(path, found), ("STREAM-13",))
        return
    try:
        after = parse_offset(START_OFFSET if opts.offset is None else opts.offset)
    except InvalidOffset:
        yield Step(state, Raises(InvalidOffset), ("STREAM-18",))
        return
    if opts.offset not in (None, START_OFFSET) and len(opts.offset or "") != FULL:
        yield Step(state, Raises(InvalidOffset), ("STREAM-19",))
    page = Page(path, found, after, limit)
    rules = ("STREAM-12", "STREAM-14", "STREAM-15", "STREAM-17", "STREAM-38")
    yield Step(state, page, rules)


@dataclass(frozen=True)
class Tail(OffsetOfTheLast):
    """The page behind the last event. STREAM-13."""

    def learned(self, seen: object) -> Any:
        """Return the stream whose last offset is known."""
        fits = (
            isinstance(seen, EventStreamReadResult)
            and len(seen.events) == 0
            and seen.up_to_date is True
            and seen.closed is self.stream.closed
        )
        return super().learned(seen.next_offset) if fits else MISFIT  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return f"no events, next_offset={super().__str__()}, up_to_date=True"


def _tail(path: str, stream: Stream) -> Tail:
    return Tail(path, stream)


def close_stream(state: State, at: Moment, path: str) -> Steps:
    """Refuse further events."""
    del at
    found = state.streams.get(path)
    closed = _with(state, path, replace(found, closed=True)) if found else state
    yield Step(closed, None, ("STREAM-24",))


def get_stream_meta(state: State, at: Moment, path: str) -> Steps:
    """Return where the stream ends, or null."""
    del at
    found = state.streams.get(path)
    result = None if found is None else Meta(path, found)
    yield Step(state, result, ("STREAM-02", "STREAM-06", "STREAM-24", "STREAM-25"))


def delete_stream(state: State, at: Moment, path: str) -> Steps:
    """Remove a stream and its events."""
    del at
    yield Step(replace(state, streams=state.streams.without(path)), None, ("STREAM-25",))


def _with(state: State, path: str, stream: Stream) -> State:
    return replace(state, streams=state.streams.with_row(path, stream))


def _sequence(offset: object) -> int | None:
    """Return the sequence of an offset in its full form."""
    if not isinstance(offset, str):
        return None
    try:
        sequence = parse_offset(offset)
    except InvalidOffset:
        return None
    return sequence if format_offset(sequence) == offset else None
