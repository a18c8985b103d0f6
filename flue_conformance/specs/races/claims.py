"""Claims by several processes: CLAIM-03 and CLAIM-04."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.claim_races import race_claims, race_past_heads
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import verifies


@verifies("CLAIM-03", level=Level.SINGLE_HOST)
@verifies("CLAIM-03", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_gets_the_submission(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_claims(apart, expect, rounds)


@verifies("CLAIM-04", level=Level.SINGLE_HOST)
@verifies("CLAIM-04", level=Level.MULTI_REPLICA)
async def test_nothing_is_claimed_past_a_head_that_others_claim_or_requeue(
    apart: list[Handle], expect: Expect
) -> None:
    await race_past_heads(apart, expect)
