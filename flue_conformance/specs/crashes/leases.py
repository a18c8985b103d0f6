"""Leases that pass while a process is stopped or dead, and nobody takes over: LEASE-09."""

from __future__ import annotations

from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.zombies import (
    AFTER_EXPIRY,
    come_back_from_a_kill,
    come_back_from_a_stop,
)
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("LEASE-09", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_a_stopped_process_goes_on_after_its_lease_has_passed(
    workers: Workers, expect: Expect
) -> None:
    await come_back_from_a_stop(workers, expect, AFTER_EXPIRY)


@verifies("LEASE-09", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_the_attempts_of_a_killed_process_go_on_after_their_lease_has_passed(
    workers: Workers, expect: Expect
) -> None:
    await come_back_from_a_kill(workers, expect, AFTER_EXPIRY)
