"""Lifecycle: what the owner of an attempt can do to its submission, and nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count, permutations
from typing import Final

from hypothesis import given

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    MAX_INTEGER,
    AgentSubmission,
    AgentSubmissionStore,
    JsonValue,
    StreamChunkSegment,
    SubmissionAttemptRef,
    SubmissionDurability,
    SubmissionLease,
    session_key,
)
from flue_conformance.specs.scenarios.attempt_races import race_endings
from flue_conformance.specs.scenarios.clock import clock_moves_on, clock_ticks
from flue_conformance.specs.scenarios.fencing import SUBMISSION_CALLS, AttemptCall
from flue_conformance.specs.scenarios.journal_steps import STREAM_KEY, streaming_journal
from flue_conformance.specs.scenarios.malformed_rows import SUBMISSIONS
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_start,
    read,
    read_journal,
    start,
    stored,
)
from flue_conformance.specs.scenarios.strategies import examples, texts
from flue_conformance.specs.scenarios.values import (
    ALIKE_TEXTS,
    AWKWARD_TEXTS,
    attempt,
    claim,
    direct_input,
    dispatch_input,
    now,
    turn,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import together
from flue_conformance.specs.support.verifies import verifies

DURABILITY = SubmissionDurability(max_retry=3, timeout_at=1_900_000_000_000)
OTHER_DURABILITY = SubmissionDurability(max_retry=7, timeout_at=1_800_000_000_000)

ENDINGS: Final[Mapping[str, AttemptCall]] = {
    "completed": lambda store, mine: store.complete_submission(mine),
    "failed": lambda store, mine: store.fail_submission(mine, RuntimeError("refused")),
}
"""The two ways to settle."""

RIVALS: Final[
    Mapping[str, Callable[[AgentSubmissionStore, SubmissionAttemptRef], Awaitable[object]]]
] = {
    "a completion": lambda store, mine: store.complete_submission(mine),
    "a requeue": lambda store, mine: store.requeue_submission_before_input_applied(mine),
    "a replacement": lambda store, mine: store.replace_turn_journal_attempt(mine, "attempt-2"),
    "a claim": lambda store, mine: store.claim_submission(claim(mine.submission_id, "attempt-3")),
}
"""An ending, and what can come between."""


@verifies("LIFECYCLE-01")
async def test_an_unknown_submission_answers_no_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_start(submissions, "somebody")
    before = await stored(submissions, "somebody")

    await _expect_refused(submissions, expect, attempt("nobody"), "of an unknown submission")

    expect.equal(await stored(submissions, "nobody"), [(None, None)], "the unknown id afterwards")
    expect.equal(await stored(submissions, "somebody"), before, "the other submission afterwards")


@verifies("LIFECYCLE-01")
async def test_an_id_is_not_taken_for_an_alike_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    name, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, name)
    before = await stored(submissions, name)

    for other in alike:
        await _expect_refused(submissions, expect, attempt(other), f"of {other!r}")
    expect.equal(await stored(submissions, name), before, f"{name!r} afterwards")


@verifies("LIFECYCLE-01")
async def test_a_queued_submission_answers_no_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)

    for attempt_id in ("attempt-1", ""):
        await _expect_unmoved(submissions, expect, attempt_id, "of a queued submission")


@verifies("LIFECYCLE-01")
async def test_a_requeued_submission_does_not_answer_its_old_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await begin_turn(submissions)
    await submissions.requeue_submission_before_input_applied(running)

    await _expect_unmoved(submissions, expect, "attempt-1", "of a requeued submission")


@verifies("LIFECYCLE-01")
async def test_a_submission_claimed_again_does_not_answer_its_old_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await submissions.requeue_submission_before_input_applied(running)
    # The same owner: it is the attempt that fences, not who made it.
    await start(submissions, attempt_id="attempt-2")
    await begin_turn(submissions, attempt_id="attempt-2")

    await _expect_unmoved(submissions, expect, "attempt-1", "of an attempt that was requeued")


@verifies("LIFECYCLE-01")
async def test_a_submission_does_not_answer_an_attempt_that_was_replaced(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await submissions.replace_turn_journal_attempt(running, "attempt-2")
    await begin_turn(submissions, attempt_id="attempt-2")

    await _expect_unmoved(submissions, expect, "attempt-1", "of an attempt that was replaced")


@verifies("LIFECYCLE-01")
async def test_an_attempt_is_not_taken_for_an_alike_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, attempt_id=mine)
    await begin_turn(submissions, attempt_id=mine)

    for other in (*alike, ""):
        await _expect_unmoved(submissions, expect, other, f"of {other!r} instead of {mine!r}")


@verifies("LIFECYCLE-01")
async def test_a_settled_submission_does_not_answer_its_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        mine = await queue_and_start(submissions, ending)
        await begin_turn(submissions, ending)
        await settle(submissions, mine)
        before = await stored(submissions, ending)

        await _expect_refused(submissions, expect, mine, f"of a {ending} submission")
        expect.equal(await stored(submissions, ending), before, f"the {ending} one afterwards")


@verifies("LIFECYCLE-01")
async def test_attempts_of_other_submissions_do_not_match(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_start(submissions, "first", "attempt-of-first", session="one")
    await queue_and_start(submissions, "second", "attempt-of-second", session="two")
    before = await stored(submissions, "first", "second")

    crossed = attempt("first", "attempt-of-second")
    await _expect_refused(submissions, expect, crossed, "of another submission's attempt")
    expect.equal(await stored(submissions, "first", "second"), before, "both afterwards")


@verifies("LIFECYCLE-02")
async def test_the_first_mark_stamps_and_installs_its_durability(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await queue(submissions)
    running = await start(submissions)
    await clock_moves_on()

    since = now()
    marked = await submissions.mark_submission_input_applied(attempt(), DURABILITY)
    until = now()

    expect.true(marked, "the first mark")
    found = await read(peer.submissions)
    expect.near(found.input_applied_at, since, until, "the stamp")
    expect.later(found.input_applied_at, running.started_at, "the stamp")
    expected = replace(
        running,
        input_applied_at=found.input_applied_at,
        max_retry=DURABILITY.max_retry,
        timeout_at=DURABILITY.timeout_at,
    )
    expect.equal(found, expected, "the submission afterwards")


@verifies("LIFECYCLE-02")
async def test_a_durability_of_zeros_is_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # No retries and no timeout, which a store must not take for a durability left out.
    edges = (
        SubmissionDurability(max_retry=0, timeout_at=0),
        SubmissionDurability(max_retry=1, timeout_at=1),
        SubmissionDurability(max_retry=1000, timeout_at=MAX_INTEGER),
    )
    for given_durability in edges:
        name = f"retries {given_durability.max_retry}"
        mine = await queue_and_start(submissions, name, session=name)

        await submissions.mark_submission_input_applied(mine, given_durability)

        found = await read(submissions, name)
        installed = SubmissionDurability(found.max_retry, found.timeout_at)
        expect.equal(installed, given_durability, "the durability afterwards")


@verifies("LIFECYCLE-02")
async def test_a_mark_keeps_a_recovery_request(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.request_submission_recovery(mine)
    requested = await read(submissions)

    expect.true(await submissions.mark_submission_input_applied(mine, DURABILITY), "the first mark")

    found = await read(submissions)
    expect.equal(found.recovery_requested_at, requested.recovery_requested_at, "the request")


@verifies("LIFECYCLE-03")
async def test_a_mark_without_durability_starts_the_default_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    # The claim set a timeout too: only a later one shows that the mark replaced it.
    claimed = await read(submissions)
    await clock_moves_on()

    since = now()
    expect.true(await submissions.mark_submission_input_applied(mine), "the first mark")
    until = now()

    found = await read(submissions)
    expect.equal(found.max_retry, 10, "the retry budget")
    expect.near(found.timeout_at, since + 3_600_000, until + 3_600_000, "the timeout")
    expect.later(found.timeout_at, claimed.timeout_at, "the timeout")


@verifies("LIFECYCLE-04")
async def test_a_second_mark_keeps_the_first_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for first in (DURABILITY, SubmissionDurability(0, 0)):
        name = f"retries {first.max_retry}"
        mine = await queue_and_start(submissions, name, session=name)
        await submissions.mark_submission_input_applied(mine, first)
        marked = await read(submissions, name)
        await clock_ticks()

        for again in (OTHER_DURABILITY, first, None):
            repeated = await submissions.mark_submission_input_applied(mine, again)
            expect.true(repeated, f"a second mark with durability {again}")
            expect.equal(await read(submissions, name), marked, "the submission afterwards")


@verifies("LIFECYCLE-04")
async def test_a_second_mark_keeps_the_default_durability(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine)
    marked = await read(submissions)
    await clock_ticks()

    for again in (OTHER_DURABILITY, None):
        repeated = await submissions.mark_submission_input_applied(mine, again)
        expect.true(repeated, f"a second mark with durability {again}")
        expect.equal(await read(submissions), marked, "the submission afterwards")


@verifies("LIFECYCLE-04")
async def test_a_mark_by_the_next_attempt_keeps_the_first_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine, DURABILITY)
    lease = SubmissionLease("owner-2", now() + 30_000)
    replaced = await submissions.replace_turn_journal_attempt(mine, "attempt-2", lease)
    await clock_ticks()

    for again in (OTHER_DURABILITY, None):
        taken = attempt(attempt_id="attempt-2")
        marked = await submissions.mark_submission_input_applied(taken, again)
        expect.true(marked, f"a mark by the next attempt with durability {again}")
        expect.equal(await read(submissions), replaced, "the submission afterwards")


@verifies("LIFECYCLE-05")
async def test_a_recovery_request_stamps_and_changes_nothing_else(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await queue(submissions)
    running = await start(submissions)
    await clock_moves_on()

    since = now()
    requested = await submissions.request_submission_recovery(attempt())
    until = now()

    expect.true(requested, "the first request")
    found = await read(peer.submissions)
    expect.near(found.recovery_requested_at, since, until, "the stamp")
    expect.later(found.recovery_requested_at, running.started_at, "the stamp")
    expected = replace(running, recovery_requested_at=found.recovery_requested_at)
    expect.equal(found, expected, "the submission afterwards")


@verifies("LIFECYCLE-05")
async def test_a_second_recovery_request_keeps_the_first_stamp(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.request_submission_recovery(mine)
    requested = await read(submissions)
    await clock_ticks()

    expect.true(await submissions.request_submission_recovery(mine), "the second request")
    expect.equal(await read(submissions), requested, "the submission afterwards")


@verifies("LIFECYCLE-05")
async def test_each_attempt_can_request_recovery_once_more(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.request_submission_recovery(mine)
    earlier = await read(submissions)
    await clock_moves_on()
    replaced = await submissions.replace_turn_journal_attempt(mine, "attempt-2")

    since = now()
    taken = attempt(attempt_id="attempt-2")
    expect.true(await submissions.request_submission_recovery(taken), "the next attempt's request")

    found = await read(submissions)
    expect.near(found.recovery_requested_at, since, now(), "the stamp")
    expect.later(found.recovery_requested_at, earlier.recovery_requested_at, "the stamp")
    expect.equal(replace(found, recovery_requested_at=None), replaced, "the rest of it")


@verifies("LIFECYCLE-06")
async def test_a_requeued_submission_is_as_queued_as_a_new_one(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    queued = await queue(submissions)
    for number, lease_ms in enumerate((30_000, -60_000, 10**12), start=1):
        mine = attempt(attempt_id=f"attempt-{number}")
        await start(submissions, attempt_id=mine.attempt_id, lease_ms=lease_ms)
        if number > 1:
            await submissions.request_submission_recovery(mine)

        requeued = await submissions.requeue_submission_before_input_applied(mine)

        expect.true(requeued, f"requeue number {number}")
        _expect_queued(expect, await read(submissions), queued)
        _expect_queued(expect, await read(peer.submissions), queued)


@verifies("LIFECYCLE-06")
async def test_a_replaced_attempt_that_never_began_is_requeued_by_the_next(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    queued = await submissions.admit_direct(direct_input("prompt"))
    await start(submissions, "prompt")
    await submissions.replace_turn_journal_attempt(attempt("prompt"), "attempt-2")

    requeued = await submissions.requeue_submission_before_input_applied(
        attempt("prompt", "attempt-2")
    )

    expect.true(requeued, "a requeue by the next attempt")
    _expect_queued(expect, await read(submissions, "prompt"), queued)


@verifies("LIFECYCLE-06")
async def test_input_that_was_applied_keeps_a_submission_from_the_queue(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine, DURABILITY)
    await begin_turn(submissions)
    before = await stored(submissions, "dispatch-1")

    requeued = await submissions.requeue_submission_before_input_applied(mine)

    expect.false(requeued, "a requeue after the input mark")
    expect.equal(await stored(submissions, "dispatch-1"), before, "the submission afterwards")


@verifies("LIFECYCLE-06")
async def test_input_that_an_earlier_attempt_applied_counts_too(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    await submissions.request_submission_recovery(attempt(attempt_id="attempt-2"))
    before = await stored(submissions, "dispatch-1")

    requeued = await submissions.requeue_submission_before_input_applied(
        attempt(attempt_id="attempt-2")
    )

    expect.false(requeued, "a requeue by the next attempt")
    expect.equal(await stored(submissions, "dispatch-1"), before, "the submission afterwards")


@verifies("LIFECYCLE-07")
async def test_a_requeue_keeps_the_count_of_attempts_and_the_durability(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    for running in (attempt(attempt_id="attempt-2"), attempt(attempt_id="attempt-3")):
        before = await read(submissions)
        await submissions.requeue_submission_before_input_applied(running)

        _expect_counts_kept(expect, await read(submissions), before)
        await start(submissions, attempt_id="attempt-3")


@verifies("LIFECYCLE-07")
async def test_a_requeue_keeps_a_durability_other_than_the_default(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    # No call leads here: only input that was applied has a durability of its own.
    mine = await queue_and_start(submissions)
    where = {"submission_id": mine.submission_id}
    await planter.update(SUBMISSIONS, where, attempt_count=7, max_retry=3, timeout_at=1)
    before = await read(submissions)

    await submissions.requeue_submission_before_input_applied(mine)

    _expect_counts_kept(expect, await read(submissions), before)


@verifies("LIFECYCLE-08")
async def test_a_requeue_leaves_an_open_journal_and_its_chunks(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await _stream(submissions, mine)
    journal = await read_journal(submissions)
    chunks = await submissions.get_stream_chunk_segments(STREAM_KEY)

    await submissions.requeue_submission_before_input_applied(mine)

    expect.equal(await read_journal(submissions), journal, "the journal afterwards")
    expect.equal(
        await submissions.get_stream_chunk_segments(STREAM_KEY), chunks, "its chunks afterwards"
    )


@verifies("LIFECYCLE-08")
async def test_a_requeue_leaves_a_committed_journal_and_its_chunks(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await _stream(submissions, mine)
    await submissions.commit_turn_journal(mine, "0000000a")
    journal = await read_journal(submissions)
    chunks = await submissions.get_stream_chunk_segments(STREAM_KEY)

    await submissions.requeue_submission_before_input_applied(mine)

    expect.equal(await read_journal(submissions), journal, "the journal afterwards")
    expect.equal(
        await submissions.get_stream_chunk_segments(STREAM_KEY), chunks, "its chunks afterwards"
    )


@verifies("LIFECYCLE-09")
async def test_completion_settles_without_an_error(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine)

    expect.true(await submissions.complete_submission(mine), "the completion")

    for reader in (submissions, peer.submissions):
        found = await read(reader)
        expect.equal((found.status, found.error), ("settled", None), "status and error")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("LIFECYCLE-09")
async def test_failure_settles_with_the_error_s_message(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for number, message in enumerate((*filter(None, AWKWARD_TEXTS), "x" * 100_000)):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name)

        failed = await submissions.fail_submission(mine, RuntimeError(message))

        expect.true(failed, "the failure")
        for reader in (submissions, peer.submissions):
            found = await read(reader, name)
            expect.equal((found.status, found.error), ("settled", message), "status and error")


NAMES = count()


@verifies("LIFECYCLE-09")
@examples(8)
@given(message=texts(200).filter(bool))
async def test_failure_keeps_any_message(
    submissions: AgentSubmissionStore, expect: Expect, message: str
) -> None:
    name = f"dispatch-{next(NAMES)}"
    mine = await queue_and_start(submissions, name)

    await submissions.fail_submission(mine, ValueError(message))

    expect.equal((await read(submissions, name)).error, message, "the error")


@verifies("LIFECYCLE-09")
async def test_prompts_settle_like_dispatches(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, error in {"completed": None, "failed": "refused"}.items():
        await submissions.admit_direct(direct_input(ending))
        await start(submissions, ending)

        expect.true(await ENDINGS[ending](submissions, attempt(ending)), f"the prompt, {ending}")

        found = await read(submissions, ending)
        expect.equal((found.status, found.error), ("settled", error), "status and error")


@verifies("LIFECYCLE-09")
async def test_input_need_not_be_applied_to_settle(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        mine = await queue_and_start(submissions, ending)

        expect.true(await settle(submissions, mine), f"settling before the input mark: {ending}")
        expect.equal((await read(submissions, ending)).status, "settled", "the status")


@verifies("LIFECYCLE-10")
async def test_the_first_ending_stays(submissions: AgentSubmissionStore, expect: Expect) -> None:
    for first, settle in ENDINGS.items():
        mine = await queue_and_start(submissions, first)
        await settle(submissions, mine)
        before = await stored(submissions, first)
        await clock_ticks()

        completed = await submissions.complete_submission(mine)
        expect.false(completed, f"completion of a {first} submission")
        failed = await submissions.fail_submission(mine, RuntimeError("second thoughts"))
        expect.false(failed, f"failure of a {first} submission")
        expect.equal(await stored(submissions, first), before, "the submission afterwards")


@verifies("LIFECYCLE-10")
async def test_one_of_racing_endings_counts(handles: list[Handle], expect: Expect) -> None:
    await race_endings(handles, expect)


@verifies("LIFECYCLE-11")
async def test_no_operation_moves_a_settled_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        mine = await queue_and_start(submissions, ending)
        await submissions.mark_submission_input_applied(mine, DURABILITY)
        await begin_turn(submissions, ending)
        await settle(submissions, mine)
        settled = await read(submissions, ending)

        for what, call in _everything(submissions, mine):
            await call()
            expect.equal(await read(submissions, ending), settled, f"the {ending} one after {what}")


@verifies("LIFECYCLE-11")
async def test_nothing_that_races_with_an_ending_undoes_it(
    submissions: AgentSubmissionStore, handles: list[Handle], expect: Expect
) -> None:
    # Every order in which the calls can begin.
    for number, order in enumerate(permutations(RIVALS)):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)

        racers = await together(
            [
                partial(RIVALS[what], handle.submissions, mine)
                for what, handle in zip(order, handles, strict=True)
            ]
        )

        if racers[order.index("a completion")].value:
            expect.equal((await read(submissions, name)).status, "settled", "once it was completed")


@verifies("LIFECYCLE-12")
async def test_a_settled_submission_shows_what_it_was_last(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        first = await queue_and_start(submissions, ending)
        await submissions.mark_submission_input_applied(first, DURABILITY)
        lease = SubmissionLease("owner-2", now() + 60_000)
        await submissions.replace_turn_journal_attempt(first, "attempt-2", lease)
        mine = attempt(ending, "attempt-2")
        await submissions.request_submission_recovery(mine)
        running = await read(submissions, ending)
        await settle(submissions, mine)

        for reader in (submissions, peer.submissions):
            found = await read(reader, ending)
            settled = replace(running, status="settled", error=found.error)
            expect.equal(found, settled, f"the {ending} submission")


@verifies("LIFECYCLE-12")
async def test_a_submission_settled_at_once_shows_its_claim(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        await queue(submissions, ending)
        running = await start(submissions, ending, lease_ms=-60_000)
        await settle(submissions, attempt(ending))

        found = await read(submissions, ending)
        settled = replace(running, status="settled", error=found.error)
        expect.equal(found, settled, f"the {ending} submission")


@verifies("LIFECYCLE-13")
async def test_an_error_with_an_empty_message_is_an_empty_text(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.fail_submission(mine, RuntimeError(""))

    expect.equal((await read(submissions)).error, "", "the error")


@verifies("LIFECYCLE-13")
async def test_a_plain_text_is_an_error_as_it_is(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, text in enumerate(AWKWARD_TEXTS):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name)
        await submissions.fail_submission(mine, text)

        expect.equal((await read(submissions, name)).error, text, "the error")


@verifies("LIFECYCLE-13")
async def test_any_other_value_is_an_error_with_some_text(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    others: tuple[JsonValue, ...] = (None, False, 0, 42.5, [], {"code": 7, "of": ["a", "b"]})
    for number, error in enumerate(others):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name)

        failed = await submissions.fail_submission(mine, error)

        expect.true(failed, f"a failure with {error!r}")
        found = (await read(submissions, name)).error
        expect.that(found is not None, came_back=found, expected="a text", about="the error")


@verifies("LIFECYCLE-14")
async def test_a_nul_in_an_error_does_not_stop_a_failure(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    texts_with_nul = ("before\0after", "\0", "\0after", "before\0", "é\0\0日本語")
    for number, text in enumerate(texts_with_nul):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name)

        failed = await submissions.fail_submission(mine, RuntimeError(text) if number % 2 else text)

        expect.true(failed, f"a failure with {text!r}")
        found = await read(submissions, name)
        expect.equal(found.status, "settled", "the status")
        expect.one_of(found.error, [text, text.replace("\0", "\ufffd")], "the error")


@verifies("LIFECYCLE-15")
async def test_settling_leaves_an_open_journal_and_its_chunks(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        mine = await queue_and_start(submissions, ending)
        key = f"{ending}:turn-1:attempt-1"
        await _stream(submissions, mine, key)
        journal = await read_journal(submissions, ending)
        chunks = await submissions.get_stream_chunk_segments(key)

        await settle(submissions, mine)

        expect.equal(await read_journal(submissions, ending), journal, "the journal afterwards")
        expect.equal(await submissions.get_stream_chunk_segments(key), chunks, "its chunks")


@verifies("LIFECYCLE-15")
async def test_settling_leaves_a_committed_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for ending, settle in ENDINGS.items():
        mine = await queue_and_start(submissions, ending)
        await _stream(submissions, mine, ending)
        await submissions.commit_turn_journal(mine, "0000000a")
        journal = await read_journal(submissions, ending)

        await settle(submissions, mine)

        expect.equal(await read_journal(submissions, ending), journal, "the journal afterwards")
        expect.equal(
            await submissions.get_stream_chunk_segments(ending),
            [StreamChunkSegment(0, "[]"), StreamChunkSegment(1, "")],
            "its chunks",
        )


async def _stream(
    submissions: AgentSubmissionStore, mine: SubmissionAttemptRef, key: str = STREAM_KEY
) -> None:
    await streaming_journal(submissions, mine, key)
    await submissions.append_stream_chunk_segment(key, 0, "[]")
    await submissions.append_stream_chunk_segment(key, 1, "")


async def _expect_refused(
    submissions: AgentSubmissionStore, expect: Expect, mine: SubmissionAttemptRef, whose: str
) -> None:
    for what, call in SUBMISSION_CALLS.items():
        expect.false(await call(submissions, mine), f"{what} {whose}")


async def _expect_unmoved(
    submissions: AgentSubmissionStore, expect: Expect, attempt_id: str, whose: str
) -> None:
    before = await stored(submissions, "dispatch-1")
    await _expect_refused(submissions, expect, attempt(attempt_id=attempt_id), whose)
    expect.equal(await stored(submissions, "dispatch-1"), before, "the submission afterwards")


def _expect_queued(expect: Expect, found: AgentSubmission, queued: AgentSubmission) -> None:
    # What a requeue does with the attempt's count and durability is LIFECYCLE-07, a SHOULD.
    expected = replace(
        queued,
        attempt_count=found.attempt_count,
        max_retry=found.max_retry,
        timeout_at=found.timeout_at,
    )
    expect.equal(found, expected, "the requeued submission")


def _expect_counts_kept(expect: Expect, found: AgentSubmission, before: AgentSubmission) -> None:
    kept = (before.attempt_count, before.max_retry, before.timeout_at)
    after = (found.attempt_count, found.max_retry, found.timeout_at)
    expect.equal(after, kept, "attempts, retry budget and timeout after a requeue")


def _everything(
    store: AgentSubmissionStore, mine: SubmissionAttemptRef
) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    name = mine.submission_id
    lease = SubmissionLease("owner-2", now() + 60_000)

    async def delete_nothing() -> None:
        return None

    moves = [(what, partial(call, store, mine)) for what, call in SUBMISSION_CALLS.items()]
    return [
        *moves,
        ("a claim", partial(store.claim_submission, claim(name, "attempt-2"))),
        ("a claim by its attempt", partial(store.claim_submission, claim(name))),
        ("a replay", partial(store.admit_dispatch, dispatch_input(name))),
        ("a conflicting replay", partial(store.admit_dispatch, dispatch_input(name, input=1))),
        ("a replacement", partial(store.replace_turn_journal_attempt, mine, "attempt-2", lease)),
        ("a renewal", partial(store.renew_leases, "owner-1", [name])),
        ("a turn", partial(store.begin_turn_journal, turn(name))),
        ("an update", partial(store.update_turn_journal_phase, mine, "provider_started")),
        ("a commit", partial(store.commit_turn_journal, mine, "0000000a")),
        ("a consumption mark", partial(store.mark_stream_consumed, mine, STREAM_KEY)),
        ("a list of what can run", store.list_runnable_submissions),
        ("a list of what runs", store.list_running_submissions),
        ("a list of what expired", store.list_expired_submissions),
        (
            "the deletion of another session",
            partial(store.delete_session, session_key("agent-1", "other"), delete_nothing),
        ),
    ]
