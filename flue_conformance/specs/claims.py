"""Claims: how an attempt at a submission begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from itertools import count, pairwise
from typing import Any

from hypothesis import given

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    DEFAULT_TIMEOUT_MS,
    MAX_INTEGER,
    AgentSubmission,
    AgentSubmissionStore,
    JsonValue,
    SubmissionClaimRef,
)
from flue_conformance.specs.scenarios.claim_races import race_claims, race_past_heads
from flue_conformance.specs.scenarios.clock import clock_moves_on
from flue_conformance.specs.scenarios.malformed_rows import (
    LASTING,
    SUBMISSIONS,
    damage_rows,
    queued_directs,
)
from flue_conformance.specs.scenarios.steps import queue, queue_and_settle, read, start, stored
from flue_conformance.specs.scenarios.storm import expect_orderly, storm
from flue_conformance.specs.scenarios.strategies import examples, texts
from flue_conformance.specs.scenarios.values import (
    ALIKE_TEXTS,
    AWKWARD_TEXTS,
    attempt,
    claim,
    direct_input,
    image,
    now,
)
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.expect import CLOCK_SLACK_MS, Expect
from flue_conformance.specs.support.racing import ROUNDS, attempted
from flue_conformance.specs.support.verifies import verifies

EXPIRED_MS = -60_000


@verifies("CLAIM-01")
async def test_a_claimed_head_is_running_under_the_claim(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await queue(submissions, "first")
    given_claim = claim("first", "attempt-7", owner_id="owner-3", lease_ms=12_345)

    since = now()
    claimed = await submissions.claim_submission(given_claim)
    until = now()

    _expect_first_attempt(expect, claimed, given_claim, since, until)
    seen = await peer.submissions.get_submission("first")
    _expect_first_attempt(expect, seen, given_claim, since, until)


@verifies("CLAIM-01")
async def test_a_direct_submission_is_claimed_like_a_dispatch(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await submissions.admit_direct(direct_input("prompt"))
    given_claim = claim("prompt")

    since = now()
    claimed = await submissions.claim_submission(given_claim)

    _expect_first_attempt(expect, claimed, given_claim, since, now())


@verifies("CLAIM-01")
async def test_each_of_many_submissions_becomes_claimable_in_turn(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # Ids whose order as text is another than that of their admission.
    names = [f"dispatch-{number}" for number in range(12, 0, -1)]
    for name in names:
        await queue(submissions, name)

    for name in names:
        given_claim = claim(name)
        since = now()
        claimed = await submissions.claim_submission(given_claim)
        _expect_first_attempt(expect, claimed, given_claim, since, now())
        await submissions.fail_submission(attempt(name), RuntimeError("refused"))


@verifies("CLAIM-01")
async def test_busy_sessions_with_alike_names_do_not_keep_a_head_waiting(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for session in ALIKE_TEXTS:
        await queue(submissions, f"dispatch in {session}", session=session)

    for session in ALIKE_TEXTS:
        claimed = await submissions.claim_submission(claim(f"dispatch in {session}"))
        expect.equal(claimed and claimed.status, "running", f"the head of session {session!r}")


@verifies("CLAIM-02")
async def test_an_unknown_submission_cannot_be_claimed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    expect.none(await submissions.claim_submission(claim("nobody")), "a claim of an unknown id")

    expect.none(await submissions.get_submission("nobody"), "the unknown id afterwards")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("CLAIM-02")
async def test_an_id_is_not_taken_for_an_alike_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    name, *alike = ALIKE_TEXTS
    queued = await queue(submissions, name)

    for other in alike:
        expect.none(await submissions.claim_submission(claim(other)), f"a claim of {other!r}")
    expect.equal(await read(submissions, name), queued, f"{name!r} afterwards")


@verifies("CLAIM-02")
async def test_a_running_submission_cannot_be_claimed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "first")
    running = await start(submissions, "first", "attempt-1", owner_id="owner-1")

    again = await submissions.claim_submission(claim("first", "attempt-1", owner_id="owner-1"))
    expect.none(again, "the same claim again")
    taken = await submissions.claim_submission(claim("first", "attempt-2", owner_id="owner-2"))
    expect.none(taken, "a claim for another attempt")
    expect.equal(await read(submissions, "first"), running, "the submission afterwards")


@verifies("CLAIM-02")
async def test_a_passed_lease_does_not_make_a_running_submission_claimable(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for lease in (now() + EXPIRED_MS, 1, 0, -1):
        name = f"lease {lease}"
        await queue(submissions, name, session=name)
        running = await submissions.claim_submission(
            SubmissionClaimRef(name, "attempt-1", "owner-1", lease)
        )

        taken = await submissions.claim_submission(claim(name, "attempt-2", owner_id="owner-2"))

        expect.none(taken, "a claim after the lease has passed")
        expect.equal(await read(submissions, name), running, "the submission afterwards")


@verifies("CLAIM-02")
async def test_a_settled_submission_cannot_be_claimed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "completed")
    await queue(submissions, "failed")
    await start(submissions, "failed")
    await submissions.fail_submission(attempt("failed"), RuntimeError("refused"))
    before = await stored(submissions, "completed", "failed")

    for name in ("completed", "failed"):
        for attempt_id in ("attempt-1", "attempt-2"):
            claimed = await submissions.claim_submission(claim(name, attempt_id))
            expect.none(claimed, f"a claim of a {name} submission for {attempt_id}")
    expect.equal(await stored(submissions, "completed", "failed"), before, "both afterwards")


@verifies("CLAIM-02")
async def test_later_submissions_wait_for_the_head(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # From ten on, sequences compared as text are out of order.
    names = [f"dispatch-{number}" for number in range(12)]
    for name in names:
        await queue(submissions, name)

    for head, following in pairwise(names):
        waiting = [following, names[-1]]
        await _expect_unclaimable(submissions, expect, waiting, f"{head} is queued")
        await start(submissions, head)
        await _expect_unclaimable(submissions, expect, waiting, f"{head} is running")
        await submissions.complete_submission(attempt(head))


@verifies("CLAIM-02")
async def test_a_later_submission_waits_for_one_of_the_other_kind(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await submissions.admit_direct(direct_input("prompt"))
    await queue(submissions, "dispatch")
    await submissions.admit_direct(direct_input("late prompt"))

    await _expect_unclaimable(submissions, expect, ["dispatch", "late prompt"], "prompt is queued")
    await start(submissions, "prompt")
    await submissions.complete_submission(attempt("prompt"))
    await _expect_unclaimable(submissions, expect, ["late prompt"], "dispatch is queued")


@verifies("CLAIM-02")
async def test_a_later_submission_waits_however_early_it_was_accepted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "first", acceptedAt="2026-06-03T10:20:30.456Z")
    await queue(submissions, "earlier", acceptedAt="2026-06-03T10:20:30.455Z")

    await _expect_unclaimable(submissions, expect, ["earlier"], "the head is queued")
    await start(submissions, "first")
    await _expect_unclaimable(submissions, expect, ["earlier"], "the head is running")


@verifies("CLAIM-02")
async def test_a_later_submission_waits_for_one_of_another_agent(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # The agent's name is no part of a session key.
    await queue(submissions, "first", agent="triage")
    await queue(submissions, "second", agent="release")

    await _expect_unclaimable(submissions, expect, ["second"], "the head is queued")
    await start(submissions, "first")
    await _expect_unclaimable(submissions, expect, ["second"], "the head is running")


@verifies("CLAIM-02")
async def test_a_later_submission_waits_for_a_head_whose_lease_has_passed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "first")
    await queue(submissions, "second")

    await start(submissions, "first", lease_ms=EXPIRED_MS)

    await _expect_unclaimable(submissions, expect, ["second"], "the head's lease has passed")


@verifies("CLAIM-02")
async def test_a_later_submission_waits_for_a_requeued_head(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "first")
    await queue(submissions, "second")
    await start(submissions, "first")

    await submissions.requeue_submission_before_input_applied(attempt("first"))

    await _expect_unclaimable(submissions, expect, ["second"], "the head was requeued")


@verifies("CLAIM-02")
async def test_a_later_submission_waits_for_a_replaced_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "first")
    await queue(submissions, "second")
    await start(submissions, "first")

    await submissions.replace_turn_journal_attempt(attempt("first"), "attempt-2")

    await _expect_unclaimable(submissions, expect, ["second"], "the head has a new attempt")


@verifies("CLAIM-03")
async def test_one_of_racing_claims_gets_the_submission(
    handles: list[Handle], expect: Expect
) -> None:
    await race_claims(handles, expect, ROUNDS)


@verifies("CLAIM-04")
async def test_one_submission_of_a_session_runs_at_a_time(
    handles: list[Handle], expect: Expect
) -> None:
    seen = await storm(handles, sessions=2, steps=10)

    await expect_orderly(seen, handles, expect)
    expect.that(
        seen.settled > 0, came_back="nothing was settled", expected="work that goes on in the storm"
    )


@verifies("CLAIM-04")
async def test_nothing_is_claimed_past_a_head_that_is_being_claimed_or_requeued(
    handles: list[Handle], expect: Expect
) -> None:
    await race_past_heads(handles, expect)


@verifies("CLAIM-05")
async def test_a_lease_is_stored_as_it_was_given(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    leases = (0, 1, -1, now() - 1, now() + 1, -30_000, 2**31, 2**53 - 1, -(2**53 - 1))
    for lease in leases:
        name = f"lease {lease}"
        await queue(submissions, name, session=name)
        claimed = await submissions.claim_submission(
            SubmissionClaimRef(name, "attempt-1", "owner-1", lease)
        )

        expect.equal(claimed and claimed.lease_expires_at, lease, "the lease that came back")
        found = await read(peer.submissions, name)
        expect.equal(found.lease_expires_at, lease, "the stored lease")


@verifies("CLAIM-05")
async def test_an_owner_is_stored_as_it_was_given(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for number, owner_id in enumerate((*AWKWARD_TEXTS, *ALIKE_TEXTS)):
        name = f"dispatch-{number}"
        await queue(submissions, name, session=name)
        claimed = await start(submissions, name, owner_id=owner_id)

        expect.equal(claimed.owner_id, owner_id, "the owner that came back")
        expect.equal((await read(peer.submissions, name)).owner_id, owner_id, "the stored owner")


NAMES = count()


@verifies("CLAIM-05")
@examples(8)
@given(owner_id=texts(), attempt_id=texts().filter(bool))
async def test_owners_and_attempts_may_have_any_name(
    submissions: AgentSubmissionStore, expect: Expect, owner_id: str, attempt_id: str
) -> None:
    name = f"dispatch-{next(NAMES)}"
    await queue(submissions, name, session=name)

    await start(submissions, name, attempt_id, owner_id=owner_id)

    found = await read(submissions, name)
    expect.equal((found.owner_id, found.attempt_id), (owner_id, attempt_id), "owner and attempt")


@verifies("CLAIM-06")
async def test_a_claim_leaves_what_was_admitted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    document: JsonValue = {
        "z": [{}, [], "", None, -1.5, MAX_INTEGER],
        "a": {"text": list(AWKWARD_TEXTS)},
    }
    images: list[Any] = [image(f"aGVq{number}" * 5_000) for number in range(12)]
    payload = {"message": "é\u0301", "images": images, "extra": document}
    dispatched = await queue(submissions, "dispatch", input=document)
    prompted = await submissions.admit_direct(
        direct_input("prompt", session="other", payload=payload)
    )
    far = await queue(submissions, "far", session="far", acceptedAt="2999-12-31T23:59:59.999+02:00")
    null = await queue(submissions, "null", session="null", input=None)

    for queued in (dispatched, prompted, far, null):
        claimed = await start(submissions, queued.submission_id)
        _expect_as_admitted(expect, claimed, queued)
        _expect_as_admitted(expect, await read(submissions, queued.submission_id), queued)


@verifies("CLAIM-06")
async def test_a_second_claim_leaves_what_was_admitted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    queued = await queue(submissions, "dispatch")
    await start(submissions, "dispatch", "attempt-1")
    await submissions.requeue_submission_before_input_applied(attempt("dispatch", "attempt-1"))

    _expect_as_admitted(expect, await start(submissions, "dispatch", "attempt-2"), queued)


@verifies("CLAIM-07")
async def test_claims_after_a_requeue_start_afresh_or_go_on_counting(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    first = await start(submissions, attempt_id="attempt-1")
    # Only then is a fresh timeout another one.
    await clock_moves_on()
    since = now()
    again = []
    for number in (1, 2):
        requeued = attempt(attempt_id=f"attempt-{number}")
        await submissions.requeue_submission_before_input_applied(requeued)
        again.append(await start(submissions, attempt_id=f"attempt-{number + 1}"))
    earliest, latest = since + DEFAULT_TIMEOUT_MS, now() + DEFAULT_TIMEOUT_MS

    counts = [claimed.attempt_count for claimed in again]
    timeouts = [claimed.timeout_at for claimed in again]
    within = [earliest - CLOCK_SLACK_MS <= each <= latest + CLOCK_SLACK_MS for each in timeouts]
    fresh = [
        in_time and each > first.timeout_at for each, in_time in zip(timeouts, within, strict=True)
    ]
    afresh = "the count restarts at 1, with a fresh timeout"
    seen = expect.permitted(
        {
            afresh: counts == [1, 1] and all(fresh),
            "the count goes on, under the first timeout": (
                counts == [2, 3] and timeouts == [first.timeout_at] * 2
            ),
        },
        came_back=again,
        about="claims after a requeue",
    )
    if seen == afresh:
        expect.finding(
            "a claim after a requeue restarts the count of attempts and the timeout, so a "
            "submission that is requeued again and again meets neither of its limits."
        )


@verifies("CLAIM-08")
async def test_a_second_claim_has_the_default_retry_budget(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "dispatch")
    await start(submissions, "dispatch", "attempt-1")
    await submissions.requeue_submission_before_input_applied(attempt("dispatch", "attempt-1"))

    claimed = await start(submissions, "dispatch", "attempt-2")

    expect.equal(claimed.max_retry, 10, "the budget that came back")
    expect.equal((await read(submissions, "dispatch")).max_retry, 10, "the stored budget")


@verifies("CLAIM-08")
async def test_a_second_claim_does_not_keep_another_retry_budget(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    # No call leads here: only input that was applied has a budget of its own.
    await queue(submissions, "dispatch")
    await start(submissions, "dispatch", "attempt-1")
    await submissions.requeue_submission_before_input_applied(attempt("dispatch", "attempt-1"))
    await planter.update("flue_agent_submissions", {"submission_id": "dispatch"}, max_retry=3)

    claimed = await start(submissions, "dispatch", "attempt-2")

    expect.equal(claimed.max_retry, 10, "the budget that came back")
    expect.equal((await read(submissions, "dispatch")).max_retry, 10, "the stored budget")


@verifies("CLAIM-09")
async def test_a_claim_returns_what_is_read_right_after(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await queue(submissions, "dispatch")
    await submissions.admit_direct(direct_input("prompt", session="other"))

    for name in ("dispatch", "prompt"):
        claimed = await start(submissions, name, owner_id="Ägare-1")
        expect.equal(claimed, await read(submissions, name), f"what the claim of {name} returned")
        expect.equal(claimed, await read(peer.submissions, name), "the same, read by another")


@verifies("CLAIM-09")
async def test_a_second_claim_returns_what_is_read_right_after(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "dispatch")
    await start(submissions, "dispatch", "attempt-1")
    await submissions.request_submission_recovery(attempt("dispatch", "attempt-1"))
    await submissions.requeue_submission_before_input_applied(attempt("dispatch", "attempt-1"))

    claimed = await start(submissions, "dispatch", "attempt-2", lease_ms=EXPIRED_MS)

    expect.equal(claimed, await read(submissions, "dispatch"), "what the claim returned")


@verifies("CLAIM-10")
async def test_a_dispatch_whose_payload_is_malformed_does_not_run(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    for name in LASTING:
        await queue(submissions, name, session=name)
    await damage_rows(planter, LASTING)

    await _expect_not_running(submissions, planter, expect, LASTING)


@verifies("CLAIM-10")
async def test_a_direct_prompt_whose_payload_is_malformed_does_not_run(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect, subject: Subject
) -> None:
    every = queued_directs(subject.edition)
    names = ("a payload that is no JSON", "the other kind", "a message that is null")
    damages = {name: every[name] for name in names}
    for name in damages:
        await submissions.admit_direct(direct_input(name, session=name))
    await damage_rows(planter, damages)

    await _expect_not_running(submissions, planter, expect, damages)


async def _expect_not_running(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect, names: Iterable[str]
) -> None:
    for name in names:
        claiming = await attempted(partial(submissions.claim_submission, claim(name)))
        expect.none(claiming.value, f"a claim of a row with {name}")
    running = await planter.rows(SUBMISSIONS, status="running")
    expect.equal([row["submission_id"] for row in running], [], "malformed rows that run")


def _expect_first_attempt(
    expect: Expect,
    claimed: AgentSubmission | None,
    given: SubmissionClaimRef,
    since: int,
    until: int,
) -> None:
    if claimed is None:
        expect.that(False, came_back=None, expected="the submission", about="a claim of a head")
        return
    expect.near(claimed.started_at, since, until, "the start")
    expect.near(claimed.timeout_at, since + 3_600_000, until + 3_600_000, "the timeout")
    expected = replace(
        claimed,
        status="running",
        attempt_id=given.attempt_id,
        owner_id=given.owner_id,
        lease_expires_at=given.lease_expires_at,
        attempt_count=1,
        max_retry=10,
    )
    expect.equal(claimed, expected, "the claimed submission")


def _expect_as_admitted(expect: Expect, claimed: AgentSubmission, queued: AgentSubmission) -> None:
    admitted = replace(
        claimed,
        sequence=queued.sequence,
        accepted_at=queued.accepted_at,
        input=queued.input,
        kind=queued.kind,
        input_applied_at=None,
    )
    expect.equal(claimed, admitted, f"{queued.submission_id} after its claim")


async def _expect_unclaimable(
    submissions: AgentSubmissionStore, expect: Expect, waiting: list[str], why: str
) -> None:
    before = await stored(submissions, *waiting)
    for name in waiting:
        claimed = await submissions.claim_submission(claim(name, "early"))
        expect.none(claimed, f"a claim of {name} while {why}")
    expect.equal(await stored(submissions, *waiting), before, "those that wait, afterwards")
