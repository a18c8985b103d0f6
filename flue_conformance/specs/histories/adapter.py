"""Histories of first boots, and of what processes that share a location see: ADAPTER-08, -10."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashes import in_turn
from flue_conformance.specs.scenarios.clashes.records import POINTERS, RUNS
from flue_conformance.specs.support.database import Subject
from flue_conformance.specs.support.explained import (
    expect_explained,
    expect_explained_at_standstills,
)
from flue_conformance.specs.support.recording import recorded_boots
from flue_conformance.specs.support.standing import skip_unless_told_of_stops
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers

_PROCESSES = 8


@verifies("ADAPTER-08", level=Level.SINGLE_HOST)
@verifies("ADAPTER-08", level=Level.MULTI_REPLICA)
async def test_some_order_explains_first_boots_of_processes_that_stand_still_amid_them(
    empty_workers: Workers, subject: Subject
) -> None:
    skip_unless_told_of_stops()
    record = partial(recorded_boots, empty_workers)

    await expect_explained(record, _PROCESSES, subject.edition)


@verifies("ADAPTER-10", level=Level.SINGLE_HOST)
@verifies("ADAPTER-10", level=Level.MULTI_REPLICA)
@requires("persistent")
async def test_some_order_explains_what_processes_see_of_runs_while_one_stands_still(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    workload = in_turn(RUNS, POINTERS)

    await expect_explained_at_standstills(workers, workload, rounds, subject.edition)
