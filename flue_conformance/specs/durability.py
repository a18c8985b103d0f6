"""Durability: what outlives a restart, a takeover, and a call that was cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any, Final

import pytest

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    SubmissionAttemptRef,
    SubmissionDurability,
    SubmissionLease,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.contents import everything, fill, work_and_sessions
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.fencing import JOURNAL_CALLS, SUBMISSION_CALLS
from flue_conformance.specs.scenarios.interrupting import (
    Acknowledged,
    cancelled_after,
    interruptible,
    undisturbed,
)
from flue_conformance.specs.scenarios.journal_steps import streaming_journal
from flue_conformance.specs.scenarios.refusals import refusals
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_settle,
    queue_and_start,
    read,
    read_journal,
    start,
    stored,
)
from flue_conformance.specs.scenarios.values import (
    attempt,
    claim,
    direct_input,
    dispatch_input,
    now,
    session_data,
    turn,
)
from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import (
    ROUNDS,
    attempted,
    errors,
    only_winner,
    outlasting,
    together,
)
from flue_conformance.specs.support.verifies import requires, verifies

KEY: Final = session_key("agent-1", "default")
HOUR_MS: Final = 3_600_000


async def expect_all_to_see(
    handles: list[Handle],
    changes: list[tuple[str, Callable[[Handle], Awaitable[object]]]],
    view: Callable[[Handle], Awaitable[object]],
    expect: Expect,
) -> None:
    """Make the changes, each through the next handle, and expect every handle to see each."""
    # Everybody looks before the first change too, so that whoever remembers is found out.
    for handle in handles:
        before = await view(handle)
    for writer, (name, change) in zip(cycle(handles), changes, strict=False):
        await change(writer)
        # Whoever comes new has nothing to remember.
        seen = await view(await writer.connect())
        expect.that(seen != before, came_back="the state before", expected="a change", about=name)
        for place, handle in enumerate(handles):
            expect.equal(await view(handle), seen, f"what handle {place} sees after {name}")
        before = seen


@verifies("DURABILITY-03")
async def test_every_handle_sees_a_session_change_at_once(
    handles: list[Handle], expect: Expect
) -> None:
    first, second = session_data(), session_data(entries=[], leafId=None)

    await expect_all_to_see(
        handles,
        [
            ("save", lambda handle: handle.sessions.save("session-1", first)),
            ("save again", lambda handle: handle.sessions.save("session-1", second)),
            ("delete", lambda handle: handle.sessions.delete("session-1")),
            ("save anew", lambda handle: handle.sessions.save("session-1", first)),
        ],
        lambda handle: handle.sessions.load("session-1"),
        expect,
    )


@verifies("DURABILITY-03")
async def test_every_handle_sees_a_submission_change_at_once(
    handles: list[Handle], expect: Expect
) -> None:
    first, second, taken_over = attempt("first"), attempt("second"), attempt("first", "attempt-2")
    update = TurnJournalUpdate(stream_key="stream", checkpoint_leaf_id="0000000a")
    lease = SubmissionLease("owner-2", now() - 1)
    dispatch = dispatch_input("second")

    async def view(handle: Handle) -> object:
        submissions = handle.submissions
        return (
            await submissions.get_submission("first"),
            await submissions.get_submission("second"),
            await submissions.get_submission("direct"),
            await submissions.list_runnable_submissions(),
            await submissions.list_running_submissions(),
            await submissions.list_expired_submissions(),
            await submissions.has_unsettled_submissions(),
            await submissions.get_turn_journal("first"),
            await submissions.get_stream_chunk_segments("stream"),
        )

    def on(act: Callable[[AgentSubmissionStore], Awaitable[object]]) -> Any:
        return lambda handle: act(handle.submissions)

    changes = [
        ("admit_dispatch", on(lambda store: queue(store, "first"))),
        ("a later admit_dispatch", on(lambda store: store.admit_dispatch(dispatch))),
        ("admit_direct", on(lambda store: store.admit_direct(direct_input("direct", id="other")))),
        ("claim_submission", on(lambda store: start(store, "first", lease_ms=-HOUR_MS))),
        ("begin_turn_journal", on(lambda store: store.begin_turn_journal(turn("first")))),
        (
            "update_turn_journal_phase",
            on(lambda store: store.update_turn_journal_phase(first, "provider_started", update)),
        ),
        (
            "append_stream_chunk_segment",
            on(lambda store: store.append_stream_chunk_segment("stream", 0, "[]")),
        ),
        (
            "mark_submission_input_applied",
            on(lambda store: store.mark_submission_input_applied(first)),
        ),
        (
            "request_submission_recovery",
            on(lambda store: store.request_submission_recovery(first)),
        ),
        ("mark_stream_consumed", on(lambda store: store.mark_stream_consumed(first, "stream"))),
        (
            "replace_turn_journal_attempt",
            on(lambda store: store.replace_turn_journal_attempt(first, "attempt-2", lease)),
        ),
        ("renew_leases", on(lambda store: store.renew_leases("owner-2", ["first"]))),
        ("commit_turn_journal", on(lambda store: store.commit_turn_journal(taken_over, "leaf"))),
        (
            "delete_stream_chunk_segments",
            on(lambda store: store.delete_stream_chunk_segments("stream")),
        ),
        ("complete_submission", on(lambda store: store.complete_submission(taken_over))),
        ("a later claim_submission", on(lambda store: start(store, "second"))),
        ("requeue", on(lambda store: store.requeue_submission_before_input_applied(second))),
        ("a claim after the requeue", on(lambda store: start(store, "second"))),
        ("fail_submission", on(lambda store: store.fail_submission(second, RuntimeError("no")))),
        ("delete_session", on(lambda store: store.delete_session(KEY, nothing))),
    ]
    await expect_all_to_see(handles[:2], changes, view, expect)

    for place, handle in enumerate(handles):
        replay = await handle.submissions.admit_dispatch(dispatch)
        expect.equal(replay.kind, "retained_receipt", f"a replay through handle {place}")


@verifies("DURABILITY-03")
async def test_every_handle_sees_a_stream_change_at_once(
    handles: list[Handle], expect: Expect
) -> None:
    if handles[0].stores.event_streams is None:
        pytest.skip("not applicable: edition 0.10 has no event streams")

    async def view(handle: Handle) -> object:
        return await handle.streams.get_stream_meta("runs/1"), await handle.streams.read_events(
            "runs/1"
        )

    await expect_all_to_see(
        handles,
        [
            ("create_stream", lambda handle: handle.streams.create_stream("runs/1")),
            ("append_event", lambda handle: handle.streams.append_event("runs/1", {"n": 1})),
            ("another", lambda handle: handle.streams.append_event("runs/1", {"n": 2})),
            ("a third", lambda handle: handle.streams.append_event("runs/1", {"n": 3})),
            ("close_stream", lambda handle: handle.streams.close_stream("runs/1")),
            ("delete_stream", lambda handle: handle.streams.delete_stream("runs/1")),
            ("create_stream anew", lambda handle: handle.streams.create_stream("runs/1")),
        ],
        view,
        expect,
    )


async def leave_work_of_every_sort(submissions: AgentSubmissionStore) -> list[str]:
    """Leave submissions whose state an eager recovery might touch, and return their ids."""
    await queue_and_settle(submissions, "settled", session="settled")
    await queue(submissions, "queued", session="queued")
    leases = {"live": HOUR_MS, "expired": -HOUR_MS}
    for name, lease_ms in leases.items():
        await queue(submissions, name, session=name)
        await start(submissions, name, lease_ms=lease_ms)
        await queue(submissions, f"behind-{name}", session=name)
    await queue(submissions, "leaseless", session="leaseless")
    await submissions.claim_submission(replace(claim("leaseless"), lease_expires_at=0))

    for name in ("applied", "exhausted", "overdue", "lost"):
        await queue_and_start(submissions, name, session=name)
    budgets = {"exhausted": SubmissionDurability(0, 0), "overdue": SubmissionDurability(10, 1)}
    for name in ("applied", "exhausted", "overdue"):
        await submissions.mark_submission_input_applied(attempt(name), budgets.get(name))
    await submissions.request_submission_recovery(attempt("lost"))

    for name in ("committed", "consumed"):
        await queue_and_start(submissions, name, session=name)
        await begin_turn(submissions, name, tool_request={"toolCalls": []})
        update = TurnJournalUpdate(stream_key=f"{name}-stream")
        await submissions.update_turn_journal_phase(attempt(name), "provider_started", update)
        await submissions.append_stream_chunk_segment(f"{name}-stream", 0, "[]")
    await submissions.commit_turn_journal(attempt("committed"), "0000000a")
    await submissions.mark_stream_consumed(attempt("consumed"), "consumed-stream")
    await submissions.replace_turn_journal_attempt(
        attempt("consumed"), "attempt-2", SubmissionLease("owner-2", now() - 1)
    )
    running = await submissions.list_running_submissions()
    behind = [f"behind-{name}" for name in leases]
    return ["settled", "queued", *behind, *(each.submission_id for each in running)]


@verifies("DURABILITY-04")
@requires("persistent")
async def test_a_restart_changes_no_submission(
    database: Database, handle: Handle, expect: Expect
) -> None:
    ids = await leave_work_of_every_sort(handle.submissions)
    before = await stored(handle.submissions, *ids)
    running = await handle.submissions.list_running_submissions()
    expect.that(len(running) >= 9, came_back=running, expected="at least 9 running submissions")

    for restart in range(2):
        handle = await database.reopen(handle)
        about = f"after restart {restart + 1}"
        expect.equal(await stored(handle.submissions, *ids), before, f"submissions {about}")
        expect.equal(
            await handle.submissions.list_running_submissions(), running, f"running {about}"
        )
        expect.equal(await stored(handle.submissions, *ids), before, f"{about} and a listing")


@verifies("DURABILITY-04")
@requires("persistent")
async def test_a_second_opening_changes_no_submission(
    database: Database, handle: Handle, expect: Expect
) -> None:
    ids = await leave_work_of_every_sort(handle.submissions)
    before = await stored(handle.submissions, *ids)

    second = await database.open()
    await second.adapter.migrate()

    expect.equal(await stored(handle.submissions, *ids), before, "what the first handle sees")
    expect.equal(await stored(second.submissions, *ids), before, "what the second handle sees")


@verifies("DURABILITY-04")
@requires("persistent")
async def test_the_attempt_goes_on_after_a_restart(
    database: Database, handle: Handle, expect: Expect
) -> None:
    running = await queue_and_start(handle.submissions)
    await begin_turn(handle.submissions)
    handle = await database.reopen(handle)
    submissions = handle.submissions

    expect.true(await submissions.mark_submission_input_applied(running), "input mark")
    expect.true(
        await submissions.update_turn_journal_phase(running, "provider_started"), "journal update"
    )
    handle = await database.reopen(handle)
    submissions = handle.submissions
    expect.true(await submissions.commit_turn_journal(running, "0000000a"), "journal commit")
    expect.true(await submissions.complete_submission(running), "completion")
    handle = await database.reopen(handle)
    expect.equal((await read(handle.submissions)).status, "settled", "the status in the end")


@verifies("DURABILITY-05")
@requires("persistent")
async def test_after_a_restart_a_submission_expires_with_its_lease_and_no_earlier(
    database: Database, handle: Handle, expect: Expect
) -> None:
    for name, lease_ms in (
        ("expired", -HOUR_MS),
        ("minute", 60_000),
        ("barely", -1),
        ("live", HOUR_MS),
        ("older", -2 * HOUR_MS),
    ):
        await queue(handle.submissions, name, session=name)
        await start(handle.submissions, name, lease_ms=lease_ms)

    for restart in range(2):
        handle = await database.reopen(handle)
        expired = await handle.submissions.list_expired_submissions()
        expect.equal(
            [each.submission_id for each in expired],
            ["expired", "barely", "older"],
            f"expired submissions after restart {restart + 1}",
        )


@verifies("DURABILITY-05")
@requires("persistent")
async def test_after_a_restart_a_submission_still_blocks_its_session(
    database: Database, handle: Handle, expect: Expect
) -> None:
    for name, lease_ms in (("live", HOUR_MS), ("expired", -HOUR_MS)):
        await queue(handle.submissions, name, session=name)
        await start(handle.submissions, name, lease_ms=lease_ms)
        await queue(handle.submissions, f"behind-{name}", session=name)
    handle = await database.reopen(handle)
    submissions = handle.submissions

    expect.equal(await submissions.list_runnable_submissions(), [], "runnable submissions")
    for name in ("live", "expired", "behind-live", "behind-expired"):
        expect.none(await submissions.claim_submission(claim(name, "attempt-9")), f"claim {name}")

    lease = SubmissionLease("owner-2", now() + HOUR_MS)
    await submissions.replace_turn_journal_attempt(attempt("expired"), "attempt-2", lease)
    expect.none(await submissions.claim_submission(claim("behind-expired")), "after the takeover")
    await submissions.complete_submission(attempt("expired", "attempt-2"))
    runnable = [each.submission_id for each in await submissions.list_runnable_submissions()]
    expect.equal(runnable, ["behind-expired"], "runnable when the recovered one is settled")


OWN_CALLS: Final = {
    **SUBMISSION_CALLS,
    "a replacement": lambda store, mine: store.replace_turn_journal_attempt(
        mine, "attempt-9", SubmissionLease("owner-1", now() + HOUR_MS)
    ),
}
"""What an attempt may do to its submission alone."""


async def expect_refused(
    dead: SubmissionAttemptRef,
    calls: Mapping[str, Callable[..., Awaitable[object]]],
    when: str,
    handles: tuple[Handle, Handle],
    expect: Expect,
) -> None:
    """Expect that the dead attempt's calls through its own handle are refused.

    `handles` are its own and another one, through which nothing may have changed.
    """
    own, other = handles
    before = await stored(other.submissions, dead.submission_id)
    for name, call in calls.items():
        about = f"{name} by the dead attempt {when}"
        expect.one_of(await call(own.submissions, dead), [False, None], about)
        expect.equal(await stored(other.submissions, dead.submission_id), before, f"after {about}")


async def start_turn(submissions: AgentSubmissionStore) -> SubmissionAttemptRef:
    """Start the first attempt, with a journal that streams and a lease that has passed."""
    await queue(submissions)
    await start(submissions, lease_ms=-HOUR_MS)
    await streaming_journal(submissions, attempt())
    return attempt()


@verifies("DURABILITY-06")
@requires("persistent")
async def test_a_dead_attempt_is_refused_after_a_takeover(
    database: Database, handle: Handle, expect: Expect
) -> None:
    dead, alive = await start_turn(handle.submissions), attempt(attempt_id="attempt-2")
    second = await database.open()
    # The same owner comes back: the attempt is what tells the two apart.
    lease = SubmissionLease("owner-1", now() + HOUR_MS)
    taken = await second.submissions.replace_turn_journal_attempt(dead, "attempt-2", lease)
    expect.equal(taken and taken.attempt_id, "attempt-2", "the attempt after the takeover")

    for when in ("at once", "after its restart"):
        calls = {**OWN_CALLS, **JOURNAL_CALLS}
        await expect_refused(dead, calls, when, (handle, second), expect)
        handle = await database.reopen(handle)
    expect.true(await second.submissions.complete_submission(alive), "completion by the new one")
    await expect_refused(dead, OWN_CALLS, "after settlement", (handle, second), expect)


@verifies("DURABILITY-06")
@requires("persistent")
async def test_a_dead_attempt_is_refused_after_a_requeue_and_a_new_claim(
    database: Database, handle: Handle, expect: Expect
) -> None:
    dead, alive = await start_turn(handle.submissions), attempt(attempt_id="attempt-2")
    second = await database.open()
    requeued = await second.submissions.requeue_submission_before_input_applied(dead)
    expect.true(requeued, "requeue by whoever recovers")

    await expect_refused(dead, OWN_CALLS, "after the requeue", (handle, second), expect)
    await start(second.submissions, attempt_id="attempt-2")
    await expect_refused(dead, OWN_CALLS, "after the new claim", (handle, second), expect)
    handle = await database.reopen(handle)
    await expect_refused(dead, OWN_CALLS, "after its restart", (handle, second), expect)
    expect.true(await second.submissions.complete_submission(alive), "completion by the new one")


@verifies("DURABILITY-06")
@requires("persistent")
async def test_the_journal_answers_the_attempt_that_it_names(
    database: Database, handle: Handle, expect: Expect
) -> None:
    dead, alive = await start_turn(handle.submissions), attempt(attempt_id="attempt-2")
    second = await database.open()
    await second.submissions.requeue_submission_before_input_applied(dead)
    await start(second.submissions, attempt_id="attempt-2")

    for name, call in JOURNAL_CALLS.items():
        about = f"{name} by the new attempt before its own turn began"
        expect.false(await call(second.submissions, alive), about)
    late = TurnJournalUpdate(checkpoint_leaf_id="late")
    updated = await handle.submissions.update_turn_journal_phase(dead, "provider_started", late)
    expect.true(updated, "an update by the attempt that the journal names")
    journal = await read_journal(second.submissions)
    expect.equal(journal.checkpoint_leaf_id, "late", "the checkpoint afterwards")

    await begin_turn(second.submissions, attempt_id="attempt-2")
    await streaming_journal(second.submissions, alive)
    when = "after the new attempt's turn began"
    await expect_refused(dead, JOURNAL_CALLS, when, (handle, second), expect)


@verifies("DURABILITY-06")
@requires("persistent")
async def test_session_saves_are_not_fenced(
    database: Database, handle: Handle, expect: Expect
) -> None:
    dead = await start_turn(handle.submissions)
    second = await database.open()
    await second.sessions.save(KEY, session_data(leafId="00000001"))
    lease = SubmissionLease("owner-2", now() + HOUR_MS)
    await second.submissions.replace_turn_journal_attempt(dead, "attempt-2", lease)

    late = session_data(leafId="00000002")
    await handle.sessions.save(KEY, late)

    expect.equal(await second.sessions.load(KEY), late, "the session after a late save")


@verifies("DURABILITY-07")
@requires("persistent")
async def test_of_several_takeovers_one_succeeds(handles: list[Handle], expect: Expect) -> None:
    for number in range(ROUNDS):
        submission = f"dispatch-{number}"
        submissions = handles[number % len(handles)].submissions
        await queue(submissions, submission, session=submission)
        await start(submissions, submission, lease_ms=-HOUR_MS)
        await begin_turn(submissions, submission)

        racers = await together(
            [taking_over(handle.submissions, submission, n) for n, handle in enumerate(handles)]
        )

        place = only_winner(racers, lambda taken: taken is not None, "takeovers that succeeded")
        after = await read(submissions, submission)
        journal = await read_journal(submissions, submission)
        expect.equal(journal.attempt_id, after.attempt_id, "the attempt that the journal names")
        expect.equal(after.attempt_count, 2, "attempts after one takeover")
        if place is not None:
            expect.equal(racers[place].value, after, "the submission that the winner was given")
            expect.equal(after.attempt_id, f"attempt-of-{place}", "the attempt that goes on")


def taking_over(
    submissions: AgentSubmissionStore, submission: str, recoverer: int
) -> Callable[[], Awaitable[AgentSubmission | None]]:
    """Return a call that takes the first attempt's work over by replacement."""
    lease = SubmissionLease(f"owner-{recoverer}", now() + HOUR_MS)
    return lambda: submissions.replace_turn_journal_attempt(
        attempt(submission), f"attempt-of-{recoverer}", lease
    )


@verifies("DURABILITY-07")
@requires("persistent")
async def test_of_takeovers_and_requeues_one_obtains_the_submission(
    handles: list[Handle], expect: Expect
) -> None:
    def requeueing(
        submissions: AgentSubmissionStore, submission: str, recoverer: int
    ) -> Callable[[], Awaitable[AgentSubmission | None]]:
        async def requeue_and_claim() -> AgentSubmission | None:
            await submissions.requeue_submission_before_input_applied(attempt(submission))
            return await submissions.claim_submission(
                claim(submission, f"attempt-of-{recoverer}", owner_id=f"owner-{recoverer}")
            )

        return requeue_and_claim

    for number in range(ROUNDS):
        submission = f"dispatch-{number}"
        submissions = handles[number % len(handles)].submissions
        await queue(submissions, submission, session=submission)
        await start(submissions, submission, lease_ms=-HOUR_MS)

        recovering = (taking_over, requeueing)
        racers = await together(
            [
                recovering[(number + n) % 2](handle.submissions, submission, n)
                for n, handle in enumerate(handles)
            ]
        )

        place = only_winner(racers, lambda taken: taken is not None, "recoveries that succeeded")
        after = await read(submissions, submission)
        expect.equal(after.status, "running", "the status after the race")
        if place is not None:
            expect.equal(after.attempt_id, f"attempt-of-{place}", "the attempt that goes on")


# More often than a pool has connections; odd, for a state that each call turns over.
REPETITIONS: Final = 13


@verifies("DURABILITY-08")
async def test_refused_calls_leave_the_adapter_usable(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    await fill(handle)
    await queue(handle.submissions, "busy")

    for number, call in enumerate(refusals(handle)):
        for _ in range(REPETITIONS):
            await attempted(call)
        await handle.sessions.save(f"after-{number}", session_data())
        loaded = await handle.sessions.load(f"after-{number}")
        expect.equal(loaded, session_data(), f"a session saved after refusal {number}")

    await expect_usable(handle, peer, "after-refusals", expect)


async def expect_usable(handle: Handle, peer: Handle, name: str, expect: Expect) -> None:
    """Expect that everything works under new ids, through two handles that see the same."""
    await fill(handle, name)
    own = await everything(handle, name)
    shared = await work_and_sessions(peer, name)
    expect.equal(shared, {part: own[part] for part in shared}, "what another handle sees")
    await fill(peer, f"{name}-by-peer")
    await everything(peer, f"{name}-by-peer")


# Fractions of an undisturbed call's duration, besides its first turns of the loop.
_FRACTIONS: Final = (0.3, 0.7)
_TURNS: Final = (0, 2)


@verifies("DURABILITY-08")
async def test_a_call_cancelled_at_any_point_leaves_the_adapter_usable(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    taken = await undisturbed(handle)
    acknowledged = Acknowledged(handle)
    moments = [
        *((0.0, turns, 1) for turns in _TURNS),
        *((fraction, 0, 1 + place % 2) for place, fraction in enumerate(_FRACTIONS)),
    ]

    for number, (fraction, turns, times) in enumerate(moments):
        calls = await interruptible(handle, f"moment-{number}")
        for name, call in calls.items():
            await cancelled_after(call, fraction * taken[name], turns=turns, times=times)
            await acknowledged.write(f"{name} {number}")

    await acknowledged.expect_through(peer, expect)
    await expect_usable(handle, peer, "after-cancellation", expect)


@verifies("DURABILITY-08")
async def test_a_cancelled_call_can_be_made_again(handle: Handle, expect: Expect) -> None:
    taken = await undisturbed(handle)

    for number, fraction in enumerate((0.0, 0.5)):
        about = f"again-{number}"
        calls = await interruptible(handle, about)
        for name, call in calls.items():
            for _ in range(3):
                await cancelled_after(call, fraction * taken[name], turns=1)
            # It may be refused: an earlier one may have had its effect.
            await attempted(call)
        await Acknowledged(handle).write(about)
        await handle.sessions.save(about, session_data())
        loaded = await handle.sessions.load(about)
        expect.equal(loaded, session_data(), "a session whose saves were cancelled before")
        dispatch = dispatch_input(f"{about}-dispatch", session=about)
        admitted = await handle.submissions.admit_dispatch(dispatch)
        expect.equal(admitted.kind, "submission", "an admission that was cancelled before")


@verifies("DURABILITY-08")
async def test_many_calls_cancelled_at_once_leave_the_adapter_usable(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    taken = await undisturbed(handle)
    acknowledged = Acknowledged(handle)

    for number in range(3):
        calls = await interruptible(handle, f"round-{number}")
        others = await interruptible(peer, f"peer-round-{number}")
        await asyncio.gather(
            *(
                cancelled_after(call, taken[name] * number / 3, turns=number, times=1 + number % 2)
                for each in (calls, others)
                for name, call in each.items()
            )
        )
        await acknowledged.write(f"round {number}")

    await acknowledged.expect_through(peer, expect)
    await expect_usable(handle, peer, "after-cancellation", expect)


@verifies("DURABILITY-08")
async def test_a_cancelled_opening_leaves_the_adapter_usable(
    empty_database: Database, expect: Expect
) -> None:
    adapter = empty_database.adapter()
    for doubling in range(8):
        await cancelled_after(adapter.migrate, 0.000_2 * 2**doubling, turns=doubling)
    # Nobody can cancel what an adapter in another language does, so the next call may meet it; what
    # two migrations at once raise has words of any kind, such as those of a unique constraint.
    await outlasting(adapter.migrate, lambda _: True)
    for turns in range(4):
        await cancelled_after(adapter.connect, turns=turns)

    handle = Handle(adapter, await adapter.connect())
    await expect_usable(handle, await handle.connect(), "after-cancellation", expect)


@verifies("DURABILITY-08")
async def test_a_session_whose_deletion_was_cancelled_can_be_deleted(
    handle: Handle, expect: Expect
) -> None:
    for turns in range(6):
        await queue_and_settle(handle.submissions, f"dispatch-{turns}")
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def wait(inside: asyncio.Event = inside, go_on: asyncio.Event = go_on) -> None:
            inside.set()
            await go_on.wait()

        deletion = asyncio.ensure_future(handle.submissions.delete_session(KEY, wait))
        entered = asyncio.ensure_future(inside.wait())
        await asyncio.wait([deletion, entered], return_when=asyncio.FIRST_COMPLETED)
        entered.cancel()
        # Cancelled inside the callback, and at several turns of what follows it.
        if turns:
            go_on.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        deletion.cancel()
        await asyncio.sleep(0)
        # An adapter may finish in the background what its caller no longer waits for.
        go_on.set()
        await asyncio.wait([deletion])

        await outlasting(lambda: handle.submissions.delete_session(KEY, nothing))

        replay = await handle.submissions.admit_dispatch(dispatch_input(f"dispatch-{turns}"))
        expect.equal(replay.kind, "retained_receipt", "a replay after the second deletion")


# More than a Postgres server takes connections, unless told otherwise.
CALLS: Final = 120


@verifies("DURABILITY-13")
@requires("server")
async def test_more_calls_than_connections_are_all_answered(handle: Handle, expect: Expect) -> None:
    names = [f"call-{number}" for number in range(CALLS // 3)]
    submissions, data = handle.submissions, session_data(entries=[], leafId=None)
    calls: list[Callable[[], Awaitable[object]]] = [
        *(partial(queue, submissions, name, session=name) for name in names),
        *(partial(handle.sessions.save, name, data) for name in names),
        *(
            partial(submissions.append_stream_chunk_segment, "stream", index, name)
            for index, name in enumerate(names)
        ),
    ]

    # Once each: a call that finds no connection free waits, it does not raise.
    outcomes = await asyncio.gather(*map(attempted, calls))

    expect.equal(errors(outcomes), [], "errors of calls at once")
    runnable = await submissions.list_runnable_submissions()
    found = sorted(each.submission_id for each in runnable)
    expect.equal(found, sorted(names), "dispatches admitted at once")
    chunks = await submissions.get_stream_chunk_segments("stream")
    expect.equal([each.body for each in chunks], names, "chunks appended at once")
    loaded = await asyncio.gather(*map(handle.sessions.load, names))
    expect.equal(loaded, [data for _ in names], "sessions saved at once, loaded at once")


@verifies("DURABILITY-13")
@requires("server")
async def test_more_deletions_than_connections_come_to_an_end(
    handle: Handle, expect: Expect
) -> None:
    names = [f"call-{number}" for number in range(CALLS)]
    data = session_data(entries=[], leafId=None)

    async def delete(name: str) -> None:
        # Whoever keeps a connection while its caller works soon has none left for that work.
        delete_tree = partial(handle.sessions.save, name, data)
        await handle.submissions.delete_session(session_key("agent-1", name), delete_tree)

    outcomes = await asyncio.gather(*(attempted(partial(delete, name)) for name in names))

    expect.equal(errors(outcomes), [], "errors of deletions at once")
    loaded = await asyncio.gather(*map(handle.sessions.load, names))
    expect.equal(loaded, [data for _ in names], "sessions saved inside the deletions")
