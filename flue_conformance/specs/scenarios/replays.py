"""Calls that may be made again when their outcome is unknown, and what is true afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flue_conformance.contract import DuplicateEvent, kind_of, session_key
from flue_conformance.specs.scenarios.admissions import as_stored
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_settle,
    queue_and_start,
    read,
    read_journal,
)
from flue_conformance.specs.scenarios.values import (
    attempt,
    claim,
    create_run,
    direct_input,
    dispatch_input,
    end_run,
    event,
    run_end,
    run_start,
    session_data,
    turn,
)
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect


async def _without_preparation(handle: Handle, name: str) -> None:
    """Do nothing: the call needs nothing that is there before."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A call under ids of a name, what has to be there before, and what is true afterwards."""

    call: Callable[[Handle, str], Awaitable[object]]
    truth: Callable[[Handle, str, object, Expect], Awaitable[None]]
    prepare: Callable[[Handle, str], Awaitable[object]] = _without_preparation

    async def judge(
        self, handle: Handle, name: str, answer: object, expect: Expect, about: str
    ) -> None:
        """Expect the truth of what a handle sees and of what the call returned.

        That may have been at the first time, or when it was made again.
        """
        try:
            await self.truth(handle, name, answer, expect)
        except BrokenRule as broken:
            raise BrokenRule(
                about=f"{about}: {broken.about}",
                came_back=broken.came_back,
                expected=broken.expected,
            ) from None


def _admit_dispatch(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.admit_dispatch(dispatch_input(name, session=name))


async def _dispatch_is_queued_once(
    handle: Handle, name: str, answer: object, expect: Expect
) -> None:
    stored = await read(handle.submissions, name)
    expect.equal(getattr(answer, "kind", answer), "submission", "what the admission answers")
    expect.equal(getattr(answer, "submission", None), stored, "the submission of the answer")
    dispatch = dispatch_input(name, session=name)
    expect.equal(stored.input, as_stored(dispatch), "the input that is stored")
    await _is_the_only_one_of_its_session(handle, name, expect)


def _admit_direct(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.admit_direct(direct_input(name, session=name))


async def _prompt_is_queued_once(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.equal(answer, await read(handle.submissions, name), "what the admission answers")
    await _is_the_only_one_of_its_session(handle, name, expect)


async def _is_the_only_one_of_its_session(handle: Handle, name: str, expect: Expect) -> None:
    runnable = await handle.submissions.list_runnable_submissions()
    key = session_key("agent-1", name)
    own = [each.submission_id for each in runnable if each.session_key == key]
    expect.equal(own, [name], "what can run in the session")


def _claim(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.claim_submission(claim(name, lease_ms=3_600_000))


async def _runs_its_first_attempt(
    handle: Handle, name: str, answer: object, expect: Expect
) -> None:
    stored = await read(handle.submissions, name)
    seen = stored.status, stored.attempt_id, stored.attempt_count
    expect.equal(seen, ("running", "attempt-1", 1), "status, attempt and count after a claim")
    if answer is not None:
        expect.equal(answer, stored, "what the claim answers")


def _mark_applied(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.mark_submission_input_applied(attempt(name))


async def _input_is_applied(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.true(answer, "what the mark answers")
    stored = await read(handle.submissions, name)
    expect.that(stored.input_applied_at is not None, came_back=stored, expected="an input mark")


async def _start_a_turn(handle: Handle, name: str) -> None:
    await queue_and_start(handle.submissions, name, session=name)
    await begin_turn(handle.submissions, name)


def _begin_turn(handle: Handle, name: str) -> Awaitable[object]:
    key = session_key("agent-1", name)
    return handle.submissions.begin_turn_journal(turn(name, session_key=key))


async def _turn_has_begun(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.true(answer, "what the begin answers")
    journal = await read_journal(handle.submissions, name)
    seen = journal.attempt_id, journal.phase, journal.committed
    expect.equal(seen, ("attempt-1", "before_provider", False), "the journal")


def _replace(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.replace_turn_journal_attempt(attempt(name), "attempt-2")


async def _runs_its_second_attempt(
    handle: Handle, name: str, answer: object, expect: Expect
) -> None:
    stored = await read(handle.submissions, name)
    journal = await read_journal(handle.submissions, name)
    seen = stored.attempt_id, stored.attempt_count, journal.attempt_id
    expected = ("attempt-2", 2, "attempt-2")
    expect.equal(seen, expected, "attempt, count and the journal's attempt after a takeover")
    if answer is not None:
        expect.equal(answer, stored, "what the takeover answers")


async def _start(handle: Handle, name: str) -> None:
    await queue_and_start(handle.submissions, name, session=name)


def _requeue(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.requeue_submission_before_input_applied(attempt(name))


async def _is_queued_again(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.one_of(answer, [True, False], "what the requeue answers")
    stored = await read(handle.submissions, name)
    expect.equal((stored.status, stored.attempt_id), ("queued", None), "status and attempt")


def _complete(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.complete_submission(attempt(name))


async def _is_settled(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.one_of(answer, [True, False], "what the completion answers")
    stored = await read(handle.submissions, name)
    expect.equal((stored.status, stored.error), ("settled", None), "status and error")


async def _settle(handle: Handle, name: str) -> None:
    await queue_and_settle(handle.submissions, name, session=name)


def _delete_session(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.delete_session(session_key("agent-1", name), nothing)


async def _left_a_receipt(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the deletion answers")
    expect.none(await handle.submissions.get_submission(name), "the submission afterwards")
    replay = await handle.submissions.admit_dispatch(dispatch_input(name, session=name))
    expect.equal(replay.kind, "retained_receipt", "a replay afterwards")


def _append_chunk(handle: Handle, name: str) -> Awaitable[object]:
    return handle.submissions.append_stream_chunk_segment(name, 3, name)


async def _chunk_is_there_once(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.one_of(answer, [True, False], "what the append answers")
    found = await handle.submissions.get_stream_chunk_segments(name)
    stored = [(each.segment_index, each.body) for each in found]
    expect.equal(stored, [(3, name)], "the chunks that are stored")


def _save(handle: Handle, name: str) -> Awaitable[object]:
    return handle.sessions.save(name, session_data())


async def _session_is_there(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the save answers")
    expect.equal(await handle.sessions.load(name), session_data(), "the session")


def _create_run(handle: Handle, name: str) -> Awaitable[object]:
    return handle.runs.create_run(create_run(name, workflow=name, payload={"of": name}))


async def _run_is_active(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the creation answers")
    run = await handle.runs.get_run(name)
    seen = run and (run.status, run.payload)
    expect.equal(seen, ("active", {"of": name}), "status and payload of the run")


def _end_run(handle: Handle, name: str) -> Awaitable[object]:
    return handle.runs.end_run(end_run(name, result={"of": name}))


async def _run_has_ended(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the end answers")
    run = await handle.runs.get_run(name)
    seen = run and (run.status, run.result)
    expect.equal(seen, ("completed", {"of": name}), "status and result of the run")


def _record_start(handle: Handle, name: str) -> Awaitable[object]:
    return handle.registry.record_run_start(run_start(name, workflow=name))


async def _is_listed(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the record answers")
    pointer = await handle.registry.lookup_run(name)
    expect.equal(pointer and pointer.status, "active", "the status of the pointer")


def _record_end(handle: Handle, name: str) -> Awaitable[object]:
    return handle.registry.record_run_end(run_end(name))


async def _is_listed_as_ended(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the record answers")
    pointer = await handle.registry.lookup_run(name)
    expect.equal(pointer and pointer.status, "completed", "the status of the pointer")


async def _append_run_event(handle: Handle, name: str) -> None:
    try:
        await handle.run_events.append_event(name, event(name, 0))
    except Exception as error:
        # It says that the event is there, and whether it is will be seen. EVENT-09.
        if kind_of(error) != DuplicateEvent.kind:
            raise


async def _event_is_there_once(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the append answers")
    expect.equal(await handle.run_events.get_events(name), [event(name, 0)], "the run's events")


def _create_stream(handle: Handle, name: str) -> Awaitable[object]:
    return handle.streams.create_stream(name)


async def _stream_is_open(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the creation answers")
    meta = await handle.streams.get_stream_meta(name)
    expect.equal(meta and meta.closed, False, "whether the stream is closed")


async def _has_a_stream(handle: Handle, name: str) -> None:
    await handle.streams.create_stream(name)


def _close_stream(handle: Handle, name: str) -> Awaitable[object]:
    return handle.streams.close_stream(name)


async def _stream_is_closed(handle: Handle, name: str, answer: object, expect: Expect) -> None:
    expect.none(answer, "what the closing answers")
    meta = await handle.streams.get_stream_meta(name)
    expect.equal(meta and meta.closed, True, "whether the stream is closed")


async def _queue(handle: Handle, name: str) -> None:
    await queue(handle.submissions, name, session=name)


_OF_EVERY_EDITION: Final[Mapping[str, Replay]] = {
    "admit_dispatch": Replay(_admit_dispatch, _dispatch_is_queued_once),
    "admit_direct": Replay(_admit_direct, _prompt_is_queued_once),
    "claim_submission": Replay(_claim, _runs_its_first_attempt, _queue),
    "mark_submission_input_applied": Replay(_mark_applied, _input_is_applied, _start),
    "begin_turn_journal": Replay(_begin_turn, _turn_has_begun, _start),
    "append_stream_chunk_segment": Replay(_append_chunk, _chunk_is_there_once),
    "replace_turn_journal_attempt": Replay(_replace, _runs_its_second_attempt, _start_a_turn),
    "requeue_submission_before_input_applied": Replay(_requeue, _is_queued_again, _start),
    "complete_submission": Replay(_complete, _is_settled, _start),
    "delete_session": Replay(_delete_session, _left_a_receipt, _settle),
    "save": Replay(_save, _session_is_there),
    "create_run": Replay(_create_run, _run_is_active),
    "end_run": Replay(_end_run, _run_has_ended, _create_run),
    "record_run_start": Replay(_record_start, _is_listed),
    "record_run_end": Replay(_record_end, _is_listed_as_ended, _record_start),
}
_OF_RUN_EVENTS: Final = {
    "append_event": Replay(_append_run_event, _event_is_there_once, _create_run)
}
_OF_STREAMS: Final = {
    "create_stream": Replay(_create_stream, _stream_is_open),
    "close_stream": Replay(_close_stream, _stream_is_closed, _has_a_stream),
}


def replays(handle: Handle) -> dict[str, Replay]:
    """Return the calls of the handle's edition that are safe to make again, by their method."""
    found = dict(_OF_EVERY_EDITION)
    if handle.stores.run_events is not None:
        found |= _OF_RUN_EVENTS
    if handle.stores.event_streams is not None:
        found |= _OF_STREAMS
    return found
