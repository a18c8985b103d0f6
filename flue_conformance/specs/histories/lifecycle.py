"""Histories of an attempt: LIFECYCLE-10, and whatever else no order explains."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashes.work import ATTEMPTS
from flue_conformance.specs.support.database import Subject
from flue_conformance.specs.support.explained import expect_explained_at_standstills
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers


@verifies("LIFECYCLE-10", level=Level.SINGLE_HOST)
@verifies("LIFECYCLE-10", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_of_attempts_while_one_stands_still(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    await expect_explained_at_standstills(workers, ATTEMPTS, rounds, subject.edition)
