"""Queues that several processes fill and empty: ORDERING-16."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.held_submissions import (
    admission_beside_a_turn,
)
from flue_conformance.specs.scenarios.queue_races import (
    race_admissions,
    race_admissions_with_a_claim,
    race_admissions_with_turns,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("ORDERING-16", level=Level.SINGLE_HOST)
@verifies("ORDERING-16", level=Level.MULTI_REPLICA)
async def test_an_admission_that_returned_precedes_those_that_others_begin_later(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_admissions(apart, expect, rounds)


@verifies("ORDERING-16", level=Level.SINGLE_HOST)
@verifies("ORDERING-16", level=Level.MULTI_REPLICA)
async def test_nothing_admitted_earlier_by_others_appears_behind_what_runs(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_admissions_with_a_claim(apart, expect, rounds)


@verifies("ORDERING-16", level=Level.SINGLE_HOST)
@verifies("ORDERING-16", level=Level.MULTI_REPLICA)
async def test_a_queue_is_drained_in_order_while_other_processes_fill_it(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_admissions_with_turns(apart, expect, rounds)


@verifies("ORDERING-16", level=Level.SINGLE_HOST)
@verifies("ORDERING-16", level=Level.MULTI_REPLICA)
async def test_an_admission_that_is_held_open_does_not_come_before_what_runs_meanwhile(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(admission_beside_a_turn)
