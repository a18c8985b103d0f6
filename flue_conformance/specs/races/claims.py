"""Claims from several processes: CLAIM-03 and CLAIM-04."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.steps import queue, read
from flue_conformance.specs.scenarios.values import claim
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import only_winner, together
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers

ROUNDS = 20


@verifies("CLAIM-03", level=Level.SINGLE_HOST)
@verifies("CLAIM-03", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_gets_the_submission(
    workers: Workers, expect: Expect
) -> None:
    stores = [handle.submissions for handle in await workers.open(3)]
    for number in range(ROUNDS):
        name = f"dispatch-{number}"
        await queue(stores[0], name, session=name)

        racers = await together(
            [
                partial(store.claim_submission, claim(name, f"attempt-{place}"))
                for place, store in enumerate(stores)
            ]
        )

        winner = only_winner(racers, lambda claimed: claimed is not None, "claims that succeeded")
        running = await read(stores[0], name)
        expect.equal(running.status, "running", "the status after the race")
        if winner is not None:
            expect.equal(running.attempt_id, f"attempt-{winner}", "whose attempt runs")
