"""The scenarios: each is a sentence, the calls that lead up to it, and the call that is timed."""

from __future__ import annotations

from random import Random
from typing import Any, cast

from benchmarks.adapters.filling import (
    STREAM,
    index,
    little,
    many_sessions,
    numbered,
    one_session,
    stream,
)
from benchmarks.adapters.scenario import Call, Turn, scenario
from flue_conformance.contract import (
    EventStreamStore,
    ListRunsOpts,
    ReadEventsOpts,
    RunCursor,
    SessionData,
    Stores,
    format_offset,
)
from flue_conformance.specs.scenarios.values import attempt, claim, dispatch_input

_PAGE = 100


@scenario(little)
async def cycle(turn: Turn) -> Call:
    """Admit, claim, apply and complete a submission; nothing else is queued."""
    return _cycle(turn)


@scenario(little)
async def claim_alone(turn: Turn) -> Call:
    """Claim the only submission."""
    name = f"alone-{turn.number}"
    await turn.stores.submissions.admit_dispatch(dispatch_input(name, session=name))
    return _claim(turn, name)


@scenario(little)
async def append_to_a_new_stream(turn: Turn) -> Call:
    """Append the first event of a stream."""
    path = f"new-{turn.number}"
    await _streams(turn.stores).create_stream(path)
    return _append(turn, path)


@scenario(little)
async def save_10_kb(turn: Turn) -> Call:
    """Save a new session of 10 kB: 10 entries."""
    return _save(turn, f"session-{turn.number}", _session(turn.random, entries=10))


@scenario(little, at_most=30)
async def save_1_mb(turn: Turn) -> Call:
    """Save a new session of 1 MB: 1 000 entries."""
    return _save(turn, f"long-session-{turn.number}", _session(turn.random, entries=1000))


@scenario(little, at_most=30)
async def continue_1_mb(turn: Turn) -> Call:
    """Save a session of 1 MB again after one more entry."""
    data = _session(turn.random, entries=1000)
    await turn.stores.sessions.save("continued", data)
    longer = {**data, "entries": [*data["entries"], _entry(turn.random, 1000)]}
    return _save(turn, "continued", cast("SessionData", longer))


@scenario(little, at_most=30)
async def load_1_mb(turn: Turn) -> Call:
    """Load a session of 1 MB."""
    if turn.number == 0:
        await turn.stores.sessions.save("loaded", _session(turn.random, entries=1000))

    async def call() -> None:
        assert await turn.stores.sessions.load("loaded")

    return call


@scenario(one_session)
async def claim_in_one_session(turn: Turn) -> Call:
    """Claim the head of the session in which everything is queued."""
    if turn.number > 0:
        earlier = attempt(numbered("queued-#", turn.number - 1))
        assert await turn.stores.submissions.complete_submission(earlier)
    return _claim(turn, numbered("queued-#", turn.number))


@scenario(one_session)
async def claim_behind_the_head(turn: Turn) -> Call:
    """Be refused the last submission of the session in which everything is queued."""
    behind = claim(numbered("queued-#", turn.rows - 1))

    async def call() -> None:
        assert await turn.stores.submissions.claim_submission(behind) is None

    return call


@scenario(one_session, at_most=20)
async def list_runnable_in_one_session(turn: Turn) -> Call:
    """List what can be claimed: one head before everything else."""

    async def call() -> None:
        assert len(await turn.stores.submissions.list_runnable_submissions()) <= 1

    return call


@scenario(many_sessions)
async def cycle_among_many(turn: Turn) -> Call:
    """Admit, claim, apply and complete a submission; all sessions have work queued."""
    return _cycle(turn)


@scenario(many_sessions)
async def claim_in_many_sessions(turn: Turn) -> Call:
    """Claim a submission; each is queued in a session of its own."""
    return _claim(turn, numbered("queued-#", turn.rows - 1 - turn.number))


@scenario(many_sessions, at_most=3)
async def list_runnable_in_many_sessions(turn: Turn) -> Call:
    """List what can be claimed: nearly everything."""

    async def call() -> None:
        assert await turn.stores.submissions.list_runnable_submissions()

    return call


@scenario(index)
async def first_page(turn: Turn) -> Call:
    """List the newest 100 runs."""
    return _page(turn, None)


@scenario(index)
async def middle_page(turn: Turn) -> Call:
    """List 100 runs from the middle of the index."""
    return _page(turn, turn.rows // 2)


@scenario(index)
async def last_page(turn: Turn) -> Call:
    """List the oldest 100 runs."""
    return _page(turn, _PAGE)


@scenario(stream)
async def append(turn: Turn) -> Call:
    """Append an event to the stream that has them all."""
    return _append(turn, STREAM)


@scenario(stream)
async def read_the_start(turn: Turn) -> Call:
    """Read the first 100 events of the stream."""
    return _read(turn, 0)


@scenario(stream)
async def read_the_end(turn: Turn) -> Call:
    """Read 100 events near the end of the stream."""
    return _read(turn, max(turn.rows - _PAGE, 0))


def _cycle(turn: Turn) -> Call:
    name = f"new-{turn.number}"
    given, claimed, started = dispatch_input(name, session=name), claim(name), attempt(name)
    submissions = turn.stores.submissions

    async def call() -> None:
        await submissions.admit_dispatch(given)
        assert await submissions.claim_submission(claimed)
        assert await submissions.mark_submission_input_applied(started)
        assert await submissions.complete_submission(started)

    return call


def _claim(turn: Turn, name: str) -> Call:
    wanted = claim(name)

    async def call() -> None:
        assert await turn.stores.submissions.claim_submission(wanted)

    return call


def _page(turn: Turn, before: int | None) -> Call:
    cursor = None
    if before is not None:
        cursor = RunCursor(numbered("2026-06-03T#", before), numbered("run-#", before)).encode()
    opts = ListRunsOpts(limit=_PAGE, cursor=cursor)

    async def call() -> None:
        assert len((await turn.stores.run_registry.list_runs(opts)).runs) == _PAGE

    return call


def _append(turn: Turn, path: str) -> Call:
    streams = _streams(turn.stores)
    event = {"type": "log", "text": f"event {turn.number}"}

    async def call() -> None:
        await streams.append_event(path, event)

    return call


def _read(turn: Turn, first: int) -> Call:
    streams = _streams(turn.stores)
    opts = ReadEventsOpts(format_offset(first - 1), _PAGE)

    async def call() -> None:
        assert len((await streams.read_events(STREAM, opts)).events) == _PAGE

    return call


def _streams(stores: Stores) -> EventStreamStore:
    assert stores.event_streams is not None
    return stores.event_streams


def _save(turn: Turn, name: str, data: SessionData) -> Call:
    async def call() -> None:
        await turn.stores.sessions.save(name, data)

    return call


def _session(random: Random, entries: int) -> SessionData:
    return cast(
        "SessionData",
        {
            "version": 5,
            "entries": [_entry(random, number) for number in range(entries)],
            "leafId": f"entry-{entries - 1}",
            "metadata": {},
        },
    )


def _entry(random: Random, number: int) -> dict[str, Any]:
    """Return a message of about a kilobyte of JSON."""
    return {
        "type": "message",
        "id": f"entry-{number}",
        "parentId": f"entry-{number - 1}" if number else None,
        "timestamp": "2026-06-03T10:20:31.000Z",
        "message": {
            "role": "user",
            "content": [{"type": "text", "text": f"{random.getrandbits(3300):x} Grüße"}],
        },
    }
