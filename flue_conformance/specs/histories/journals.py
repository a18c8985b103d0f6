"""Histories of a turn journal: JOURNAL-17, and whatever else no order explains."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashes.work import TURNS
from flue_conformance.specs.support.database import Subject
from flue_conformance.specs.support.explained import (
    expect_explained,
    expect_explained_at_standstills,
)
from flue_conformance.specs.support.recording import recorded_at_held_answers
from flue_conformance.specs.support.site import Site
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("JOURNAL-17", level=Level.SINGLE_HOST)
@verifies("JOURNAL-17", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_of_turns_while_one_stands_still(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    await expect_explained_at_standstills(workers, TURNS, rounds, subject.edition)


@verifies("JOURNAL-17", level=Level.MULTI_REPLICA)
@requires("server")
async def test_some_order_explains_what_replicas_see_of_turns_while_answers_are_held_back(
    site: Site, subject: Subject, rounds: int
) -> None:
    record = partial(recorded_at_held_answers, site, await site.database(), TURNS)

    await expect_explained(record, 2 * rounds, subject.edition)
