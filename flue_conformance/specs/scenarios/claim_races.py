"""Claims that race, and how their outcomes are judged. CLAIM-03, CLAIM-04."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import permutations, product

from flue_conformance.contract import AgentSubmission
from flue_conformance.specs.scenarios.steps import queue, read, start
from flue_conformance.specs.scenarios.values import attempt, claim
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import only_winner, together


async def race_claims(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race claims of one submission, one through each handle; one is granted."""
    submissions = handles[0].submissions
    for number in range(rounds):
        name = f"dispatch-{number}"
        await queue(submissions, name, session=name)

        racers = await together(
            [
                partial(
                    handle.submissions.claim_submission,
                    claim(name, f"attempt-{place}", owner_id=f"owner-{place}"),
                )
                for place, handle in enumerate(handles)
            ]
        )

        winner = only_winner(racers, _granted, "claims that returned the submission")
        found = await read(submissions, name)
        if winner is not None:
            expect.equal(found, racers[winner].value, "the submission after the race")
        expect.equal(found.attempt_count, 1, "the attempts after the race")


async def race_past_heads(handles: list[Handle], expect: Expect, rounds: int = 1) -> None:
    """Race claims and requeues of heads with claims of what is behind them, which fail."""
    submissions = handles[0].submissions
    # Every order in which the calls can begin, of a head that is queued and of one that runs.
    for number, (_, order, running) in enumerate(
        product(range(rounds), permutations(range(3)), (False, True))
    ):
        first, second = f"{number} first", f"{number} second"
        await queue(submissions, first, session=f"session-{number}")
        await queue(submissions, second, session=f"session-{number}")
        if running:
            await start(submissions, first)

        store, beside, behind = (handle.submissions for handle in handles[:3])
        calls: list[Callable[[], Awaitable[object]]] = [
            partial(store.claim_submission, claim(first, "attempt-2")),
            partial(beside.requeue_submission_before_input_applied, attempt(first)),
            partial(behind.claim_submission, claim(second, "attempt-3")),
        ]
        racers = await together(calls[place] for place in order)

        expect.none(racers[order.index(2)].value, "a claim behind an unsettled head")
        expect.equal((await read(submissions, second)).status, "queued", "the later submission")


def _granted(claimed: AgentSubmission | None) -> bool:
    return claimed is not None
