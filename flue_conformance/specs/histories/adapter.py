"""Histories of first boots: ADAPTER-08, and whatever no order explains of the work that follows."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.support.database import Subject
from flue_conformance.specs.support.explained import expect_explained
from flue_conformance.specs.support.recording import recorded_boots
from flue_conformance.specs.support.standing import skip_unless_told_of_stops
from flue_conformance.specs.support.verifies import verifies
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
