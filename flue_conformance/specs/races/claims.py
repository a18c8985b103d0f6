"""Claims by several processes: CLAIM-03 and CLAIM-04."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.claim_races import race_claims, race_past_heads
from flue_conformance.specs.scenarios.held_submissions import (
    claim_beside_a_claim,
    requeue_beside_a_claim_behind,
)
from flue_conformance.specs.scenarios.storm import expect_orderly, storm
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("CLAIM-03", level=Level.SINGLE_HOST)
@verifies("CLAIM-03", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_gets_the_submission(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_claims(apart, expect, rounds)


@verifies("CLAIM-03", level=Level.SINGLE_HOST)
@verifies("CLAIM-03", level=Level.MULTI_REPLICA)
async def test_of_a_claim_that_is_held_open_and_another_one_gets_the_submission(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(claim_beside_a_claim)


@verifies("CLAIM-04", level=Level.SINGLE_HOST)
@verifies("CLAIM-04", level=Level.MULTI_REPLICA)
async def test_one_submission_of_a_session_runs_at_a_time_whoever_claims(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    seen = await storm(apart, sessions=2, steps=rounds // 2)

    await expect_orderly(seen, apart, expect)
    expect.that(
        seen.settled > 0, came_back="nothing was settled", expected="work that goes on in the storm"
    )


@verifies("CLAIM-04", level=Level.SINGLE_HOST)
@verifies("CLAIM-04", level=Level.MULTI_REPLICA)
async def test_nothing_is_claimed_past_a_head_that_others_claim_or_requeue(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_past_heads(apart, expect, rounds // 8)


@verifies("CLAIM-04", level=Level.SINGLE_HOST)
@verifies("CLAIM-04", level=Level.MULTI_REPLICA)
async def test_nothing_is_claimed_past_a_head_whose_requeue_is_held_open(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(requeue_beside_a_claim_behind)
