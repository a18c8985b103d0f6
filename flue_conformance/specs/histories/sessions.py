"""Histories of session records: SESSION-10, and whatever else no order explains."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.workloads import save_records
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import expect_explained, recorded
from flue_conformance.specs.support.verifies import verifies


@verifies("SESSION-10")
async def test_some_order_explains_what_clients_see_that_save_records(
    handles: list[Handle], subject: Subject
) -> None:
    history = await recorded(handles, save_records, 30)

    expect_explained(history, subject.edition)


@verifies("SESSION-10", level=Level.SINGLE_HOST)
@verifies("SESSION-10", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_that_save_records(
    apart: list[Handle], subject: Subject, rounds: int
) -> None:
    history = await recorded(apart, save_records, rounds)

    expect_explained(history, subject.edition)
