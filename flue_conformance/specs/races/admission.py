"""Admissions of one id by several processes: ADMISSION-24 and ADMISSION-25."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.admission_races import (
    race_different_inputs,
    race_different_messages,
    race_dispatches_to_different_sessions,
    race_identical_dispatches,
    race_identical_prompts,
    race_prompts_to_different_sessions,
)
from flue_conformance.specs.scenarios.held_submissions import (
    dispatch_beside_another,
    dispatch_beside_its_twin,
    prompt_beside_another,
    prompt_beside_its_twin,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("ADMISSION-24", level=Level.SINGLE_HOST)
@verifies("ADMISSION-24", level=Level.MULTI_REPLICA)
async def test_one_dispatch_sent_to_several_processes_makes_one_submission(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_identical_dispatches(apart, expect, rounds)


@verifies("ADMISSION-24", level=Level.SINGLE_HOST)
@verifies("ADMISSION-24", level=Level.MULTI_REPLICA)
async def test_one_prompt_sent_to_several_processes_makes_one_submission(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_identical_prompts(apart, expect, rounds)


@verifies("ADMISSION-25", level=Level.SINGLE_HOST)
@verifies("ADMISSION-25", level=Level.MULTI_REPLICA)
async def test_one_of_different_dispatches_to_several_processes_is_admitted(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_different_inputs(apart, expect, rounds)


@verifies("ADMISSION-25", level=Level.SINGLE_HOST)
@verifies("ADMISSION-25", level=Level.MULTI_REPLICA)
async def test_one_of_dispatches_to_different_sessions_by_several_processes_is_admitted(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_dispatches_to_different_sessions(apart, expect, rounds)


@verifies("ADMISSION-25", level=Level.SINGLE_HOST)
@verifies("ADMISSION-25", level=Level.MULTI_REPLICA)
async def test_one_of_different_prompts_to_several_processes_is_admitted(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_different_messages(apart, expect, rounds)


@verifies("ADMISSION-25", level=Level.SINGLE_HOST)
@verifies("ADMISSION-25", level=Level.MULTI_REPLICA)
async def test_one_of_prompts_to_different_sessions_by_several_processes_is_admitted(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_prompts_to_different_sessions(apart, expect, rounds)


@verifies("ADMISSION-24", level=Level.SINGLE_HOST)
@verifies("ADMISSION-24", level=Level.MULTI_REPLICA)
async def test_a_dispatch_that_is_held_open_and_its_twin_are_one(stand_still: StandStill) -> None:
    await stand_still.amid(dispatch_beside_its_twin)


@verifies("ADMISSION-24", level=Level.SINGLE_HOST)
@verifies("ADMISSION-24", level=Level.MULTI_REPLICA)
async def test_a_prompt_that_is_held_open_and_its_twin_are_one(stand_still: StandStill) -> None:
    await stand_still.amid(prompt_beside_its_twin)


@verifies("ADMISSION-25", level=Level.SINGLE_HOST)
@verifies("ADMISSION-25", level=Level.MULTI_REPLICA)
async def test_of_a_dispatch_that_is_held_open_and_another_of_its_id_one_is_admitted(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(dispatch_beside_another)


@verifies("ADMISSION-25", level=Level.SINGLE_HOST)
@verifies("ADMISSION-25", level=Level.MULTI_REPLICA)
async def test_of_a_prompt_that_is_held_open_and_another_of_its_id_one_is_admitted(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(prompt_beside_another)
