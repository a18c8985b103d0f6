"""Ordering: each session's submissions run one by one, in the order of their admission."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    MalformedRecord,
    SubmissionClaimRef,
    session_key,
)
from flue_conformance.rules import CATALOGUE
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.images import PIECE, image_data
from flue_conformance.specs.scenarios.malformed_rows import (
    IMAGES,
    LASTING,
    QUEUED_DISPATCHES,
    RUNNING_DISPATCHES,
    SUBMISSIONS,
    damage_rows,
    fates,
    queued_directs,
)
from flue_conformance.specs.scenarios.queue_races import (
    expect_growing,
    race_admissions,
    race_admissions_with_a_claim,
    race_admissions_with_turns,
)
from flue_conformance.specs.scenarios.session_records import ALIKE_IDS
from flue_conformance.specs.scenarios.steps import (
    queue,
    queue_and_settle,
    queue_and_start,
    read,
    start,
    stored,
)
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.scenarios.values import (
    ALIKE_TEXTS,
    attempt,
    claim,
    direct_input,
    dispatch_input,
    fresh,
    image,
    now,
)
from flue_conformance.specs.support.database import Database, Handle, Subject
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import ROUNDS
from flue_conformance.specs.support.verifies import requires, verifies

KEY: Final = session_key("agent-1", "default")

MANY: Final = 120
"""More than an adapter would read at once that takes lists for pages."""

LEASES: Final = {
    "a long lease": 30_000,
    "a lease that ended a second ago": -1000,
    "a lease that ended a month ago": -30 * 24 * 3_600_000,
}


def _ids(submissions: Sequence[AgentSubmission]) -> list[str]:
    return [submission.submission_id for submission in submissions]


async def _runnable(submissions: AgentSubmissionStore) -> list[str]:
    return _ids(await submissions.list_runnable_submissions())


async def _run_to_the_end(submissions: AgentSubmissionStore) -> list[str]:
    """Complete what is runnable until nothing is; returns the ids in the order of their turns."""
    order = []
    while heads := await submissions.list_runnable_submissions():
        head, *_ = heads
        await start(submissions, head.submission_id)
        await submissions.complete_submission(attempt(head.submission_id))
        order.append(head.submission_id)
    return order


@verifies("ORDERING-01")
async def test_sequences_grow_with_each_admission_of_a_session(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    sequences = []
    for number in range(12):
        if number % 2:
            admitted = await submissions.admit_direct(direct_input(f"id-{number}"))
        else:
            admitted = await queue(submissions, f"id-{number}")
        sequences.append(admitted.sequence)
        # Replays, conflicts and refusals may use numbers up, but never turn the order round.
        await submissions.admit_dispatch(dispatch_input("id-0"))
        await submissions.admit_dispatch(dispatch_input("id-0", input="other"))
        await expect.raises(submissions.admit_direct(direct_input("id-0")), about="a used id")

    expect_growing(expect, sequences, "sequences in the order of admission")


@verifies("ORDERING-01")
async def test_sequences_are_not_reused_after_a_deletion(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    sequences = []
    for generation in range(3):
        for number in range(3):
            submission_id = f"{generation}-{number}"
            sequences.append((await queue(submissions, submission_id)).sequence)
            await start(submissions, submission_id)
            await submissions.complete_submission(attempt(submission_id))
        await submissions.delete_session(KEY, nothing)

    expect_growing(expect, sequences, "sequences of a session that is deleted time and again")


@verifies("ORDERING-01")
@requires("persistent")
async def test_sequences_are_not_reused_after_a_deletion_and_a_restart(
    database: Database, handle: Handle, expect: Expect
) -> None:
    before = [(await queue(handle.submissions, f"before-{number}")).sequence for number in range(3)]
    for number in range(3):
        await start(handle.submissions, f"before-{number}")
        await handle.submissions.complete_submission(attempt(f"before-{number}"))
    await handle.submissions.delete_session(KEY, nothing)
    restarted = await database.reopen(handle)

    after = [
        (await queue(restarted.submissions, f"after-{number}")).sequence for number in range(3)
    ]
    expect_growing(expect, before + after, "sequences around a deletion and a restart")


@verifies("ORDERING-02")
async def test_an_earlier_acceptance_time_does_not_jump_the_queue(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    admitted = [f"accepted on June {day:02}" for day in range(28, 10, -1)]
    for name in admitted:
        await queue(submissions, name, acceptedAt=f"2026-06-{name[-2:]}")

    expect.equal(await _run_to_the_end(submissions), admitted, "the order of turns")


@verifies("ORDERING-02")
async def test_heads_are_listed_in_the_order_of_admission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # Neither by id, nor by session, nor by acceptance time would they come in this order.
    admitted = [f"id-{number}" for number in (7, 12, 3, 10, 1, 9, 11, 2, 8, 4, 6, 5)]
    for name in admitted:
        number = int(name[3:])
        session, day = f"session-{number * 5 % 13}", 1 + number * 7 % 13
        await queue(submissions, name, session=session, acceptedAt=f"2026-06-{day:02}")

    expect.equal(await _runnable(submissions), admitted, "heads of many sessions")


@verifies("ORDERING-03")
async def test_each_session_offers_its_first_unsettled_submission_if_it_is_queued(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number in range(3):
        for session in ("waiting", "running", "moved on", "requeued", "done"):
            if session != "done" or number == 0:
                await queue(submissions, f"{session}-{number}", session=session)
    await start(submissions, "running-0")
    await start(submissions, "requeued-0")
    await submissions.requeue_submission_before_input_applied(attempt("requeued-0"))
    for name in ("moved on-0", "done-0"):
        await start(submissions, name)
        await submissions.complete_submission(attempt(name))

    heads = ["waiting-0", "requeued-0", "moved on-1"]
    expect.equal(await _runnable(submissions), heads, "what can run")
    runnable = await submissions.list_runnable_submissions()
    found = [await read(submissions, head) for head in heads]
    expect.equal(runnable, found, "the listed submissions, as they are read one by one")


@verifies("ORDERING-03")
async def test_each_of_many_sessions_offers_its_head(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(MANY)]
    for name in names:
        await queue(submissions, name, session=name)

    expect.equal(await _runnable(submissions), names, "heads of many sessions")


@verifies("ORDERING-03")
@examples(8)
@given(
    history=st.lists(
        st.tuples(
            st.sampled_from(["admit", "admit", "claim", "requeue", "complete", "fail"]),
            st.integers(0, 2),
        ),
        min_size=6,
        max_size=16,
    )
)
async def test_the_lists_follow_any_history(
    submissions: AgentSubmissionStore, expect: Expect, history: list[tuple[str, int]]
) -> None:
    sessions = [fresh("session") for _ in range(3)]
    queues: dict[str, list[AgentSubmission]] = {name: [] for name in sessions}
    for step, place in history:
        session = sessions[place]
        waiting = queues[session]
        if step == "admit":
            waiting.append(await queue(submissions, fresh("dispatch"), session=session))
        elif waiting:
            waiting[:1] = await _step(submissions, step, waiting[0])

        heads = [unsettled[0] for unsettled in queues.values() if unsettled]
        for status, listed in (
            ("queued", await submissions.list_runnable_submissions()),
            ("running", await submissions.list_running_submissions()),
        ):
            expected = sorted(
                (head.sequence, head.submission_id) for head in heads if head.status == status
            )
            found = [
                (each.sequence, each.submission_id)
                for each in listed
                if each.session_key in [session_key("agent-1", name) for name in sessions]
            ]
            expect.equal(found, expected, f"{status} heads after {history!r}, up to a {step}")


async def _step(
    submissions: AgentSubmissionStore, step: str, head: AgentSubmission
) -> list[AgentSubmission]:
    """Do a step with a head, if its status allows it; returns what is left of it unsettled."""
    if head.status == "queued":
        return [await start(submissions, head.submission_id)] if step == "claim" else [head]
    ref = attempt(head.submission_id)
    if step == "requeue":
        await submissions.requeue_submission_before_input_applied(ref)
        return [await read(submissions, head.submission_id)]
    if step == "complete":
        await submissions.complete_submission(ref)
        return []
    if step == "fail":
        await submissions.fail_submission(ref, RuntimeError("no answer"))
        return []
    return [head]


@verifies("ORDERING-04")
async def test_a_session_with_a_running_submission_offers_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for what, lease_ms in LEASES.items():
        await queue(submissions, what, session=what)
        await queue(submissions, f"behind {what}", session=what)
        await start(submissions, what, lease_ms=lease_ms)
    await queue(submissions, "no lease", session="no lease")
    await queue(submissions, "behind no lease", session="no lease")
    await submissions.claim_submission(SubmissionClaimRef("no lease", "attempt-1", "owner-1", 0))
    await submissions.mark_submission_input_applied(attempt("a long lease"))
    await submissions.request_submission_recovery(attempt("a lease that ended a month ago"))

    expect.equal(await _runnable(submissions), [], "what can run while each session runs something")


@verifies("ORDERING-05")
async def test_dispatches_and_direct_prompts_of_a_session_form_one_queue(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    admitted = []
    for number in range(12):
        if number % 3:
            admitted.append(f"direct-{number}")
            await submissions.admit_direct(direct_input(admitted[-1]))
        else:
            admitted.append(f"dispatch-{number}")
            await queue(submissions, admitted[-1])

        expect.equal(await _runnable(submissions), admitted[:1], "the head of a mixed queue")
    expect.equal(await _run_to_the_end(submissions), admitted, "the order of turns")


@verifies("ORDERING-06")
async def test_sessions_that_look_alike_do_not_wait_for_each_other(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = {
        **{f"session {name}": {"session": name} for name in ALIKE_IDS},
        **{f"instance {name}": {"id": name} for name in ALIKE_IDS},
        "split here": {"id": "a:b", "session": "c"},
        "split there": {"id": "a", "session": "b:c"},
        "another agent's": {"id": "agent-2", "session": ALIKE_IDS[0]},
    }
    for submission_id, place in names.items():
        await queue(submissions, submission_id, **place)
    expect.equal(await _runnable(submissions), list(names), "heads of sessions that look alike")

    for submission_id in names:
        await start(submissions, submission_id)
    running = _ids(await submissions.list_running_submissions())
    expect.equal(running, list(names), "what runs at once in sessions that look alike")


@verifies("ORDERING-06")
async def test_a_session_is_the_same_whatever_the_agent_is_called(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "dispatch-1", agent="triage")
    await queue(submissions, "dispatch-2", agent="release")

    expect.equal(await _runnable(submissions), ["dispatch-1"], "the head of the one session")


@verifies("ORDERING-07")
async def test_a_requeued_submission_keeps_its_place(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(12)]
    admitted = [await queue(submissions, name) for name in names]
    for again in range(3):
        await start(submissions, "dispatch-0", f"attempt-{again}")
        ref = attempt("dispatch-0", f"attempt-{again}")
        await submissions.requeue_submission_before_input_applied(ref)

        found = await read(submissions, "dispatch-0")
        expect.equal(found.sequence, admitted[0].sequence, "the sequence after a requeue")
        expect.equal(await _runnable(submissions), ["dispatch-0"], "the head after a requeue")
    expect.equal(await _run_to_the_end(submissions), names, "the order of turns")


@verifies("ORDERING-08")
async def test_a_successor_can_run_as_soon_as_the_head_settles(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(6)]
    for name in names:
        await queue(submissions, name)
    for number, name in enumerate(names):
        expect.equal(await _runnable(submissions), [name], "the head once all before are settled")
        await start(submissions, name)
        if number % 2:
            await submissions.complete_submission(attempt(name))
        else:
            await submissions.fail_submission(attempt(name), RuntimeError("no answer"))
    expect.equal(await _runnable(submissions), [], "what can run when all is settled")


@verifies("ORDERING-08")
async def test_a_successor_can_be_claimed_elsewhere_as_soon_as_the_head_settles(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    await queue_and_start(handle.submissions, "dispatch-1")
    await queue(handle.submissions, "dispatch-2")
    expect.equal(await _runnable(peer.submissions), [], "what can run behind a running head")
    await handle.submissions.complete_submission(attempt("dispatch-1"))

    expect.equal(await _runnable(peer.submissions), ["dispatch-2"], "what can run at once")
    await start(peer.submissions, "dispatch-2")


@verifies("ORDERING-09")
async def test_what_is_listed_can_be_claimed_and_nothing_else(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"{place}-{session}" for place in range(3) for session in range(6)]
    for name in names:
        await queue(submissions, name, session=f"session-{name[2:]}")
    await start(submissions, "0-1")
    await start(submissions, "0-2", lease_ms=-1000)
    await start(submissions, "0-3")
    await submissions.requeue_submission_before_input_applied(attempt("0-3"))
    for name in ("0-4", "0-5", "1-5"):
        await start(submissions, name)
        await submissions.complete_submission(attempt(name))
    listed = await _runnable(submissions)

    for name in [*names, "unheard of"]:
        if name not in listed:
            before = await stored(submissions, name)
            came = await submissions.claim_submission(claim(name, "attempt-2"))
            expect.none(came, f"a claim of {name!r}, which is not listed")
            expect.equal(await stored(submissions, name), before, "it, after that claim")
    expect.equal(await _runnable(submissions), listed, "the list after claims of others")
    for name in listed:
        await start(submissions, name, "attempt-2")
    expect.equal(await _runnable(submissions), [], "the list after claims of all that was on it")


@verifies("ORDERING-10")
async def test_all_running_submissions_are_listed_in_the_order_of_admission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(12)]
    for name in names:
        await queue(submissions, name, session=name)
        await queue(submissions, f"behind {name}", session=name)
    leases = [now() + 30_000, now() - 1000, 1, 0, -1, 2**53 - 1]
    for number in (5, 0, 11, 7, 2, 9, 4, 1, 10, 3, 8, 6):
        wanted = SubmissionClaimRef(names[number], "attempt-1", "owner-1", leases[number % 6])
        await submissions.claim_submission(wanted)
    await submissions.mark_submission_input_applied(attempt("dispatch-3"))
    await submissions.request_submission_recovery(attempt("dispatch-4"))
    await submissions.replace_turn_journal_attempt(attempt("dispatch-5"), "attempt-2")

    running = await submissions.list_running_submissions()
    expect.equal(_ids(running), names, "all that runs")
    found = [await read(submissions, name) for name in names]
    expect.equal(running, found, "the listed submissions, as they are read one by one")


@verifies("ORDERING-10")
async def test_all_of_many_running_submissions_are_listed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(MANY)]
    for name in names:
        await queue_and_start(submissions, name, session=name)

    expect.equal(_ids(await submissions.list_running_submissions()), names, "all that runs")


@verifies("ORDERING-10")
async def test_only_running_submissions_are_listed_as_running(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "completed")
    failing = await queue_and_start(submissions, "failed")
    await submissions.fail_submission(failing, RuntimeError("no answer"))
    requeued = await queue_and_start(submissions, "requeued")
    await submissions.requeue_submission_before_input_applied(requeued)
    await queue(submissions, "waiting")

    expect.equal(await submissions.list_running_submissions(), [], "what runs when nothing does")


@verifies("ORDERING-11")
async def test_there_is_unsettled_work_from_admission_to_settlement(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    async def unsettled(expected: bool, when: str) -> None:
        found = await submissions.has_unsettled_submissions()
        expect.equal(found, expected, f"unsettled work {when}")

    await unsettled(False, "before any admission")
    await queue(submissions)
    await unsettled(True, "after an admission")
    await start(submissions, lease_ms=-1000)
    await unsettled(True, "after a claim whose lease has ended")
    await submissions.requeue_submission_before_input_applied(attempt())
    await unsettled(True, "after a requeue")
    await start(submissions)
    await submissions.request_submission_recovery(attempt())
    await unsettled(True, "after a request for recovery")
    await submissions.complete_submission(attempt())
    await unsettled(False, "after completion")
    await submissions.admit_direct(direct_input())
    await unsettled(True, "after a direct admission")
    await start(submissions, "direct-1")
    await submissions.fail_submission(attempt("direct-1"), RuntimeError("no answer"))
    await unsettled(False, "after a failure")
    await submissions.delete_session(KEY, nothing)
    await unsettled(False, "after the deletion of the session")


@verifies("ORDERING-11")
async def test_unsettled_work_counts_whoever_admitted_and_settled_it(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    await queue(handle.submissions)
    expect.true(await peer.submissions.has_unsettled_submissions(), "what another handle admitted")
    await start(handle.submissions)
    expect.true(await peer.submissions.has_unsettled_submissions(), "what another handle claimed")
    await handle.submissions.complete_submission(attempt())
    expect.false(await peer.submissions.has_unsettled_submissions(), "what another handle settled")


@verifies("ORDERING-11")
async def test_one_unsettled_submission_among_many_settled_counts(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number in range(12):
        await queue_and_settle(submissions, f"before-{number}")
    await queue(submissions, "waiting", session="other")
    for number in range(12):
        await queue_and_settle(submissions, f"after-{number}")

    expect.true(await submissions.has_unsettled_submissions(), "unsettled work")


@verifies("ORDERING-11")
async def test_a_malformed_row_counts_as_unsettled(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    await queue_and_start(submissions, "no attempt")
    await damage_rows(planter, RUNNING_DISPATCHES)
    expect.true(await submissions.has_unsettled_submissions(), "a malformed row that runs")
    await submissions.list_running_submissions()
    expect.false(await submissions.has_unsettled_submissions(), "the row, settled by a list")

    await queue(submissions, "a payload that is no JSON")
    await damage_rows(planter, QUEUED_DISPATCHES)
    expect.true(await submissions.has_unsettled_submissions(), "a malformed row that waits")
    await submissions.list_runnable_submissions()
    expect.false(await submissions.has_unsettled_submissions(), "the row, settled by a list")


@verifies("ORDERING-12")
async def test_an_unknown_id_has_no_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    known, *others = ALIKE_TEXTS
    await queue(submissions, known)

    for name in ["unheard of", *others]:
        expect.none(await submissions.get_submission(name), f"a submission {name!r}")


@verifies("ORDERING-13")
async def test_a_malformed_head_is_settled_and_its_successor_follows(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    damaged, *_ = QUEUED_DISPATCHES
    healthy = ["healthy-1", "healthy-2"]
    await queue(submissions, "healthy-1", session="healthy-1")
    await queue(submissions, damaged)
    await queue(submissions, "successor")
    await queue(submissions, "healthy-2", session="healthy-2")
    before = [await read(submissions, name) for name in healthy]
    await damage_rows(planter, QUEUED_DISPATCHES)

    first = await submissions.list_runnable_submissions()
    listed = [each for each in first if each.submission_id != "successor"]
    expect.equal(listed, before, "the healthy heads beside a malformed one")
    _expect_settled(expect, await fates(planter), damaged)
    second = await _runnable(submissions)
    expect.equal(second, ["healthy-1", "successor", "healthy-2"], "the heads of the next call")
    await start(submissions, "successor")


def _expect_settled(expect: Expect, after: dict[str, str], damaged: str) -> None:
    expect.equal(after[damaged], "settled with an error", f"the row with {damaged}")


@verifies("ORDERING-13")
async def test_a_malformed_running_row_is_settled_by_either_list_that_meets_it(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    lists = [submissions.list_running_submissions, submissions.list_expired_submissions]
    for damaged, listing in zip(RUNNING_DISPATCHES, lists, strict=False):
        healthy, successor = f"beside {damaged}", f"behind {damaged}"
        await queue(submissions, damaged)
        await queue(submissions, successor)
        await queue(submissions, healthy, session=healthy)
        await start(submissions, damaged, lease_ms=-1000)
        await start(submissions, healthy, lease_ms=-1000)
        await damage_rows(planter, RUNNING_DISPATCHES)

        expect.equal(_ids(await listing()), [healthy], "the one that is healthy")
        _expect_settled(expect, await fates(planter), damaged)
        await submissions.complete_submission(attempt(healthy))
        await start(submissions, successor)
        await submissions.complete_submission(attempt(successor))


@verifies("ORDERING-13")
async def test_malformed_rows_in_line_are_settled_one_list_after_the_other(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    damaged = [*QUEUED_DISPATCHES][:3]
    await queue(submissions, "healthy")
    for name in damaged:
        await queue(submissions, name)
    await queue(submissions, "successor")
    await damage_rows(planter, QUEUED_DISPATCHES)
    expect.equal(await _runnable(submissions), ["healthy"], "the head before malformed rows")
    await start(submissions, "healthy")
    await submissions.complete_submission(attempt("healthy"))

    for _ in damaged:
        await submissions.list_runnable_submissions()
    expect.equal(await _runnable(submissions), ["successor"], "the head once they are settled")
    after = await fates(planter)
    for name in damaged:
        _expect_settled(expect, after, name)


@verifies("ORDERING-14")
async def test_malformed_queued_dispatches_are_told_from_healthy_ones(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    for name in QUEUED_DISPATCHES:
        await queue(submissions, name, session=name)
    await queue(submissions, "healthy", session="healthy")
    await damage_rows(planter, QUEUED_DISPATCHES)

    expect.equal(await _runnable(submissions), ["healthy"], "the heads that are healthy")
    after = await fates(planter)
    for name in QUEUED_DISPATCHES:
        _expect_settled(expect, after, name)


@verifies("ORDERING-14")
async def test_malformed_queued_direct_prompts_are_told_from_healthy_ones(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect, subject: Subject
) -> None:
    damages = queued_directs(subject.edition)
    for name in [*damages, "healthy"]:
        await submissions.admit_direct(direct_input(name, session=name))
    await damage_rows(planter, damages)

    expect.equal(await _runnable(submissions), ["healthy"], "the heads that are healthy")
    after = await fates(planter)
    for name in damages:
        _expect_settled(expect, after, name)


@verifies("ORDERING-14")
async def test_malformed_running_dispatches_are_told_from_healthy_ones(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    for name in [*RUNNING_DISPATCHES, "healthy"]:
        await queue(submissions, name, session=name)
        await start(submissions, name)
    await damage_rows(planter, RUNNING_DISPATCHES)

    running = _ids(await submissions.list_running_submissions())
    expect.equal(running, ["healthy"], "what runs and is healthy")
    after = await fates(planter)
    for name in RUNNING_DISPATCHES:
        _expect_settled(expect, after, name)


@verifies("ORDERING-14")
async def test_a_row_of_unknown_status_is_never_listed(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    for name in ("queued", "running"):
        await queue(submissions, name, session=name)
        await queue(submissions, f"healthy and {name}", session=f"healthy and {name}")
    for name in ("running", "healthy and running"):
        await start(submissions, name, lease_ms=-1000)
    for name in ("queued", "running"):
        await planter.update(SUBMISSIONS, {"submission_id": name}, status="paused")

    expect.equal(await _runnable(submissions), ["healthy and queued"], "what can run")
    running = _ids(await submissions.list_running_submissions())
    expect.equal(running, ["healthy and running"], "what runs")
    expired = _ids(await submissions.list_expired_submissions())
    expect.equal(expired, ["healthy and running"], "what has expired")


@verifies("ORDERING-14")
async def test_images_stored_apart_must_be_complete(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect, subject: Subject
) -> None:
    if not await _keeps_images_apart(submissions, planter, subject):
        return
    images = [image(image_data(PIECE + 1)), image(image_data(40, 1))]
    payload: dict[str, Any] = {"message": "What do they show?", "images": images}
    damages: dict[str, dict[str, object]] = {
        "no images": {},
        "no first image": {"image_id": "0"},
        "no second piece of the first image": {"image_id": "0", "chunk_index": 1},
        "no second image": {"image_id": "1"},
    }
    for name in [*damages, "one image more", "healthy"]:
        await submissions.admit_direct(direct_input(name, session=name, payload=payload))
    for name, pieces in damages.items():
        await planter.delete(IMAGES, owner_id=name, **pieces)
    first, *_ = await planter.rows(IMAGES, owner_id="one image more", image_id="1")
    await planter.insert(IMAGES, **(first | {"image_id": "2"}))

    expect.equal(await _runnable(submissions), ["healthy"], "the heads whose images are complete")
    after = await fates(planter)
    for name in [*damages, "one image more"]:
        _expect_settled(expect, after, name)


async def _keeps_images_apart(
    submissions: AgentSubmissionStore, planter: Planter, subject: Subject
) -> bool:
    """Tell whether image data lie in a table of their own, as the shared SQL store keeps them."""
    if not CATALOGUE["ADMISSION-18"].holds_in(subject.edition):
        return False
    payload = {"message": "", "images": [image("c29tZXdoZXJl")]}
    await submissions.admit_direct(direct_input("probe", session="probe", payload=payload))
    row, *_ = await planter.rows(SUBMISSIONS, submission_id="probe")
    await start(submissions, "probe")
    await submissions.complete_submission(attempt("probe"))
    return "c29tZXdoZXJl" not in row["payload"]


@verifies("ORDERING-15")
async def test_reading_a_malformed_row_raises_before_and_after_a_list_settles_it(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    for name in QUEUED_DISPATCHES:
        await queue(submissions, name, session=name)
    await damage_rows(planter, QUEUED_DISPATCHES)

    await _expect_unreadable(submissions, planter, expect, QUEUED_DISPATCHES)
    await submissions.list_runnable_submissions()
    await _expect_unreadable(submissions, planter, expect, LASTING)


@verifies("ORDERING-15")
async def test_reading_a_malformed_running_row_raises_and_changes_nothing(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    damages = {name: RUNNING_DISPATCHES[name] for name in RUNNING_DISPATCHES.keys() - LASTING}
    for name in damages:
        await queue(submissions, name, session=name)
        await start(submissions, name, lease_ms=-1000)
    await damage_rows(planter, damages)

    await _expect_unreadable(submissions, planter, expect, damages)


@verifies("ORDERING-15")
async def test_reading_a_row_of_unknown_status_raises_and_changes_nothing(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    names = ("an unknown status once queued", "an unknown status once running")
    for name in names:
        await queue(submissions, name, session=name)
    await start(submissions, names[1])
    for name in names:
        await planter.update(SUBMISSIONS, {"submission_id": name}, status="paused")

    await _expect_unreadable(submissions, planter, expect, names)


async def _expect_unreadable(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect, names: Iterable[str]
) -> None:
    before = await fates(planter)
    for name in names:
        await expect.raises(
            submissions.get_submission(name), MalformedRecord, f"reading a row with {name}"
        )
    expect.equal(await fates(planter), before, "the rows afterwards")


@verifies("ORDERING-16")
async def test_an_admission_that_returned_precedes_those_that_begin_later(
    handles: list[Handle], expect: Expect
) -> None:
    await race_admissions(handles, expect, ROUNDS)


@verifies("ORDERING-16")
async def test_nothing_admitted_earlier_appears_behind_what_runs(
    handles: list[Handle], expect: Expect
) -> None:
    await race_admissions_with_a_claim(handles, expect, ROUNDS)


@verifies("ORDERING-16")
async def test_a_queue_is_drained_in_order_while_others_come(
    handles: list[Handle], expect: Expect
) -> None:
    await race_admissions_with_turns(handles, expect, ROUNDS)


@verifies("ORDERING-17")
async def test_lists_of_nothing_are_empty(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for when in ("on a fresh database", "when all is settled and deleted"):
        expect.equal(await submissions.list_runnable_submissions(), [], f"what can run {when}")
        expect.equal(await submissions.list_running_submissions(), [], f"what runs {when}")
        expect.equal(await submissions.list_expired_submissions(), [], f"what expired {when}")
        chunks = await submissions.get_stream_chunk_segments("dispatch-1:turn-1:attempt-1")
        expect.equal(chunks, [], f"the chunks of a stream {when}")
        await queue_and_settle(submissions, when)
        await submissions.delete_session(KEY, nothing)
