"""Queues that several processes fill and empty: ORDERING-16."""

from __future__ import annotations

import asyncio
from functools import partial

from flue_conformance.contract import AgentSubmission, AgentSubmissionStore
from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.pausing import BATCH, StandStill
from flue_conformance.specs.scenarios.queue_races import (
    race_admissions,
    race_admissions_with_a_claim,
    race_admissions_with_turns,
)
from flue_conformance.specs.scenarios.steps import queue, read
from flue_conformance.specs.scenarios.values import claim
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import outlasting
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers

PADDING = "x" * 20_000
"""Makes an admission last longer."""


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
    workers: Workers, expect: Expect, limits: Limits, rounds: int
) -> None:
    holder = workers.start()
    slow = (await workers.connect(holder)).submissions
    (handle,) = await workers.open(1)
    quick = handle.submissions
    standing = StandStill(holder, limits)
    for number in range(-2, rounds // 2):
        names = [f"{number} {place}" for place in range(BATCH)]
        admissions = [
            partial(queue, slow, f"{name} held", session=name, input=PADDING) for name in names
        ]
        if number < 0:
            await standing.undisturbed(admissions)
            continue

        _, turns = await standing.amid(admissions, partial(_take_turns, quick, names))

        for name, (admitted, running) in zip(names, turns, strict=True):
            held = await read(quick, f"{name} held")
            expect.that(
                (running is None) == (held.sequence < admitted.sequence),
                came_back=f"{held.sequence} and {admitted.sequence}, of which the second "
                f"{'waited' if running is None else 'ran'}",
                expected="the first less than the second if that waited, else greater",
                about="the sequences of two dispatches to one session: one whose admission was "
                "held open, and one that another process admitted and claimed meanwhile",
            )


async def _take_turns(
    submissions: AgentSubmissionStore, sessions: list[str]
) -> list[tuple[AgentSubmission, AgentSubmission | None]]:
    return await asyncio.gather(*(_take_turn(submissions, session) for session in sessions))


async def _take_turn(
    submissions: AgentSubmissionStore, session: str
) -> tuple[AgentSubmission, AgentSubmission | None]:
    """Admit to a session and claim; returns the submission, and again if it runs."""
    name = f"{session} meanwhile"
    admitted = await outlasting(partial(queue, submissions, name, session=session))
    await outlasting(partial(submissions.claim_submission, claim(name)))
    found = await outlasting(partial(read, submissions, name))
    return admitted, found if found.status == "running" else None
