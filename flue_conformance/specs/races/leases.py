"""Leases that one process renews while another one takes the submission over: LEASE-02."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from flue_conformance.contract import SubmissionLease
from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.steps import begin_turn, queue_and_start, read
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import together
from flue_conformance.specs.support.verifies import requires, verifies


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
