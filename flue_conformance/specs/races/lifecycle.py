"""Endings of one attempt by several processes: LIFECYCLE-10."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.attempt_races import race_endings
from flue_conformance.specs.scenarios.held_submissions import (
    completion_beside_a_failure,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("LIFECYCLE-10", level=Level.SINGLE_HOST)
@verifies("LIFECYCLE-10", level=Level.MULTI_REPLICA)
async def test_one_of_the_endings_by_several_processes_counts(
    apart: list[Handle], expect: Expect
) -> None:
    await race_endings(apart, expect)


@verifies("LIFECYCLE-10", level=Level.SINGLE_HOST)
@verifies("LIFECYCLE-10", level=Level.MULTI_REPLICA)
async def test_of_a_completion_that_is_held_open_and_a_failure_one_counts(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(completion_beside_a_failure)
