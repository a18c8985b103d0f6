"""Saves, loads and deletions of a session record that race. SESSION-10, SESSION-11."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from flue_conformance.contract import SessionData, json_equal, session_key
from flue_conformance.specs.scenarios.session_records import versioned
from flue_conformance.specs.scenarios.values import session_data
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import errors, outlasting, together

KEY: Final = session_key("agent-1", "default")

SessionCall: TypeAlias = Callable[[], Awaitable[SessionData | None]]


async def race_loads_with_saves(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Load a record while it is saved; each load returns a whole version."""
    writer, *readers = handles
    versions: list[SessionData | None] = [versioned(0)]
    await writer.sessions.save(KEY, versioned(0))
    for number in range(1, rounds + 1):
        versions.append(versioned(number))
        saving = [partial(writer.sessions.save, KEY, versioned(number))]
        loaded = await _loaded_during(saving, readers, expect)

        for record in loaded:
            _expect_whole(expect, record, versions, "a load during a save")


async def race_loads_with_saves_and_deletions(
    handles: list[Handle], expect: Expect, rounds: int
) -> None:
    """Load a record while it is saved and deleted; each load returns a whole version or none."""
    saver, deleter, *readers = handles
    versions: list[SessionData | None] = [None]
    for number in range(rounds):
        versions.append(versioned(number))
        changing: list[SessionCall] = [
            partial(saver.sessions.save, KEY, versioned(number)),
            partial(deleter.sessions.delete, KEY),
        ]
        loaded = await _loaded_during(changing, readers, expect)

        for record in loaded:
            _expect_whole(expect, record, versions, "a load during a save and a deletion")


async def race_first_saves(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race first saves of one record, one through each handle; one of them is left."""
    for number in range(rounds):
        await _race_saves(handles, expect, number)


async def race_saves_over_a_record(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race saves over a record, one through each handle; one of them is left."""
    for number in range(rounds):
        await handles[0].sessions.save(f"session-{number}", session_data())
        await _race_saves(handles, expect, number)


async def _loaded_during(
    changes: Sequence[SessionCall], readers: Sequence[Handle], expect: Expect
) -> list[SessionData | None]:
    """Make changes at once, and return what readers load from before they begin to their end."""
    loaded: list[SessionData | None] = []
    changing = len(changes)

    async def change(call: SessionCall) -> None:
        nonlocal changing
        await outlasting(call)
        changing -= 1

    async def read(reader: Handle) -> None:
        while changing:
            loaded.append(await outlasting(partial(reader.sessions.load, KEY)))

    racers = await together(
        [*(partial(change, call) for call in changes), *(partial(read, each) for each in readers)]
    )
    expect.equal(errors(racers), [], "what changes and loads raised")
    return loaded


async def _race_saves(handles: list[Handle], expect: Expect, number: int) -> None:
    name = f"session-{number}"
    # In each round another handle has the longest record, the one that takes longest to save.
    versions = [versioned(number + place) for place in range(len(handles))]
    racers = await together(
        partial(handle.sessions.save, name, version)
        for handle, version in zip(handles, versions, strict=True)
    )

    expect.equal(errors(racers), [], "what concurrent saves raised")
    _expect_whole(expect, await handles[0].sessions.load(name), versions, "what saves left")


def _expect_whole(
    expect: Expect, loaded: object, versions: Sequence[SessionData | None], about: str
) -> None:
    if not any(json_equal(loaded, version) for version in versions):
        *_, latest = versions
        expect.equal(loaded, latest, f"{about} (or one of {len(versions) - 1} versions before)")
