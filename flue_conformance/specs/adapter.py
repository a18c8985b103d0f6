"""The adapter object: migrate, connect, close."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from flue_conformance.contract import InvalidLocation
from flue_conformance.specs.scenarios.contents import (
    emptiness,
    everything,
    fill,
    runs_and_pointers,
    work_and_sessions,
)
from flue_conformance.specs.scenarios.values import session_data
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Database, Handle, Subject
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import attempted
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
async def test_closing_needs_no_connect(empty_database: Database, expect: Expect) -> None:
    untouched, migrated = empty_database.adapter(), empty_database.adapter()
    await migrated.migrate()

    for adapter, about in ((untouched, "an untouched adapter"), (migrated, "a migrated adapter")):
        await adapter.close()
        again = await attempted(adapter.close)
        if again.error is not None:
            expect.finding(f"a second close of {about} raises: {again.error}")


@verifies("ADAPTER-04")
async def test_closing_after_use_succeeds(empty_database: Database, expect: Expect) -> None:
    handle = await empty_database.open()
    await handle.connect()
    await fill(handle)

    await handle.close()

    again = await attempted(handle.close)
    if again.error is not None:
        expect.finding(f"a second close of a used adapter raises: {again.error}")


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
