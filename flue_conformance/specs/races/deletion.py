"""Deletions of a session while other processes work on it."""

from __future__ import annotations

from flue_conformance.rules import Level, Requirement
from flue_conformance.specs.scenarios.deletion_races import (
    race_deletions,
    race_new_work_with_deletions,
    race_replays_with_deletions,
    race_replays_with_failing_deletions,
)
from flue_conformance.specs.scenarios.held_submissions import (
    replay_beside_a_deletion,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import requires, verifies


@verifies("DELETION-15", level=Level.SINGLE_HOST)
@verifies("DELETION-15", level=Level.MULTI_REPLICA)
async def test_replays_by_others_during_a_deletion_queue_nothing(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_replays_with_deletions(apart, expect, rounds)


@verifies("DELETION-15", level=Level.SINGLE_HOST)
@verifies("DELETION-15", level=Level.MULTI_REPLICA)
async def test_a_replay_that_is_held_open_during_a_whole_deletion_queues_nothing(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(replay_beside_a_deletion)


@verifies("DELETION-15", level=Level.SINGLE_HOST)
@verifies("DELETION-15", level=Level.MULTI_REPLICA)
async def test_replays_by_others_during_a_deletion_that_fails_find_what_was_there(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_replays_with_failing_deletions(apart, expect, rounds)


# One process proves the rule where it counts; with several it is looked at once more.
@verifies("DELETION-06", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_new_work_of_others_that_races_with_a_deletion_is_refused_or_kept(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_new_work_with_deletions(apart, expect, rounds)


@verifies("DELETION-12")
@requires("persistent")
async def test_of_deletions_by_several_processes_each_ends_as_its_callback(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_deletions(apart, expect, rounds // 2)
