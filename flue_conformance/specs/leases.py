"""Leases: how long an owner is left alone with a submission."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from flue_conformance.contract import (
    MAX_INTEGER,
    AgentSubmission,
    AgentSubmissionStore,
    JsonValue,
    SubmissionClaimRef,
    SubmissionLease,
)
from flue_conformance.specs.scenarios.clock import clock_moves_on, clock_reaches, clock_ticks
from flue_conformance.specs.scenarios.fencing import AttemptCall
from flue_conformance.specs.scenarios.journal_steps import STREAM_KEY, streaming_journal
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_settle,
    read,
    start,
    stored,
)
from flue_conformance.specs.scenarios.values import ALIKE_TEXTS, attempt, direct_input, image, now
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import CLOCK_SLACK_MS, Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.verifies import verifies

EXPIRED_MS = -60_000
OWNER = "owner-1"

DEEDS: Final[Mapping[str, AttemptCall]] = {
    "an input mark": lambda store, mine: store.mark_submission_input_applied(mine),
    "a recovery request": lambda store, mine: store.request_submission_recovery(mine),
    "an update": lambda store, mine: store.update_turn_journal_phase(mine, "provider_started"),
    "a consumption mark": lambda store, mine: store.mark_stream_consumed(mine, STREAM_KEY),
    "a commit": lambda store, mine: store.commit_turn_journal(mine, "0000000a"),
    "a completion": lambda store, mine: store.complete_submission(mine),
}
"""What an owner does in the course of a submission, in this order."""


@verifies("LEASE-01")
async def test_a_renewed_lease_ends_thirty_seconds_from_now(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(12)]
    before = [await _running(submissions, name) for name in names]
    await clock_moves_on()

    since = now()
    await submissions.renew_leases(OWNER, names)
    until = now()

    for running in before:
        started_at = running.started_at or 0
        for reader in (submissions, peer.submissions):
            found = await read(reader, running.submission_id)
            _expect_renewed(expect, found, running, since, until)
            expect.later(found.lease_expires_at, started_at + 30_000, "the renewed lease")


@verifies("LEASE-01")
async def test_a_lease_is_renewed_whatever_its_submission_went_through(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _running(submissions, "applied")
    await submissions.mark_submission_input_applied(attempt("applied"))
    await _running(submissions, "lost")
    await submissions.request_submission_recovery(attempt("lost"))
    await _running(submissions, "requeued")
    await submissions.requeue_submission_before_input_applied(attempt("requeued"))
    await start(submissions, "requeued", "attempt-2", lease_ms=EXPIRED_MS)
    before = [await read(submissions, name) for name in ("applied", "lost", "requeued")]

    since = now()
    await submissions.renew_leases(OWNER, [running.submission_id for running in before])
    until = now()

    for running in before:
        found = await read(submissions, running.submission_id)
        _expect_renewed(expect, found, running, since, until)


@verifies("LEASE-01")
async def test_a_submission_that_is_not_listed_keeps_its_lease(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    listed, *unlisted = ALIKE_TEXTS
    for name in ALIKE_TEXTS:
        await _running(submissions, name)
    before = await stored(submissions, *unlisted)

    await submissions.renew_leases(OWNER, [listed])

    expect.equal(await stored(submissions, *unlisted), before, "the submissions not listed")


@verifies("LEASE-02")
async def test_a_renewal_passes_over_what_is_not_running(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "queued", session="queued")
    await _running(submissions, "requeued")
    await submissions.requeue_submission_before_input_applied(attempt("requeued"))
    await queue_and_settle(submissions, "completed", session="completed")
    await _running(submissions, "failed")
    await submissions.fail_submission(attempt("failed"), RuntimeError("refused"))
    passed_over = ("queued", "requeued", "completed", "failed", "nobody")
    before = await stored(submissions, *passed_over)
    first, last = await _running(submissions, "first"), await _running(submissions, "last")

    since = now()
    await submissions.renew_leases(OWNER, ["first", *passed_over, "last"])
    until = now()

    expect.equal(await stored(submissions, *passed_over), before, "those that do not run")
    for running in (first, last):
        found = await read(submissions, running.submission_id)
        _expect_renewed(expect, found, running, since, until)


@verifies("LEASE-02")
async def test_a_renewal_passes_over_what_others_own(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine, *alike = ALIKE_TEXTS
    before = [
        await _running(submissions, f"of {owner_id!r}", owner_id=owner_id)
        for owner_id in (mine, *alike, "")
    ]
    names = [running.submission_id for running in before]

    since = now()
    await submissions.renew_leases(mine, names)
    until = now()

    own, *foreign = before
    found = await read(submissions, own.submission_id)
    _expect_renewed(expect, found, own, since, until)
    for running in foreign:
        found = await read(submissions, running.submission_id)
        expect.equal(found, running, f"the submission {running.submission_id}")


@verifies("LEASE-02")
async def test_a_renewal_of_nothing_but_strangers_changes_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _running(submissions, "dispatch-1")
    before = await stored(submissions, "dispatch-1", "nobody")

    await submissions.renew_leases("owner-2", ["dispatch-1", "nobody"])
    await submissions.renew_leases(OWNER, ["nobody"])

    expect.equal(await stored(submissions, "dispatch-1", "nobody"), before, "everything afterwards")
    expect.equal(len(await submissions.list_running_submissions()), 1, "running submissions")


@verifies("LEASE-03")
async def test_a_renewal_of_nothing_changes_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _running(submissions, "dispatch-1")
    before = await stored(submissions, "dispatch-1")
    await clock_ticks()

    await submissions.renew_leases(OWNER, [])
    await submissions.renew_leases("owner-2", [])

    expect.equal(await stored(submissions, "dispatch-1"), before, "the submission afterwards")


@verifies("LEASE-03")
async def test_a_submission_may_be_listed_twice(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    before = [await _running(submissions, name) for name in ("first", "second")]

    since = now()
    await submissions.renew_leases(OWNER, ["first", "second", "first", "nobody", "nobody"])
    until = now()

    for running in before:
        found = await read(submissions, running.submission_id)
        _expect_renewed(expect, found, running, since, until)


@verifies("LEASE-04")
async def test_a_renewal_does_not_ask_what_the_lease_was(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # Passed long ago and just now, none, negative, about to end, longer, and without an end.
    leases = (1, now() - 1, 0, -1, now() + 1000, now() + 3_600_000, MAX_INTEGER)
    before = [
        await _running(submissions, f"lease {lease}", lease_expires_at=lease) for lease in leases
    ]

    since = now()
    await submissions.renew_leases(OWNER, [running.submission_id for running in before])
    until = now()

    for running in before:
        found = await read(submissions, running.submission_id)
        _expect_renewed(expect, found, running, since, until)


@verifies("LEASE-04")
async def test_a_lease_can_be_renewed_again_and_again(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    before = await _running(submissions, "dispatch-1")

    for _ in range(2):
        await clock_moves_on()
        since = now()
        await submissions.renew_leases(OWNER, ["dispatch-1"])
        until = now()
        found = await read(submissions)
        _expect_renewed(expect, found, before, since, until)
        expect.later(found.lease_expires_at, before.lease_expires_at, "the renewed lease")
        before = found


@verifies("LEASE-05")
async def test_an_owner_renews_whatever_the_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _running(submissions, "dispatch-1")
    replaced = await submissions.replace_turn_journal_attempt(attempt(), "attempt-2")

    since = now()
    await submissions.renew_leases(OWNER, ["dispatch-1"])
    until = now()

    if replaced is not None:
        _expect_renewed(expect, await read(submissions), replaced, since, until)


@verifies("LEASE-05")
async def test_a_former_owner_does_not_renew(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _running(submissions, "dispatch-1")
    lease = SubmissionLease("owner-2", now() - 1)
    replaced = await submissions.replace_turn_journal_attempt(attempt(), "attempt-2", lease)

    await submissions.renew_leases(OWNER, ["dispatch-1"])
    expect.equal(await read(submissions), replaced, "the submission after the former owner's call")

    since = now()
    await submissions.renew_leases("owner-2", ["dispatch-1"])
    found = await read(submissions)
    expect.near(found.lease_expires_at, since + 30_000, now() + 30_000, "the new owner's lease")


@verifies("LEASE-06")
async def test_a_thousand_submissions_are_renewed_in_one_call(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    names = [f"dispatch-{number:04}" for number in range(1000)]
    # Few of them exist: wherever they stand in the list, each is renewed.
    before = [await _running(submissions, name) for name in [*names[::250], names[-1]]]

    since = now()
    await submissions.renew_leases(OWNER, names)
    until = now()

    for running in before:
        found = await read(submissions, running.submission_id)
        _expect_renewed(expect, found, running, since, until)


@verifies("LEASE-07")
async def test_expired_submissions_are_those_whose_lease_has_passed(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    passed = {"long ago": 1, "a minute ago": now() - 60_000, "just now": now() - CLOCK_SLACK_MS - 1}
    others = {
        "none": 0,
        "negative": -1,
        "far below zero": -now(),
        "soon": now() + 10_000,
        "in an hour": now() + 3_600_000,
        "without an end": MAX_INTEGER,
    }
    for name, lease in (passed | others).items():
        await _running(submissions, name, lease_expires_at=lease)
    await clock_ticks()

    for reader in (submissions, peer.submissions):
        expect.equal(_names(await reader.list_expired_submissions()), list(passed), "the expired")


@verifies("LEASE-07")
async def test_only_running_submissions_expire(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "queued", session="queued")
    await _running(submissions, "requeued")
    await submissions.requeue_submission_before_input_applied(attempt("requeued"))
    await _running(submissions, "completed")
    await submissions.complete_submission(attempt("completed"))
    await _running(submissions, "failed")
    await submissions.fail_submission(attempt("failed"), RuntimeError("refused"))

    expect.equal(_names(await submissions.list_expired_submissions()), [], "the expired")


@verifies("LEASE-07")
async def test_expired_submissions_come_in_the_order_of_their_admission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # More than a store may list at once, claimed the other way round, with leases in yet another
    # order.
    names = [f"dispatch-{number}" for number in range(101)]
    for name in names:
        await queue(submissions, name, session=name)
    for number, name in enumerate(reversed(names)):
        await start(submissions, name, lease_ms=EXPIRED_MS - number * 7 % 12 * 1000)

    expect.equal(_names(await submissions.list_expired_submissions()), names, "the expired")


@verifies("LEASE-07")
async def test_an_expired_submission_is_listed_as_it_is_read(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _running(submissions, "dispatch-1", owner_id="Ägare")
    await submissions.mark_submission_input_applied(attempt())
    await submissions.request_submission_recovery(attempt())
    payload: JsonValue = {"message": "Look.", "images": [image("aGVq" * 5_000), image("")]}
    await submissions.admit_direct(direct_input("prompt", payload=payload))
    await start(submissions, "prompt", lease_ms=EXPIRED_MS)
    running = [await read(submissions, name) for name in ("dispatch-1", "prompt")]

    expect.equal(await submissions.list_expired_submissions(), running, "the expired")


@verifies("LEASE-07")
async def test_a_submission_expires_when_its_lease_passes(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect
) -> None:
    lease = now() + 100
    await _running(submissions, "dispatch-1", lease_expires_at=lease)

    listed = await submissions.list_expired_submissions()
    # An answer that may have come after the lease has passed tells nothing.
    while now() < lease - CLOCK_SLACK_MS:
        expect.equal(_names(listed), [], "the expired, before the lease has passed")
        await asyncio.sleep(limits.poll)
        listed = await submissions.list_expired_submissions()
    await clock_reaches(lease + CLOCK_SLACK_MS + 1)
    listed = await submissions.list_expired_submissions()
    expect.equal(_names(listed), ["dispatch-1"], "the expired, after the lease has passed")


@verifies("LEASE-07")
async def test_a_renewed_or_replaced_lease_is_no_longer_expired(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in ("renewed", "replaced", "left"):
        await _running(submissions, name)
    await submissions.renew_leases(OWNER, ["renewed"])
    await submissions.replace_turn_journal_attempt(
        attempt("replaced"), "attempt-2", SubmissionLease("owner-2", now() + 30_000)
    )
    await submissions.replace_turn_journal_attempt(attempt("left"), "attempt-2")

    expect.equal(_names(await submissions.list_expired_submissions()), ["left"], "the expired")


@verifies("LEASE-08")
async def test_listing_changes_nothing(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    names = [f"dispatch-{number}" for number in range(12)]
    for name in names:
        await _running(submissions, name)
        await begin_turn(submissions, name)
    before = await stored(submissions, *names)

    first = await submissions.list_expired_submissions()
    again = await peer.submissions.list_expired_submissions()

    expect.equal(again, first, "the list, asked for again")
    expect.equal(await stored(submissions, *names), before, "the submissions afterwards")


@verifies("LEASE-09")
async def test_an_owner_goes_on_after_its_lease_has_passed(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    mine = attempt()
    await _running(submissions, "dispatch-1")
    await peer.submissions.list_expired_submissions()
    await streaming_journal(submissions, mine)

    for what, deed in DEEDS.items():
        expect.true(await deed(submissions, mine), f"{what} after the lease has passed")
        await peer.submissions.list_expired_submissions()
    expect.equal((await read(submissions)).status, "settled", "the status in the end")


@verifies("LEASE-09")
async def test_an_owner_without_a_lease_goes_on(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for lease in (0, -1):
        name = f"lease {lease}"
        mine = attempt(name)
        await _running(submissions, name, lease_expires_at=lease)
        await streaming_journal(submissions, mine)

        for what, deed in DEEDS.items():
            expect.true(await deed(submissions, mine), f"{what} under lease {lease}")


@verifies("LEASE-09")
async def test_an_owner_fails_or_requeues_whatever_its_lease(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for lease in (now() + EXPIRED_MS, 1, 0, -1):
        failing, requeueing = f"failing, lease {lease}", f"requeueing, lease {lease}"
        await _running(submissions, failing, lease_expires_at=lease)
        failed = await submissions.fail_submission(attempt(failing), RuntimeError("refused"))
        expect.true(failed, f"a failure under lease {lease}")
        expect.equal((await read(submissions, failing)).error, "refused", "its error")

        await _running(submissions, requeueing, lease_expires_at=lease)
        requeued = await submissions.requeue_submission_before_input_applied(attempt(requeueing))
        expect.true(requeued, f"a requeue under lease {lease}")


@verifies("LEASE-09")
async def test_time_alone_does_not_change_a_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    lease = now() + 5
    running = await _running(submissions, "dispatch-1", lease_expires_at=lease)
    await begin_turn(submissions)
    before = await stored(submissions, "dispatch-1")

    await clock_reaches(lease + CLOCK_SLACK_MS + 1)

    expect.equal(await stored(submissions, "dispatch-1"), before, "the submission afterwards")
    expect.equal(await submissions.list_running_submissions(), [running], "what runs")
    expect.equal(await submissions.list_runnable_submissions(), [], "what could be claimed")


async def _running(
    submissions: AgentSubmissionStore,
    name: str,
    *,
    owner_id: str = OWNER,
    lease_expires_at: int | None = None,
) -> AgentSubmission:
    """Return a running submission in a session of its own; its lease passed a minute ago."""
    lease = now() + EXPIRED_MS if lease_expires_at is None else lease_expires_at
    await queue(submissions, name, session=name)
    await submissions.claim_submission(SubmissionClaimRef(name, "attempt-1", owner_id, lease))
    return await read(submissions, name)


def _names(listed: Sequence[AgentSubmission]) -> list[str]:
    return [submission.submission_id for submission in listed]


def _expect_renewed(
    expect: Expect, found: AgentSubmission, before: AgentSubmission, since: int, until: int
) -> None:
    expect.near(
        found.lease_expires_at,
        since + 30_000,
        until + 30_000,
        f"the renewed lease of {before.submission_id!r}",
    )
    expected = replace(before, lease_expires_at=found.lease_expires_at)
    expect.equal(found, expected, "the submission afterwards")
