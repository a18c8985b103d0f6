"""What is acknowledged before the power goes, and what has to be there afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from flue_conformance.contract import (
    AgentSubmissionStore,
    StreamChunkSegment,
    SubmissionLease,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.steps import queue
from flue_conformance.specs.scenarios.values import (
    attempt,
    claim,
    direct_input,
    dispatch_input,
    now,
    session_data,
    turn,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.power import Recorded

State = Mapping[str, object]

DELETION: Final = "delete_session"
HOUR_MS: Final = 3_600_000
_KEY: Final = session_key("agent-1", "default")
_SECOND: Final = dispatch_input("second")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A call that has returned."""

    name: str
    answer: int
    """The number of its answer."""
    called: int
    """How many calls a report would show by then."""
    state: State
    """What can be read since."""


async def acknowledged(recorded: Recorded) -> list[Acknowledged]:
    """Change something through every surface that outlives its process, one call after the other.

    What can be read is read after each. In the end the adapter is closed, which changes nothing of
    that.
    """
    answer, called = recorded.answered, recorded.called
    state = await recorded.unreported(readable)
    done = [Acknowledged("connect", answer, called, state)]
    for name, change in changes(recorded.handle):
        await change()
        answer, called = recorded.answered, recorded.called
        state = await recorded.unreported(readable)
        done.append(Acknowledged(name, answer, called, state))
    await recorded.handle.close()
    done.append(Acknowledged("close", recorded.answered, recorded.called, state))
    return done


def changes(handle: Handle) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    """Return calls that make up the life of two submissions, a session and a stream."""
    store, sessions = handle.submissions, handle.sessions
    first, second, taken_over = attempt("first"), attempt("second"), attempt("first", "attempt-2")
    update = TurnJournalUpdate(stream_key="stream", checkpoint_leaf_id="0000000a")
    lease = SubmissionLease("owner-2", now() + HOUR_MS)
    long = session_data(metadata={"note": "long " * 20_000})
    made: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("save", lambda: sessions.save("session-1", session_data())),
        ("admit_dispatch", lambda: queue(store, "first")),
        ("admit_dispatch of another", lambda: store.admit_dispatch(_SECOND)),
        ("admit_direct", lambda: store.admit_direct(direct_input("direct", id="other"))),
        ("claim_submission", lambda: store.claim_submission(claim("first", lease_ms=HOUR_MS))),
        ("begin_turn_journal", lambda: store.begin_turn_journal(turn("first"))),
        (
            "update_turn_journal_phase",
            lambda: store.update_turn_journal_phase(first, "provider_started", update),
        ),
        *(
            (
                f"append_stream_chunk_segment {index}",
                partial(store.append_stream_chunk_segment, "stream", index, f"[{index}]"),
            )
            for index in range(3)
        ),
        ("mark_submission_input_applied", lambda: store.mark_submission_input_applied(first)),
        ("save of a long session", lambda: sessions.save("session-2", long)),
        ("request_submission_recovery", lambda: store.request_submission_recovery(first)),
        ("mark_stream_consumed", lambda: store.mark_stream_consumed(first, "stream")),
        (
            "replace_turn_journal_attempt",
            lambda: store.replace_turn_journal_attempt(first, "attempt-2", lease),
        ),
        ("renew_leases", lambda: store.renew_leases("owner-2", ["first"])),
        ("commit_turn_journal", lambda: store.commit_turn_journal(taken_over, "leaf")),
        ("delete_stream_chunk_segments", lambda: store.delete_stream_chunk_segments("stream")),
        ("complete_submission", lambda: store.complete_submission(taken_over)),
        ("claim of the next", lambda: store.claim_submission(claim("second", lease_ms=HOUR_MS))),
        ("requeue", lambda: store.requeue_submission_before_input_applied(second)),
        ("claim again", lambda: store.claim_submission(claim("second", lease_ms=HOUR_MS))),
        ("fail_submission", lambda: store.fail_submission(second, RuntimeError("no"))),
        ("save again", lambda: sessions.save("session-1", session_data(entries=[], leafId=None))),
        (DELETION, lambda: store.delete_session(_KEY, nothing)),
        ("delete", lambda: sessions.delete("session-2")),
    ]
    if handle.stores.event_streams is not None:
        streams = handle.streams
        made += [
            ("create_stream", lambda: streams.create_stream("runs/1")),
            ("append_event", lambda: streams.append_event("runs/1", {"n": 1})),
            ("another append_event", lambda: streams.append_event("runs/1", {"n": 2})),
            ("close_stream", lambda: streams.close_stream("runs/1")),
        ]
    return made


async def readable(handle: Handle) -> dict[str, object]:
    """Return what the changes are seen by; nothing that the time of reading changes."""
    store = handle.submissions
    seen: dict[str, object] = {
        "session 1": await handle.sessions.load("session-1"),
        "session 2": await handle.sessions.load("session-2"),
        "the first submission": await store.get_submission("first"),
        "the second submission": await store.get_submission("second"),
        "the direct submission": await store.get_submission("direct"),
        "runnable submissions": list(await store.list_runnable_submissions()),
        "running submissions": list(await store.list_running_submissions()),
        "whether anything is unsettled": await store.has_unsettled_submissions(),
        "the journal": await store.get_turn_journal("first"),
        "the chunks": list(await store.get_stream_chunk_segments("stream")),
    }
    if handle.stores.event_streams is not None:
        seen["the stream"] = await handle.streams.get_stream_meta("runs/1")
        seen["its events"] = await handle.streams.read_events("runs/1")
    return seen


async def kind_of_a_replay(submissions: AgentSubmissionStore) -> str:
    """Return what an admission of work of the deleted session makes of it."""
    return (await submissions.admit_dispatch(_SECOND)).kind


@dataclass(frozen=True, eq=False, slots=True)
class Effect:
    """A call with an effect of its own, and the two states that it may leave."""

    name: str
    act: Callable[[Handle], Awaitable[object]]
    look: Callable[[Handle], Awaitable[object]]
    absent: object
    present: object


def independent_effects(rounds: int) -> list[Effect]:
    """Return effects none of which needs another."""
    return [effect for number in range(rounds) for effect in _effects(number)]


def _effects(number: int) -> Sequence[Effect]:
    session, dispatch, stream = f"session-{number}", f"dispatch-{number}", f"stream-{number}"
    data = session_data()

    async def status(handle: Handle) -> object:
        found = await handle.submissions.get_submission(dispatch)
        return found and found.status

    async def chunks(handle: Handle) -> object:
        return list(await handle.submissions.get_stream_chunk_segments(stream))

    return (
        Effect(
            f"save {session}",
            lambda handle: handle.sessions.save(session, data),
            lambda handle: handle.sessions.load(session),
            None,
            data,
        ),
        Effect(
            f"admit {dispatch}",
            lambda handle: handle.submissions.admit_dispatch(
                dispatch_input(dispatch, session=dispatch)
            ),
            status,
            None,
            "queued",
        ),
        Effect(
            f"append to {stream}",
            lambda handle: handle.submissions.append_stream_chunk_segment(stream, 0, "[]"),
            chunks,
            [],
            [StreamChunkSegment(0, "[]")],
        ),
    )
