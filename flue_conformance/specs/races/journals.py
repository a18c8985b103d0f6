"""Replacements of one attempt by several processes: JOURNAL-17."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.attempt_races import (
    race_replacements,
    race_replacements_with_endings,
)
from flue_conformance.specs.scenarios.held_submissions import (
    replacement_beside_a_completion,
    replacement_beside_a_replacement,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("JOURNAL-17", level=Level.SINGLE_HOST)
@verifies("JOURNAL-17", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_takes_the_submission_over(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_replacements(apart, expect, rounds)


@verifies("JOURNAL-17", level=Level.SINGLE_HOST)
@verifies("JOURNAL-17", level=Level.MULTI_REPLICA)
async def test_of_a_replacement_and_an_ending_by_another_process_one_applies(
    apart: list[Handle], rounds: int
) -> None:
    await race_replacements_with_endings(apart, rounds)


@verifies("JOURNAL-17", level=Level.SINGLE_HOST)
@verifies("JOURNAL-17", level=Level.MULTI_REPLICA)
async def test_of_a_replacement_that_is_held_open_and_another_one_succeeds(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(replacement_beside_a_replacement)


@verifies("JOURNAL-17", level=Level.SINGLE_HOST)
@verifies("JOURNAL-17", level=Level.MULTI_REPLICA)
async def test_of_a_replacement_that_is_held_open_and_a_completion_one_applies(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(replacement_beside_a_completion)
