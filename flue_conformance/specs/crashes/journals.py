"""Journals that an attempt goes on with whose process was given up: JOURNAL-06 and -19."""

from __future__ import annotations

from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.zombies import (
    AFTER_REPLACEMENT,
    IN_THE_JOURNAL,
    come_back_from_a_stop,
)
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("JOURNAL-06", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_the_journal_of_a_stopped_process_answers_it_after_a_requeue(
    workers: Workers, expect: Expect
) -> None:
    await come_back_from_a_stop(workers, expect, IN_THE_JOURNAL)


@verifies("JOURNAL-19", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_a_stopped_process_writes_nothing_after_a_replacement(
    workers: Workers, expect: Expect
) -> None:
    await come_back_from_a_stop(workers, expect, AFTER_REPLACEMENT)
