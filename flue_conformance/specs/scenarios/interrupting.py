"""Cancelling calls at chosen points, and calls worth cancelling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from flue_conformance.contract import (
    ReadEventsOpts,
    StreamChunkSegment,
    SubmissionLease,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.steps import queue, queue_and_start
from flue_conformance.specs.scenarios.values import (
    attempt,
    claim,
    create_run,
    direct_input,
    dispatch_input,
    end_run,
    event,
    now,
    run_end,
    run_start,
    session_data,
    turn,
)
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import outlasting

Call: TypeAlias = Callable[[], Awaitable[object]]
Calls: TypeAlias = Mapping[str, Call]


async def cancelled_after(
    call: Call, seconds: float = 0.0, *, turns: int = 0, times: int = 1
) -> None:
    """Begin a call, cancel it after so many seconds or turns of the loop, and wait for its end.

    It is cancelled `times` times, a turn apart: the second time meets the clean-up of the first.
    Whether the call had an effect is unknown. Raises `BrokenRule` when it broke a rule by itself.
    """
    task = asyncio.ensure_future(call())
    cancel_at = time.monotonic() + seconds
    while not task.done() and (turns > 0 or time.monotonic() < cancel_at):
        turns -= 1
        await asyncio.sleep(0)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])
    if not task.cancelled() and isinstance(task.exception(), BrokenRule):
        await task


class Acknowledged:
    """Small writes between cancelled calls, which must not go down with them."""

    def __init__(self, handle: Handle) -> None:
        self._submissions = handle.submissions
        self._bodies: list[str] = []

    async def write(self, after: str) -> None:
        """Store a chunk and have it acknowledged."""
        number, body = len(self._bodies), f"after {after}"
        # What was cancelled may go on in the background for a while, as contention.
        await outlasting(
            lambda: self._submissions.append_stream_chunk_segment("between", number, body)
        )
        self._bodies.append(body)

    async def expect_through(self, other: Handle, expect: Expect) -> None:
        """Expect that another handle sees all of them."""
        found = await other.submissions.get_stream_chunk_segments("between")
        written = [StreamChunkSegment(number, body) for number, body in enumerate(self._bodies)]
        expect.equal(found, written, "what was acknowledged between cancelled calls")


async def undisturbed(handle: Handle) -> dict[str, float]:
    """Return how many seconds each interruptible call takes."""
    # The first calls of a connection take longer than all that follow.
    await _durations(await interruptible(handle, "first"))
    return await _durations(await interruptible(handle, "undisturbed"))


async def interruptible(handle: Handle, name: str) -> Calls:
    """Prepare work under ids of `name`; returns a call of each sort on it, to be made in order."""
    await queue(handle.submissions, f"{name}-queued", session=f"{name}-queued")
    await queue_and_start(handle.submissions, f"{name}-running", session=f"{name}-running")
    await handle.runs.create_run(create_run(f"{name}-run"))
    await handle.registry.record_run_start(run_start(f"{name}-run"))
    return {
        **_session_calls(handle, name),
        **_submission_calls(handle, name),
        **_run_calls(handle, name),
        **(_event_calls(handle, name) if handle.stores.run_events is not None else {}),
        **(_stream_calls(handle, name) if handle.stores.event_streams is not None else {}),
    }


def _session_calls(handle: Handle, name: str) -> Calls:
    sessions = handle.sessions
    return {
        "save": lambda: sessions.save(name, session_data()),
        "save again": lambda: sessions.save(name, session_data(entries=[])),
        "load": lambda: sessions.load(name),
        "delete": lambda: sessions.delete(name),
    }


def _submission_calls(handle: Handle, name: str) -> Calls:
    submissions = handle.submissions
    running, key, session = f"{name}-running", f"{name}-stream", f"{name}-running"
    owning, next_one = attempt(running), attempt(running, "attempt-2")
    lease = SubmissionLease("owner-2", now() + 30_000)
    update = TurnJournalUpdate(stream_key=key)
    return {
        "admit_dispatch": lambda: submissions.admit_dispatch(
            dispatch_input(f"{name}-dispatch", session=name)
        ),
        "admit_direct": lambda: submissions.admit_direct(
            direct_input(f"{name}-direct", session=name)
        ),
        "get_submission": lambda: submissions.get_submission(running),
        "list_runnable_submissions": submissions.list_runnable_submissions,
        "list_running_submissions": submissions.list_running_submissions,
        "list_expired_submissions": submissions.list_expired_submissions,
        "has_unsettled_submissions": submissions.has_unsettled_submissions,
        "claim_submission": lambda: submissions.claim_submission(claim(f"{name}-queued")),
        "requeue": lambda: submissions.requeue_submission_before_input_applied(
            attempt(f"{name}-queued")
        ),
        "mark_submission_input_applied": lambda: submissions.mark_submission_input_applied(owning),
        "renew_leases": lambda: submissions.renew_leases("owner-1", [running]),
        "begin_turn_journal": lambda: submissions.begin_turn_journal(turn(running)),
        "update_turn_journal_phase": lambda: submissions.update_turn_journal_phase(
            owning, "provider_started", update
        ),
        "append_stream_chunk_segment": lambda: submissions.append_stream_chunk_segment(key, 0, "x"),
        "get_stream_chunk_segments": lambda: submissions.get_stream_chunk_segments(key),
        "mark_stream_consumed": lambda: submissions.mark_stream_consumed(owning, key),
        "delete_stream_chunk_segments": lambda: submissions.delete_stream_chunk_segments(key),
        "request_submission_recovery": lambda: submissions.request_submission_recovery(owning),
        "replace_turn_journal_attempt": lambda: submissions.replace_turn_journal_attempt(
            owning, "attempt-2", lease
        ),
        "commit_turn_journal": lambda: submissions.commit_turn_journal(next_one, "0000000a"),
        "fail_submission": lambda: submissions.fail_submission(next_one, RuntimeError("no")),
        # Whichever of the two owns the submission by now.
        "complete_submission": lambda: submissions.complete_submission(owning),
        "delete_session": lambda: submissions.delete_session(
            session_key("agent-1", session), nothing
        ),
    }


def _run_calls(handle: Handle, name: str) -> Calls:
    runs, registry = handle.runs, handle.registry
    return {
        "create_run": lambda: runs.create_run(create_run(f"{name}-new-run", payload={"n": 1})),
        "end_run": lambda: runs.end_run(end_run(f"{name}-run")),
        "get_run": lambda: runs.get_run(f"{name}-run"),
        "record_run_start": lambda: registry.record_run_start(run_start(f"{name}-new-run")),
        "record_run_end": lambda: registry.record_run_end(run_end(f"{name}-run")),
        "lookup_run": lambda: registry.lookup_run(f"{name}-run"),
        "list_runs": registry.list_runs,
    }


def _event_calls(handle: Handle, name: str) -> Calls:
    run = f"{name}-run"
    return {
        "append_event": lambda: handle.run_events.append_event(run, event(run, 0)),
        "get_events": lambda: handle.run_events.get_events(run),
    }


def _stream_calls(handle: Handle, name: str) -> Calls:
    streams = handle.streams
    return {
        "create_stream": lambda: streams.create_stream(name),
        # The creation may have been cut short.
        "append_event": lambda: _created_and_appended(handle, name),
        "read_events": lambda: streams.read_events(name, ReadEventsOpts(limit=1)),
        "get_stream_meta": lambda: streams.get_stream_meta(name),
        "close_stream": lambda: streams.close_stream(name),
        "delete_stream": lambda: streams.delete_stream(name),
    }


async def _created_and_appended(handle: Handle, name: str) -> None:
    await handle.streams.create_stream(name)
    await handle.streams.append_event(name, {"type": "log"})


async def _durations(calls: Calls) -> dict[str, float]:
    """Make the calls one after the other and return how many seconds each took."""
    taken = {}
    for name, call in calls.items():
        began = time.monotonic()
        await call()
        taken[name] = time.monotonic() - began
    return taken
