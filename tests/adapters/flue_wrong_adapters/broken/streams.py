"""Adapters that append to, read, close and delete event streams wrongly; edition 0.11."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from flue_conformance.contract import (
    DEFAULT_STREAM_PAGE,
    MAX_STREAM_PAGE,
    START_OFFSET,
    TAIL_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    EventStreamStore,
    InvalidOffset,
    JsonValue,
    ReadEventsOpts,
    StreamClosed,
    StreamMissing,
    format_offset,
    json_text,
    parse_offset,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Streams


class Reading(Streams):
    """Reads with options that are always there."""

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        return await self.read(path, opts or ReadEventsOpts())

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        return await self.right.read_events(path, opts)

    async def tail(self, path: str) -> str:
        meta = await self.right.get_stream_meta(path)
        return meta.next_offset if meta else START_OFFSET


class Renaming(Streams):
    """Takes every path for another one."""

    def renamed(self, path: str) -> str:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self.right, name)
        return lambda path, *rest: method(self.renamed(path), *rest)


class LeavingGaps(Reading):
    """Uses an offset up for an append that fails, as it may, and knows where its streams end."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await self.right.append_event(path, event)
        except (TypeError, ValueError):
            await self.sql(
                "UPDATE flue_event_streams SET next_offset = next_offset + 1 WHERE path = :path",
                path=path,
            )
            raise

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        meta = await self.right.get_stream_meta(path)
        return meta and replace(meta, next_offset=await self.tail(path))

    async def tail(self, path: str) -> str:
        rows = await self.sql(
            "SELECT max(seq) AS last FROM flue_event_stream_entries WHERE path = :path", path=path
        )
        return START_OFFSET if rows[0].last is None else format_offset(rows[0].last)


@broken("STREAM-01", "A run that is over seems to go on after somebody looked at it again.")
class ReopensAClosedStream(Streams):
    """Inserts or resets."""

    async def create_stream(self, path: str) -> None:
        await self.sql("UPDATE flue_event_streams SET closed = 0 WHERE path = :path", path=path)
        await self.right.create_stream(path)


@broken("STREAM-01", "A run that ended without a word seems to go on when it is looked at again.")
class ReopensAnEmptyStream(Streams):
    """Makes anew what has no events."""

    async def create_stream(self, path: str) -> None:
        meta = await self.right.get_stream_meta(path)
        if meta and meta.next_offset == START_OFFSET:
            await self.right.delete_stream(path)
        await self.right.create_stream(path)


@broken("STREAM-01", "What an agent said is gone when a second server looks at its stream.")
class EmptiesStreamsThatOthersMade(Streams):
    """Knows which streams there are from what it made itself."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._made: set[str] = set()

    async def create_stream(self, path: str) -> None:
        if path not in self._made:
            await self.right.delete_stream(path)
        await self.right.create_stream(path)
        self._made.add(path)


@broken("STREAM-02", "A reader that starts at a stream's end waits for an event too many.")
class TellsTheOffsetThatComesNext(Streams):
    """Takes nextOffset at its word."""

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        meta = await self.right.get_stream_meta(path)
        return meta and replace(meta, next_offset=format_offset(parse_offset(meta.next_offset) + 1))


@broken("STREAM-02", "The page of a run that said nothing waits for ever.")
class AnEmptyStreamIsNeverOver(Streams):
    """Tells the end of a stream by its last event."""

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        meta = await self.right.get_stream_meta(path)
        return meta and replace(meta, closed=meta.closed and meta.next_offset != START_OFFSET)


@broken("STREAM-03", "The first events of a run have offsets that are not its first.")
class NumbersTheEventsOfAllStreams(Streams):
    """Has one sequence for all streams."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        await self.sql(
            "UPDATE flue_event_streams"
            " SET next_offset = (SELECT max(next_offset) FROM flue_event_streams)"
            " WHERE path = :path AND closed = 0",
            path=path,
        )
        return await self.right.append_event(path, event)


@broken("STREAM-03", "A writer is told another offset than a reader.")
class TellsTheNumberOfEvents(Streams):
    """Counts from one where it answers, and from zero where it stores."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        return format_offset(parse_offset(await self.right.append_event(path, event)) + 1)


@broken("STREAM-04", "After an append that failed, an event takes the place of the one before.")
class RollsBackOneAppendTooMany(Streams):
    """Gives an offset back that a failed append never took."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await self.right.append_event(path, event)
        except (TypeError, ValueError):
            await self.sql(
                "UPDATE flue_event_streams SET next_offset = next_offset - 1 WHERE path = :path",
                path=path,
            )
            await self.sql(
                "DELETE FROM flue_event_stream_entries WHERE path = :path AND seq ="
                " (SELECT next_offset FROM flue_event_streams WHERE path = :path)",
                path=path,
            )
            raise


@broken("STREAM-04", "From the hundredth event on, a client sorts a stream wrongly.")
class PadsOffsetsToTwoDigits(Reading):
    """Writes offsets that are as wide as they have to be, for a while."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        return _narrow(await self.right.append_event(path, event))

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        events = [replace(each, offset=_narrow(each.offset)) for each in page.events]
        return replace(page, events=events, next_offset=_narrow(page.next_offset))


@broken("STREAM-05", "A stream appears that nobody created.")
class CreatesAStreamWithItsFirstEvent(Streams):
    """Creates what it misses."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        await self.right.create_stream(path)
        return await self.right.append_event(path, event)


@broken("STREAM-05", "A stream whose first event was refused exists, and nobody ever closes it.")
class CreatesAStreamThatItRefuses(Streams):
    """Makes the row that it locks."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await self.right.append_event(path, event)
        except StreamMissing:
            await self.right.create_stream(path)
            raise


@broken("STREAM-06", "An event that was refused is read after the end of its stream.")
class StoresAnEventAndRefusesIt(Streams):
    """Stores first, and asks then whether the stream is open."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await self.right.append_event(path, event)
        except StreamClosed:
            await self.sql(
                "INSERT INTO flue_event_stream_entries (path, seq, data) SELECT path, next_offset,"
                " :data FROM flue_event_streams WHERE path = :path",
                path=path,
                data=json_text(event),
            )
            await self.sql(_ADVANCE, path=path)
            raise


@broken("STREAM-06", "A run whose stream another server has closed goes on talking.")
class ForgetsThatOthersClosedAStream(Streams):
    """Remembers which streams it closed, and asks nobody."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._closed: set[str] = set()

    async def close_stream(self, path: str) -> None:
        self._closed.add(path)
        await self.right.close_stream(path)

    async def append_event(self, path: str, event: JsonValue) -> str:
        if path in self._closed:
            raise StreamClosed("The stream is closed.")
        meta = await self.right.get_stream_meta(path)
        if meta is None or not meta.closed:
            return await self.right.append_event(path, event)
        return await _append_to_closed(self, path, event)


@broken("STREAM-06", "A stream that was closed before its first event takes events.")
class AppendsToAClosedEmptyStream(Streams):
    """Looks for the mark of the end at the last event."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        if await self.right.get_stream_meta(path) == EventStreamMeta(START_OFFSET, closed=True):
            return await _append_to_closed(self, path, event)
        return await self.right.append_event(path, event)


@broken("STREAM-07", "An event that is a plain text or number comes back as an object.")
class WrapsWhatIsNoObject(Streams):
    """Stores documents, as its database does."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        document = event if isinstance(event, dict) else {"value": event}
        return await self.right.append_event(path, document)


@broken("STREAM-07", "An event that is a text of JSON comes back as what it says.")
class ReadsTextOfJsonAsJson(Reading):
    """Parses what a driver has parsed already."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return replace(
            page, events=[replace(each, data=_parsed(each.data)) for each in page.events]
        )


@broken("STREAM-07", "A turn with a long document is lost from the stream.")
class RefusesAnEventOfMoreThanOneMib(Streams):
    """Keeps to the limit of the edition before."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        if len(json_text(event).encode()) > 1024 * 1024:
            raise ValueError("An event may take 1 MB of JSON.")
        return await self.right.append_event(path, event)


@broken("STREAM-08", "A mistake in an event is stored instead of being reported.")
class StoresTheTextOfWhatIsNoJson(Streams):
    """Writes JSON with a default."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        return await self.right.append_event(path, json.loads(json.dumps(event, default=str)))


@broken("STREAM-08", "A stream seems to have an event that nobody can read.")
class AdvancesBeforeItSerialises(Streams):
    """Takes the offset before it looks at the event."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        try:
            return await self.right.append_event(path, event)
        except (TypeError, ValueError):
            await self.sql(_ADVANCE, path=path)
            raise


@broken("STREAM-11", "A long piece of an answer is shown behind the short one that followed it.")
class LargeEventsAreOvertaken(Streams):
    """Leaves long texts to a thread, and the order to chance."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        if len(str(event)) > 10_000:
            await asyncio.to_thread(json_text, event)
        return await self.right.append_event(path, event)


@broken("STREAM-11", "The first piece of an answer is shown behind the second.")
class LooksAStreamUpAtItsFirstEvent(Streams):
    """Makes sure, once a path, that the stream exists."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._known: set[str] = set()

    async def append_event(self, path: str, event: JsonValue) -> str:
        if path not in self._known:
            self._known.add(path)
            await self.right.get_stream_meta(path)
        return await self.right.append_event(path, event)


@broken("STREAM-12", "Whoever reads on gets the last event once more.")
class ReadsFromTheOffsetOn(Reading):
    """Compares with >= for >."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        if opts.offset not in (None, START_OFFSET, TAIL_OFFSET):
            opts = replace(opts, offset=format_offset(parse_offset(opts.offset or "") - 1))
        return await self.right.read_events(path, opts)


@broken("STREAM-12", "After an append that failed, whoever reads on misses events.")
class SkipsRowsForOffsets(LeavingGaps):
    """Takes an offset for a number of rows."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        if opts.offset in (None, START_OFFSET, TAIL_OFFSET):
            return await self.right.read_events(path, opts)
        rows = await self.sql(
            "SELECT seq FROM flue_event_stream_entries WHERE path = :path ORDER BY seq"
            " LIMIT 1 OFFSET :skipped",
            path=path,
            skipped=parse_offset(opts.offset or ""),
        )
        offset = format_offset(rows[0].seq) if rows else TAIL_OFFSET
        return await self.right.read_events(path, replace(opts, offset=offset))


@broken("STREAM-12", "Who opens the page of a run late does not see how it began.")
class StartsAtTheTailUnlessTold(Reading):
    """Reads what is new by default."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        offset = TAIL_OFFSET if opts.offset is None else opts.offset
        return await self.right.read_events(path, replace(opts, offset=offset))


@broken("STREAM-13", "A reader that starts with what is new never gets any further.")
class EchoesNow(Reading):
    """Answers with the offset that was asked for."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return replace(page, next_offset=TAIL_OFFSET) if opts.offset == TAIL_OFFSET else page


@broken("STREAM-13", "A reader that waits for a run to begin misses its first event.")
class NowOfAnEmptyStreamIsItsFirstEvent(Reading):
    """Has no number below zero."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        if opts.offset != TAIL_OFFSET or page.next_offset != START_OFFSET:
            return page
        return replace(page, next_offset=format_offset(0))


@broken("STREAM-13", "A reader that asks for what is new gets what is old.")
class NowGivesTheLastEvents(Reading):
    """Reads backwards from the tail, when it is told how far."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        if opts.offset != TAIL_OFFSET or opts.limit is None:
            return await self.right.read_events(path, opts)
        tail = parse_offset(await self.tail(path))
        start = format_offset(tail - int(opts.limit))
        return await self.right.read_events(path, replace(opts, offset=start))


@broken("STREAM-14", "A reader of a long stream misses all but its first page.")
class GoesOnAtTheTail(Reading):
    """Takes where to continue from the stream instead of the page."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return replace(page, next_offset=await self.tail(path)) if page.events else page


@broken("STREAM-14", "A reader that found nothing new begins from the beginning.")
class StartsAnewAfterAnEmptyPage(Reading):
    """Derives where to continue from events, where there are any."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return page if page.events else replace(page, next_offset=START_OFFSET)


@broken("STREAM-15", "A page that just fits is followed by an empty one.")
class AFullPageIsNeverTheLast(Reading):
    """Takes a full page for a sign of more."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return replace(page, up_to_date=len(page.events) != opts.limit and page.up_to_date)


@broken("STREAM-15", "The hundredth event of a stream is followed by an empty page.")
class AHundredEventsAreNeverAll(Reading):
    """Looks one event ahead, but not when the size of a page is its own choice."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        is_full = opts.limit is None and len(page.events) == DEFAULT_STREAM_PAGE
        return replace(page, up_to_date=page.up_to_date and not is_full)


@broken("STREAM-15", "A reader waits for an event that was never stored, and says so.")
class MissesTheEventOfAFailedAppend(LeavingGaps):
    """Compares the end of a page with the counter of the stream."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        rows = await self.sql(
            "SELECT next_offset FROM flue_event_streams WHERE path = :path", path=path
        )
        last = format_offset(rows[0].next_offset - 1) if rows else START_OFFSET
        return replace(page, up_to_date=page.next_offset == last)


@broken("STREAM-15", "The last event of a stream is shown when the next one comes.")
class LooksTooFarAhead(Reading):
    """Takes one remaining event for none."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        left = parse_offset(await self.tail(path)) - parse_offset(page.next_offset)
        return replace(page, up_to_date=left <= 1)


@broken("STREAM-16", "The page of a run that has not begun is an error.")
class RefusesToReadAnUnknownStream(Reading):
    """Treats reading as appending."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        if await self.right.get_stream_meta(path) is None:
            raise StreamMissing("The stream does not exist.")
        return await self.right.read_events(path, opts)


@broken("STREAM-16", "A reader with an old link fails before the stream is there.")
class ChecksTheOffsetFirst(Reading):
    """Parses what it may not need."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        if opts.offset not in (None, TAIL_OFFSET):
            parse_offset(opts.offset or "")
        return await self.right.read_events(path, opts)


@broken("STREAM-16", "A reader that came too early goes on in the middle of the stream.")
class EchoesTheOffsetOfAnUnknownStream(Reading):
    """Answers with the offset that was asked for, when it has no other one."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        if opts.offset and await self.right.get_stream_meta(path) is None:
            return replace(page, next_offset=opts.offset)
        return page


@broken("STREAM-17", "The page of a run that is over says that it goes on.")
class TellsTheEndOnTheLastPageOnly(Reading):
    """Has one answer for closed and for read to the end."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return replace(page, closed=page.closed and page.up_to_date)


@broken("STREAM-17", "A reader that has read everything waits for a run that is over.")
class AnEmptyPageIsNoEnd(Reading):
    """Tells the end beside the last events alone."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        return replace(page, closed=page.closed and (bool(page.events) or opts.offset is None))


@broken("STREAM-18", "A client with a broken link reads everything again and again.")
class ReadsFromTheStartWithABadOffset(Reading):
    """Takes what it cannot parse for the beginning."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        try:
            return await self.right.read_events(path, opts)
        except InvalidOffset:
            return await self.right.read_events(path, replace(opts, offset=None))


@broken("STREAM-18", "A client that lost its offset is not told.")
class TakesAnEmptyOffsetForNone(Reading):
    """Tests the offset where it should test its presence."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        return await self.right.read_events(path, replace(opts, offset=opts.offset or None))


@broken("STREAM-18", "A bad link works until the first event comes.")
class AnEmptyStreamNeedsNoOffset(Reading):
    """Answers before it parses, where there is nothing to read."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        meta = await self.right.get_stream_meta(path)
        if meta and meta.next_offset == START_OFFSET:
            return EventStreamReadResult([], START_OFFSET, up_to_date=True, closed=meta.closed)
        return await self.right.read_events(path, opts)


@broken("STREAM-21", "Reading a stream takes twice as many requests as planned.")
class ReadsFiftyEvents(Reading):
    """Has another default."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        limit = 50 if opts.limit is None else opts.limit
        return await self.right.read_events(path, replace(opts, limit=limit))


@broken("STREAM-21", "Who goes on reading a stream gets ten times as much as at the beginning.")
class ReadsAThousandEventsAfterAnOffset(Reading):
    """Applies the default to the first page alone."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        if opts.offset is not None and opts.limit is None:
            opts = replace(opts, limit=MAX_STREAM_PAGE)
        return await self.right.read_events(path, opts)


@broken("STREAM-21", "One reader of a long stream takes the server's memory.")
class ReadsAsMuchAsIsAskedFor(Reading):
    """Has no maximum."""

    async def read(self, path: str, opts: ReadEventsOpts) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        left = (opts.limit or 0) - len(page.events)
        if page.up_to_date or left <= 0:
            return page
        rest = await self.read(path, ReadEventsOpts(page.next_offset, left))
        return replace(rest, events=[*page.events, *rest.events])


@broken("STREAM-24", "A run that never began is over.")
class CreatesAStreamToCloseIt(Streams):
    """Closes what it has to create for it."""

    async def close_stream(self, path: str) -> None:
        await self.right.create_stream(path)
        await self.right.close_stream(path)


@broken("STREAM-24", "A run that two servers end at the same time goes on.")
class OpensAStreamThatIsClosedTwice(Streams):
    """Turns a switch."""

    async def close_stream(self, path: str) -> None:
        await self.sql(
            "UPDATE flue_event_streams SET closed = NOT closed WHERE path = :path", path=path
        )


@broken("STREAM-24", "Cleaning up after a run fails when somebody was there before.")
class RefusesToCloseTwice(Streams):
    """Treats a second close as an append."""

    async def close_stream(self, path: str) -> None:
        meta = await self.right.get_stream_meta(path)
        if meta and meta.closed:
            raise StreamClosed("The stream is closed.")
        await self.right.close_stream(path)


@broken("STREAM-25", "An agent that was deleted and created anew remembers.")
class KeepsTheEventsOfADeletedStream(Streams):
    """Deletes the stream's row alone."""

    async def delete_stream(self, path: str) -> None:
        await self.sql("DELETE FROM flue_event_streams WHERE path = :path", path=path)


@broken(
    "STREAM-25", "An agent that talked for long, was deleted and created anew remembers a part."
)
class DeletesAHundredEvents(Streams):
    """Deletes events in batches, and only one of them."""

    async def delete_stream(self, path: str) -> None:
        await self.sql("DELETE FROM flue_event_streams WHERE path = :path", path=path)
        await self.sql(
            "DELETE FROM flue_event_stream_entries WHERE path = :path AND seq < 100", path=path
        )


@broken("STREAM-25", "The offsets of a stream that was created anew begin somewhere.")
class GoesOnCountingAfterADeletion(Streams):
    """Keeps the counter of a stream that is gone."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._counters: dict[str, int] = {}

    async def delete_stream(self, path: str) -> None:
        meta = await self.right.get_stream_meta(path)
        if meta:
            self._counters[path] = parse_offset(meta.next_offset) + 1
        await self.right.delete_stream(path)

    async def create_stream(self, path: str) -> None:
        await self.right.create_stream(path)
        await self.sql(
            "UPDATE flue_event_streams SET next_offset = :counter WHERE path = :path",
            path=path,
            counter=self._counters.pop(path, 0),
        )


@broken("STREAM-25", "Deleting one run deletes those whose ids begin like its own.")
class DeletesStreamsByTheBeginningOfThePath(Streams):
    """Takes a path for a folder."""

    async def delete_stream(self, path: str) -> None:
        rows = await self.sql(
            "SELECT path FROM flue_event_streams WHERE substr(path, 1, length(:path)) = :path",
            path=path,
        )
        for row in rows:
            await self.right.delete_stream(row.path)


@broken("STREAM-25", "A run that was deleted elsewhere comes back with its next word.")
class RevivesAStreamThatOthersDeleted(Streams):
    """Knows from its own last call that a stream exists."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._existing: set[str] = set()

    async def append_event(self, path: str, event: JsonValue) -> str:
        if path in self._existing:
            await self.right.create_stream(path)
        offset = await self.right.append_event(path, event)
        self._existing.add(path)
        return offset

    async def delete_stream(self, path: str) -> None:
        self._existing.discard(path)
        await self.right.delete_stream(path)


@broken("STREAM-27", "Two agents whose names differ in a capital letter share a stream.")
class TakesPathsForTheSameWhateverTheirCase(Renaming):
    """Folds paths."""

    def renamed(self, path: str) -> str:
        return path.lower()


@broken("STREAM-27", "Two agents whose names look the same on the screen share a stream.")
class ComposesLettersOfPaths(Renaming):
    """Normalises paths, as file systems do."""

    def renamed(self, path: str) -> str:
        return unicodedata.normalize("NFC", path)


@broken("STREAM-27", "An agent with a slash in its name shares its stream with another one.")
class DecodesPaths(Renaming):
    """Takes a path for a part of a URL."""

    def renamed(self, path: str) -> str:
        return unquote(path)


@broken("STREAM-27", "An agent and one whose name ends with a slash share a stream.")
class IgnoresASlashAtTheEnd(Renaming):
    """Takes a path for a folder."""

    def renamed(self, path: str) -> str:
        return path.removesuffix("/")


@broken("STREAM-38", "Of two events that come at the same time one is lost.")
class ReadsTheOffsetThenWrites(Streams):
    """Reads the counter and advances it in two transactions."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        rows = await self.sql(
            "SELECT next_offset FROM flue_event_streams WHERE path = :path", path=path
        )
        at = rows[0].next_offset
        for change in (
            "INSERT OR REPLACE INTO flue_event_stream_entries VALUES (:path, :at, :data)",
            "UPDATE flue_event_streams SET next_offset = :at + 1 WHERE path = :path",
        ):
            await self.sql(change, path=path, at=at, data=json_text(event))
        return format_offset(at)


@broken("STREAM-38", "Two events that come at the same time are said to have one offset.")
class TakesTheTailForItsOwnOffset(Reading):
    """Appends, and asks then where the stream ends."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        await self.right.append_event(path, event)
        return await self.tail(path)


@broken("STREAM-40", "An event was refused, and is read all the same.")
class RefusesWhatItHasStored(Streams):
    """Looks once more, after the append, whether the stream is open."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        offset = await self.right.append_event(path, event)
        meta = await self.right.get_stream_meta(path)
        if meta and meta.closed:
            raise StreamClosed("The stream is closed.")
        return offset


@broken("STREAM-40", "The last event of a run was accepted, and nobody sees it.", place="sqlite")
class CutsTheStreamWhenItCloses(Reading):
    """Closes a stream at the tail that it read before."""

    async def close_stream(self, path: str) -> None:
        tail = parse_offset(await self.tail(path))
        await self.right.close_stream(path)
        for change in (
            "DELETE FROM flue_event_stream_entries WHERE path = :path AND seq > :tail",
            "UPDATE flue_event_streams SET next_offset = :tail + 1 WHERE path = :path",
        ):
            await self.sql(change, path=path, tail=tail)


_ADVANCE = "UPDATE flue_event_streams SET next_offset = next_offset + 1 WHERE path = :path"


async def _append_to_closed(streams: Streams, path: str, event: JsonValue) -> str:
    reopen = "UPDATE flue_event_streams SET closed = 0 WHERE path = :path"
    await streams.sql(reopen, path=path)
    offset = await streams.right.append_event(path, event)
    await streams.right.close_stream(path)
    return offset


def _narrow(offset: str) -> str:
    sequence = parse_offset(offset)
    return offset if sequence < 0 else f"00_{sequence:02d}"


def _parsed(data: JsonValue) -> JsonValue:
    try:
        return json.loads(data) if isinstance(data, str) else data
    except ValueError:
        return data
