"""Sessions that several processes save, load and delete: SESSION-10 and SESSION-11."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.held_records import (
    first_save_beside_a_save,
    save_beside_a_load,
    save_beside_a_save,
)
from flue_conformance.specs.scenarios.session_races import (
    race_first_saves,
    race_loads_with_saves,
    race_loads_with_saves_and_deletions,
    race_saves_over_a_record,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("SESSION-10", level=Level.SINGLE_HOST)
@verifies("SESSION-10", level=Level.MULTI_REPLICA)
async def test_a_load_during_saves_of_others_returns_one_whole_version(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_loads_with_saves(apart, expect, rounds)


@verifies("SESSION-10", level=Level.SINGLE_HOST)
@verifies("SESSION-10", level=Level.MULTI_REPLICA)
async def test_a_load_during_saves_and_deletions_of_others_returns_a_whole_version_or_none(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_loads_with_saves_and_deletions(apart, expect, rounds)


@verifies("SESSION-11", level=Level.SINGLE_HOST)
@verifies("SESSION-11", level=Level.MULTI_REPLICA)
async def test_first_saves_by_several_processes_leave_one_whole_record(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    # One save a process: a second one would hide what became of the first.
    await race_first_saves(apart[:3], expect, rounds)


@verifies("SESSION-11", level=Level.SINGLE_HOST)
@verifies("SESSION-11", level=Level.MULTI_REPLICA)
async def test_saves_by_several_processes_over_a_record_leave_one_of_them_whole(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    # One save a process: a second one would hide what became of the first.
    await race_saves_over_a_record(apart[:3], expect, rounds)


@verifies("SESSION-10", level=Level.SINGLE_HOST)
@verifies("SESSION-10", level=Level.MULTI_REPLICA)
async def test_a_load_during_a_save_that_is_held_open_returns_one_whole_version(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(save_beside_a_load)


@verifies("SESSION-11", level=Level.SINGLE_HOST)
@verifies("SESSION-11", level=Level.MULTI_REPLICA)
async def test_a_first_save_that_is_held_open_and_another_leave_one_whole_record(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(first_save_beside_a_save)


@verifies("SESSION-11", level=Level.SINGLE_HOST)
@verifies("SESSION-11", level=Level.MULTI_REPLICA)
async def test_a_save_over_a_record_that_is_held_open_and_another_leave_one_of_them_whole(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(save_beside_a_save)
