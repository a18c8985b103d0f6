"""The adapter object: migrate, connect, close."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from flue_conformance.contract import InvalidLocation, json_equal
from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.contents import (
    emptiness,
    everything,
    fill,
    runs_and_pointers,
    work_and_sessions,
)
from flue_conformance.specs.scenarios.interrupting import interruptible
from flue_conformance.specs.scenarios.steps import queue
from flue_conformance.specs.scenarios.values import create_run, event, run_start, session_data
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Database, Handle, Subject
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import attempted, errors
from flue_conformance.specs.support.verifies import requires, verifies

_EMPTY: Final[dict[str, object]] = {
    "session": None,
    "submission": None,
    "journal": None,
    "chunks": [],
    "runnable": [],
    "running": [],
    "expired": [],
    "unsettled": False,
    "run": None,
    "pointer": None,
    "listing": [],
}
_EMPTY_OF_EDITION: Final = {
    "0.10": _EMPTY | {"run events": []},
    "0.11": _EMPTY | {"stream": None, "stream events": []},
}


@verifies("ADAPTER-01")
async def test_migrating_again_and_again_succeeds(empty_database: Database, expect: Expect) -> None:
    adapter = empty_database.adapter()
    for _ in range(3):
        await adapter.migrate()
    handle = Handle(adapter, await adapter.connect())
    await fill(handle)
    before = await everything(handle)

    for _ in range(3):
        await adapter.migrate()

    expect.equal(await everything(handle), before, "what was stored, after further migrations")
    await fill(handle, "b")


@verifies("ADAPTER-01")
@requires("persistent")
async def test_migrating_by_another_adapter_loses_nothing(
    database: Database, handle: Handle, expect: Expect
) -> None:
    await fill(handle)
    before, runs = await work_and_sessions(handle), await runs_and_pointers(handle)

    second = database.adapter()
    for _ in range(2):
        await second.migrate()

    expect.equal(await work_and_sessions(handle), before, "what was stored")
    expect.equal(await runs_and_pointers(handle), runs, "the runs")
    other = Handle(second, await second.connect())
    expect.equal(await work_and_sessions(other), before, "what the migrating adapter sees")


@verifies("ADAPTER-01")
@requires("persistent")
async def test_migrating_after_a_restart_loses_nothing(
    database: Database, handle: Handle, expect: Expect
) -> None:
    await fill(handle)
    before = await work_and_sessions(handle)

    for restart in range(2):
        handle = await database.reopen(handle)
        await handle.adapter.migrate()
        expect.equal(await work_and_sessions(handle), before, f"after restart {restart + 1}")


@verifies("ADAPTER-02")
async def test_a_migrated_location_is_empty_and_has_every_surface(
    empty_database: Database, subject: Subject, expect: Expect
) -> None:
    adapter = empty_database.adapter()
    await adapter.migrate()

    for _ in range(2):
        stores = await adapter.connect()
        surface, name = (
            (stores.run_events, "run_events")
            if subject.edition == "0.10"
            else (stores.event_streams, "event_streams")
        )
        if surface is None:
            raise BrokenRule(
                about=f"{name} of edition {subject.edition}", came_back="None", expected="a store"
            )
        seen = await emptiness(Handle(adapter, stores))
        expect.equal(seen, _EMPTY_OF_EDITION[subject.edition], "a fresh location")


@verifies("ADAPTER-02")
async def test_a_fresh_location_knows_nothing_of_another_one(
    handle: Handle, empty_database: Database, subject: Subject, expect: Expect
) -> None:
    await fill(handle)
    before = await everything(handle)

    other = await empty_database.open()

    seen = await emptiness(other)
    expect.equal(seen, _EMPTY_OF_EDITION[subject.edition], "a fresh location beside a filled one")
    await fill(other)
    await other.sessions.delete("a-session")
    expect.equal(await everything(handle), before, "the filled location afterwards")


@verifies("ADAPTER-03")
async def test_every_connect_of_an_adapter_sees_the_same(handle: Handle, expect: Expect) -> None:
    early = await handle.connect()
    await fill(handle, "a")
    await fill(early, "b")
    late = await handle.connect()

    for name in ("a", "b"):
        expected = await work_and_sessions(handle, name)
        for which, other in (("an earlier", early), ("a later", late)):
            seen = await work_and_sessions(other, name)
            expect.equal(seen, expected, f"what {which} connect sees of {name!r}")


@verifies("ADAPTER-04")
async def test_closing_needs_no_connect(empty_database: Database) -> None:
    untouched, migrated = empty_database.adapter(), empty_database.adapter()
    await migrated.migrate()

    await untouched.close()
    await migrated.close()


@verifies("ADAPTER-04")
async def test_closing_after_use_succeeds(empty_database: Database) -> None:
    handle = await empty_database.open()
    await handle.connect()
    await fill(handle)

    await handle.close()


@verifies("ADAPTER-04", requirement=Requirement.SHOULD)
async def test_a_second_close_is_harmless(
    empty_database: Database, subject: Subject, expect: Expect
) -> None:
    untouched, used = empty_database.adapter(), await empty_database.open()
    await fill(used)
    before = await work_and_sessions(used)

    for adapter in (untouched, used.adapter):
        for _ in range(3):
            await adapter.close()

    if subject.persistent:
        reopened = await empty_database.open()
        expect.equal(await work_and_sessions(reopened), before, "what was stored, after the closes")


@verifies("ADAPTER-05")
@requires("persistent")
async def test_connecting_after_a_close_reopens_the_location(
    handle: Handle, expect: Expect
) -> None:
    await fill(handle, "a")
    before = await work_and_sessions(handle, "a")

    for name in ("b", "c"):
        await handle.close()
        handle = await handle.connect()
        expect.equal(await work_and_sessions(handle, "a"), before, "what was stored, reopened")
        await fill(handle, name)
        before = await work_and_sessions(handle, "a")


@verifies("ADAPTER-05")
async def test_a_location_in_memory_is_reopened_empty(
    handle: Handle, subject: Subject, expect: Expect
) -> None:
    if subject.persistent:
        pytest.skip(f"not applicable: {subject.backend.label} keeps what it stores")
    for _ in range(2):
        await fill(handle)
        await handle.close()

        await handle.adapter.migrate()
        handle = await handle.connect()

        seen = await emptiness(handle)
        expect.equal(seen, _EMPTY_OF_EDITION[subject.edition], "the reopened location")


@verifies("ADAPTER-06")
async def test_stores_from_before_a_close_raise(handle: Handle, expect: Expect) -> None:
    calls = await interruptible(handle, "before")
    await handle.close()

    for name, call in calls.items():
        await expect.raises(call(), about=f"{name} after the close")


_READS: Final[Mapping[str, Callable[[Handle], Awaitable[object]]]] = {
    "a session read": lambda handle: handle.sessions.load("session-1"),
    "an earlier submission read": lambda handle: handle.submissions.get_submission("earlier"),
    "a later submission read": lambda handle: handle.submissions.get_submission("later"),
    "runnable submissions read": lambda handle: handle.submissions.list_runnable_submissions(),
}


@verifies("ADAPTER-06")
async def test_stores_from_before_a_close_never_answer_from_stale_state(
    handle: Handle, subject: Subject, expect: Expect
) -> None:
    await handle.sessions.save("session-1", session_data())
    await queue(handle.submissions, "earlier")
    await handle.close()
    if not subject.persistent:
        await handle.adapter.migrate()
    reopened = await handle.connect()

    await reopened.sessions.save("session-1", session_data(entries=[], leafId=None))
    await queue(reopened.submissions, "later")

    for about, read in _READS.items():
        old = await attempted(partial(read, handle))
        if old.error is None:
            expect.equal(old.value, await read(reopened), f"{about} by stores from before a close")


@verifies("ADAPTER-06")
async def test_calls_that_meet_a_close_come_to_an_end(handle: Handle) -> None:
    saves = [
        asyncio.ensure_future(handle.sessions.save(f"session-{number}", session_data()))
        for number in range(20)
    ]
    await asyncio.sleep(0)

    await handle.close()

    # Whether a call was still done is its own affair; one that hangs exceeds its time limit.
    for outcome in await asyncio.gather(*saves, return_exceptions=True):
        if isinstance(outcome, BrokenRule):
            raise outcome


async def _sessions_work(handle: Handle) -> bool:
    await handle.sessions.save("early", session_data())
    return json_equal(await handle.sessions.load("early"), session_data())


async def _submissions_work(handle: Handle) -> bool:
    admitted = await queue(handle.submissions, "early")
    return list(await handle.submissions.list_runnable_submissions()) == [admitted]


async def _runs_work(handle: Handle) -> bool:
    await handle.runs.create_run(create_run("early", payload={"n": 1}))
    found = await handle.runs.get_run("early")
    return found is not None and json_equal(found.payload, {"n": 1})


async def _the_registry_works(handle: Handle) -> bool:
    await handle.registry.record_run_start(run_start("early"))
    return [each.run_id for each in (await handle.registry.list_runs()).runs] == ["early"]


async def _events_work(handle: Handle) -> bool:
    if handle.stores.event_streams is None:
        await handle.runs.create_run(create_run("with-events"))
        await handle.run_events.append_event("with-events", event("with-events", 0))
        return len(await handle.run_events.get_events("with-events")) == 1
    await handle.streams.create_stream("early")
    await handle.streams.append_event("early", {"n": 1})
    return len((await handle.streams.read_events("early")).events) == 1


_EARLY_USES: Final[Mapping[str, Callable[[Handle], Awaitable[bool]]]] = {
    "sessions": _sessions_work,
    "submissions": _submissions_work,
    "runs": _runs_work,
    "the registry": _the_registry_works,
    "events": _events_work,
}


@verifies("ADAPTER-07")
async def test_stores_before_a_migration_raise_or_work(
    empty_database: Database, expect: Expect
) -> None:
    adapter = empty_database.adapter()

    async def connect_and(use: Callable[[Handle], Awaitable[bool]]) -> bool:
        return await use(Handle(adapter, await adapter.connect()))

    for surface, use in _EARLY_USES.items():
        outcome = await attempted(partial(connect_and, use))
        expect.permitted(
            {"raises": outcome.error is not None, "works": outcome.value is True},
            came_back="something else than what was stored",
            about=f"{surface} before a migration",
        )

    await adapter.migrate()
    await fill(Handle(adapter, await adapter.connect()))


@verifies("ADAPTER-08")
@requires("persistent")
async def test_migrations_of_one_empty_location_at_once_all_succeed(
    empty_database: Database, subject: Subject, expect: Expect
) -> None:
    adapters = [empty_database.adapter() for _ in range(5)]

    # Once each: to raise under contention is what the rule forbids.
    outcomes = await asyncio.gather(*(attempted(adapter.migrate) for adapter in adapters))

    expect.equal(errors(outcomes), [], "errors of migrations at once")
    handles = [Handle(adapter, await adapter.connect()) for adapter in adapters]
    seen = await emptiness(handles[0])
    expect.equal(seen, _EMPTY_OF_EDITION[subject.edition], "the location afterwards")
    await fill(handles[0])
    expected = await work_and_sessions(handles[0])
    expect.equal(await work_and_sessions(handles[-1]), expected, "what the last adapter sees")


@verifies("ADAPTER-09")
@requires("file")
async def test_missing_parent_directories_are_created(
    subject: Subject, tmp_path: Path, ledger: Ledger, limits: Limits, expect: Expect
) -> None:
    for place in ("one/flue.db", "a/b c/ä/%/flue.db"):
        location = tmp_path / place
        elsewhere = Database(subject, str(location), migrated=False, ledger=ledger, limits=limits)
        handle = await elsewhere.open()
        await handle.sessions.save("session-1", session_data())
        loaded = await handle.sessions.load("session-1")
        await handle.close()

        expect.equal(loaded, session_data(), f"a session stored at {place!r}")
        expect.true(location.parent.is_dir(), f"whether the directory of {place!r} exists")


@verifies("ADAPTER-09")
@requires("file")
async def test_a_blank_path_is_refused(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect: Expect
) -> None:
    # Whatever an adapter makes of a blank path, it makes it here.
    monkeypatch.chdir(tmp_path)

    async def open_at(location: str) -> None:
        adapter = subject.backend.adapter(location, subject.edition)
        # An adapter in another process learns its location no earlier than here.
        expect.finding(f"the path {location!r} is refused later than at construction")
        try:
            await adapter.migrate()
            await adapter.connect()
        finally:
            await adapter.close()

    for blank in ("", " ", "\t \n"):
        await expect.raises(open_at(blank), InvalidLocation, f"the path {blank!r}")


@verifies("ADAPTER-10")
@requires("persistent")
async def test_adapters_on_one_location_see_each_others_changes(
    database: Database, expect: Expect
) -> None:
    first, second = await database.open(), await database.open()

    for writer, other, name in ((first, second, "a"), (second, first, "b")):
        # Both have looked before, so that whoever remembers is found out.
        nothing_yet = await work_and_sessions(other, name)
        await fill(writer, name)
        seen = await work_and_sessions(writer, name)
        expect.equal(await work_and_sessions(other, name), seen, f"what another sees of {name!r}")
        expect.that(
            seen != nothing_yet, came_back=nothing_yet, expected="a change", about="the other view"
        )


@verifies("ADAPTER-10")
@requires("persistent")
async def test_write_contention_between_adapters_is_waited_out(
    database: Database, expect: Expect
) -> None:
    adapters = [await database.open() for _ in range(4)]

    async def work(handle: Handle, name: str) -> None:
        for step in range(2):
            await fill(handle, f"{name}-{step}")

    # Once each: what contention makes raise is not waited out.
    outcomes = await asyncio.gather(
        *(attempted(partial(work, handle, f"of-{n}")) for n, handle in enumerate(adapters))
    )

    expect.equal(errors(outcomes), [], "errors of calls that met contention")
    for number, writer in enumerate(adapters):
        own = await work_and_sessions(writer, f"of-{number}-1")
        others = await work_and_sessions(adapters[number - 1], f"of-{number}-1")
        expect.equal(others, own, f"what another adapter sees of the writes of adapter {number}")


@verifies("ADAPTER-10")
@requires("persistent")
async def test_contention_for_one_record_is_waited_out(database: Database, expect: Expect) -> None:
    adapters = [await database.open() for _ in range(4)]
    if adapters[0].stores.event_streams is not None:
        await adapters[0].streams.create_stream("shared")

    async def work(handle: Handle, name: str) -> None:
        for step in range(8):
            await handle.sessions.save("shared", session_data(leafId=f"{name}-{step}"))
            await queue(handle.submissions, f"{name}-{step}", session="shared")
            await handle.submissions.append_stream_chunk_segment("shared", step, name)
            if handle.stores.event_streams is not None:
                await handle.streams.append_event("shared", f"{name}-{step}")

    names = [f"adapter-{number}" for number in range(len(adapters))]
    outcomes = await asyncio.gather(
        *(
            attempted(partial(work, handle, name))
            for handle, name in zip(adapters, names, strict=True)
        )
    )

    expect.equal(errors(outcomes), [], "errors of calls that met contention")
    expected = sorted(f"{name}-{step}" for name in names for step in range(8))
    admitted = [
        each for each in expected if await adapters[0].submissions.get_submission(each) is not None
    ]
    expect.equal(admitted, expected, "dispatches that were admitted at once")
    chunks = await adapters[0].submissions.get_stream_chunk_segments("shared")
    expect.equal([each.segment_index for each in chunks], list(range(8)), "chunks")
    if adapters[0].stores.event_streams is not None:
        events = (await adapters[0].streams.read_events("shared")).events
        expect.equal(sorted(each.data for each in events), expected, "events")


@verifies("ADAPTER-11")
@requires("persistent")
async def test_a_location_of_another_edition_works_or_is_refused(
    empty_database: Database, subject: Subject, expect: Expect
) -> None:
    others = sorted(subject.backend.editions - {subject.edition})
    if not others:
        pytest.skip(f"not applicable: {subject.backend.label} speaks one edition")
    earlier = await _opened(empty_database, others[0])
    await fill(earlier)
    before = await work_and_sessions(earlier)
    await earlier.close()

    opening = await attempted(partial(_opened, empty_database, subject.edition))

    if opening.value is not None:
        seen = await work_and_sessions(opening.value)
        expect.equal({part: seen[part] for part in before}, before, f"work of edition {others[0]}")
        await fill(opening.value, "b")
    else:
        # Whoever was refused leaves, before the other edition comes back.
        await empty_database.close()
        intact = await work_and_sessions(await _opened(empty_database, others[0]))
        expect.equal(intact, before, f"what edition {others[0]} sees after the refusal")


async def _opened(database: Database, edition: str) -> Handle:
    adapter = database.adapter(edition)
    await adapter.migrate()
    return Handle(adapter, await adapter.connect())
