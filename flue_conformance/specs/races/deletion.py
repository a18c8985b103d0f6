"""Deletions of a session while other processes work on it."""

from __future__ import annotations

import asyncio
from functools import partial

from flue_conformance.contract import AdmittedSubmission, session_key
from flue_conformance.rules import Level, Requirement
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.deletion_races import (
    expect_replay,
    race_deletions,
    race_new_work_with_deletions,
    race_replays_with_deletions,
    race_replays_with_failing_deletions,
    receipt,
)
from flue_conformance.specs.scenarios.pausing import BATCH, StandStill
from flue_conformance.specs.scenarios.steps import queue_and_settle, read
from flue_conformance.specs.scenarios.values import dispatch_input
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import errors, together
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("DELETION-15", level=Level.SINGLE_HOST)
@verifies("DELETION-15", level=Level.MULTI_REPLICA)
async def test_replays_by_others_during_a_deletion_queue_nothing(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_replays_with_deletions(apart, expect, rounds)


@verifies("DELETION-15", level=Level.SINGLE_HOST)
@verifies("DELETION-15", level=Level.MULTI_REPLICA)
async def test_a_replay_that_is_held_open_during_a_whole_deletion_queues_nothing(
    workers: Workers, expect: Expect, limits: Limits, rounds: int
) -> None:
    holder = workers.start()
    slow = (await workers.connect(holder)).submissions
    (handle,) = await workers.open(1)
    other = handle.submissions
    standing = StandStill(holder, limits)
    for number in range(-2, rounds):
        names = [f"{number} {place}" for place in range(BATCH)]
        await asyncio.gather(*(queue_and_settle(other, name, session=name) for name in names))
        settled = [AdmittedSubmission(await read(other, name)) for name in names]
        replays = [
            partial(slow.admit_dispatch, dispatch_input(name, session=name)) for name in names
        ]
        if number < 0:
            await standing.undisturbed(replays)
            continue

        deletions = [
            partial(other.delete_session, session_key("agent-1", name), nothing) for name in names
        ]
        racers, deleted = await standing.amid(replays, partial(together, deletions))

        expect.equal(errors(deleted), [], "what deletions of settled sessions raised")
        for name, before, racer in zip(names, settled, racers, strict=True):
            expect_replay(expect, racer, before, receipt(name))
            expect.none(await other.get_submission(name), "the submission afterwards")
    expect.false(await other.has_unsettled_submissions(), "unsettled work afterwards")


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
