"""Leases that several processes renew and take over, by clocks that may differ: LEASE-02, -10."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import pytest

from flue_conformance.contract import SubmissionLease
from flue_conformance.harness import clock_ahead
from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.steps import begin_turn, queue, queue_and_start, read, start
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import together
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers

AHEAD_MS: Final = 3_600_000
LEASE_MS: Final = 1_800_000


# One process proves the rule where it counts; with several it is looked at once more.
@verifies("LEASE-02", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_a_renewal_leaves_the_lease_of_whoever_took_over_alone(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    renewing, replacing, *others = (handle.submissions for handle in apart)
    for number in range(2 * rounds):
        name = f"dispatch-{number}"
        mine = await queue_and_start(renewing, name, session=name)
        await begin_turn(renewing, name)
        lease = SubmissionLease("owner-2", now() + 600_000 + number)

        # Each begins first in every second round.
        calls: list[Callable[[], Awaitable[object]]] = [
            partial(renewing.renew_leases, "owner-1", [name]),
            partial(replacing.replace_turn_journal_attempt, mine, "attempt-2", lease),
            *(partial(other.renew_leases, "owner-1", [name]) for other in others),
        ]
        await together(calls[:: -1 if number % 2 else 1])

        found = await read(others[-1], name)
        expect.equal(
            (found.owner_id, found.lease_expires_at),
            (lease.owner_id, lease.lease_expires_at),
            "owner and lease of a submission that was taken over while the old owner renewed",
        )


@verifies("LEASE-10")
async def test_now_is_what_the_clock_of_the_adapters_process_says(
    workers: Workers, expect: Expect
) -> None:
    clock = clock_ahead(AHEAD_MS)
    worker = workers.start_at(clock)
    if worker is None:
        pytest.skip(UNREACHED)
    await workers.adapter(worker).migrate()
    submissions = (await workers.connect(worker)).submissions

    since = now()
    await queue(submissions)
    started = await start(submissions, lease_ms=LEASE_MS)
    if not clock.reaches_all and abs((started.started_at or 0) - since) < AHEAD_MS / 2:
        pytest.skip(UNREACHED)
    expired = await submissions.list_expired_submissions()
    expect.equal(
        [each.submission_id for each in expired],
        ["dispatch-1"],
        "what has expired: a lease of half an hour, where the process's clock is an hour ahead",
    )
    await submissions.renew_leases("owner-1", ["dispatch-1"])
    renewed = (await read(submissions)).lease_expires_at
    ahead = AHEAD_MS + 30_000
    expect.near(renewed, since + ahead, now() + ahead, "a renewed lease, on the process's clock")


UNREACHED: Final = (
    "not run: the adapter's clock is out of a patch's reach; libfaketime reaches it "
    "(Debian: apt-get install faketime)"
)
