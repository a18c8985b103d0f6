"""Calls about sessions and event streams that are held open, and what others do meanwhile."""

from __future__ import annotations

from functools import partial

from flue_conformance.contract import (
    START_OFFSET,
    EventStreamMeta,
    EventStreamReadResult,
    EventStreamStore,
    ReadEventsOpts,
    SessionData,
    Storage,
    json_equal,
    kind_of,
)
from flue_conformance.specs.scenarios.session_records import versioned
from flue_conformance.specs.scenarios.stream_races import read_all
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import errors, outlasting
from flue_conformance.specs.support.standing import Stage

BEFORE, SHORT, LONG = versioned(0), versioned(1), versioned(2)


async def save_beside_a_load(stage: Stage, name: str) -> None:
    """Expect one whole version of the load. SESSION-10."""
    other = stage.other.sessions
    await other.save(name, BEFORE)

    saved, loaded = await stage.play(
        partial(stage.slow.sessions.save, name, LONG), partial(other.load, name)
    )

    stage.expect.equal(errors([saved]) + errors([loaded]), [], "what a save and a load raised")
    about = "a load beside a save that was held open"
    _expect_one_of(stage.expect, loaded.value, (BEFORE, LONG), about)
    stage.expect.equal(await other.load(name), LONG, "a load after the save")


async def first_save_beside_a_save(stage: Stage, name: str) -> None:
    """Expect one of two first saves to be left, of which the longer is held open. SESSION-11."""
    await _expect_one_left(stage, name, held=LONG, meanwhile=SHORT)


async def save_beside_a_save(stage: Stage, name: str) -> None:
    """Expect one of two saves to be left, of which the shorter is held open. SESSION-11."""
    await stage.other.sessions.save(name, BEFORE)
    await _expect_one_left(stage, name, held=SHORT, meanwhile=LONG)


async def append_beside_an_append(stage: Stage, name: str) -> None:
    """Expect both events at offsets of their own. STREAM-38."""
    path, other = f"runs/{name}", stage.other.streams
    await other.create_stream(path)

    racers = await stage.play(
        partial(stage.slow.streams.append_event, path, "held"),
        partial(other.append_event, path, "meanwhile"),
    )

    stage.expect.equal(errors(racers), [], "what concurrent appends raised")
    stored = await read_all(other, path)
    for event, racer in zip(("held", "meanwhile"), racers, strict=True):
        found = [each.data for each in stored if each.offset == racer.value]
        stage.expect.equal(found, [event], f"what is at {racer.value}, an acknowledged offset")


async def append_beside_a_reader(stage: Stage, name: str) -> None:
    """Expect a reader that follows `nextOffset` to miss nothing. STREAM-39."""
    path, other = f"runs/{name}", stage.other.streams
    await other.create_stream(path)

    appended, looked = await stage.play(
        partial(stage.slow.streams.append_event, path, "held"),
        partial(_appended_and_read, other, path),
    )

    stage.expect.equal(errors([appended]) + errors([looked]), [], "what appends and reads raised")
    assert looked.value is not None
    first = looked.value
    rest = await other.read_events(path, ReadEventsOpts(offset=first.next_offset))
    seen = [each.data for each in (*first.events, *rest.events) if each.offset == appended.value]
    stage.expect.equal(
        seen,
        ["held"],
        f"what a reader saw at {appended.value}, acknowledged to a process that was held open: "
        f"in a page that another one read meanwhile, and from {first.next_offset} on afterwards",
    )


async def append_beside_a_close(stage: Stage, name: str) -> None:
    """Expect the event to be stored, or refused. STREAM-40."""
    path, other = f"runs/{name}", stage.other.streams
    await other.create_stream(path)

    appended, closed = await stage.play(
        partial(stage.slow.streams.append_event, path, "held"), partial(other.close_stream, path)
    )

    stage.expect.equal(errors([closed]), [], "what closing a stream raised")
    stored = await read_all(other, path)
    offsets = [each.offset for each in stored]
    if appended.error is None:
        stage.expect.that(
            appended.value in offsets,
            came_back=offsets,
            expected=f"{appended.value} among them, which was acknowledged",
            about="the offsets of a stream that was closed while an append was held open",
        )
    # After a driver's error the outcome is unknown (section 0.1 of the contract).
    elif appended.tries == 1 and kind_of(appended.error) != Storage.kind:
        stage.expect.equal(offsets, [], "the offsets of a stream whose only append was refused")
    meta = await other.get_stream_meta(path)
    tail = offsets[-1] if offsets else START_OFFSET
    stage.expect.equal(meta, EventStreamMeta(tail, closed=True), "the meta after the close")


async def _expect_one_left(
    stage: Stage, name: str, *, held: SessionData, meanwhile: SessionData
) -> None:
    saved = await stage.play(
        partial(stage.slow.sessions.save, name, held),
        partial(stage.other.sessions.save, name, meanwhile),
    )

    stage.expect.equal(errors(saved), [], "what concurrent saves raised")
    left = await stage.other.sessions.load(name)
    _expect_one_of(stage.expect, left, (held, meanwhile), "what two saves left, one held open")


async def _appended_and_read(streams: EventStreamStore, path: str) -> EventStreamReadResult:
    await outlasting(partial(streams.append_event, path, "meanwhile"))
    return await outlasting(partial(streams.read_events, path, ReadEventsOpts(offset=START_OFFSET)))


def _expect_one_of(
    expect: Expect, loaded: object, versions: tuple[SessionData, SessionData], about: str
) -> None:
    if not any(json_equal(loaded, version) for version in versions):
        *_, latest = versions
        expect.equal(loaded, latest, f"{about} (or the version before)")
