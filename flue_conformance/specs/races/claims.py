"""Claims by several processes: CLAIM-03 and CLAIM-04."""

from __future__ import annotations

import asyncio
from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.claim_races import race_claims, race_past_heads
from flue_conformance.specs.scenarios.pausing import BATCH, StandStill
from flue_conformance.specs.scenarios.steps import queue, queue_and_start, read
from flue_conformance.specs.scenarios.storm import expect_orderly, storm
from flue_conformance.specs.scenarios.values import claim
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import together
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers


@verifies("CLAIM-03", level=Level.SINGLE_HOST)
@verifies("CLAIM-03", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_gets_the_submission(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_claims(apart, expect, rounds)


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
    workers: Workers, expect: Expect, limits: Limits, rounds: int
) -> None:
    holder = workers.start()
    slow = (await workers.connect(holder)).submissions
    (handle,) = await workers.open(1)
    other = handle.submissions
    standing = StandStill(holder, limits)
    for number in range(-2, rounds):
        names = [f"{number} {place}" for place in range(BATCH)]
        heads = await asyncio.gather(
            *(queue_and_start(other, f"{name} first", session=name) for name in names)
        )
        await asyncio.gather(*(queue(other, f"{name} second", session=name) for name in names))
        requeues = [partial(slow.requeue_submission_before_input_applied, head) for head in heads]
        if number < 0:
            await standing.undisturbed(requeues)
            continue

        claims = [partial(other.claim_submission, claim(f"{name} second")) for name in names]
        _, racers = await standing.amid(requeues, partial(together, claims))

        for name, racer in zip(names, racers, strict=True):
            expect.none(racer.value, "a claim behind a head that another process was requeueing")
            found = await read(other, f"{name} second")
            expect.equal(found.status, "queued", "the later submission")
