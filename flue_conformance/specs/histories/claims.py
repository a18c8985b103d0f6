"""Histories of a queue: CLAIM-04, and whatever else no order explains."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.workloads import KEYS, work
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import expect_explained, recorded
from flue_conformance.specs.support.verifies import verifies


@verifies("CLAIM-04")
async def test_some_order_explains_what_clients_see_that_work(
    handles: list[Handle], subject: Subject
) -> None:
    history = await recorded(handles, work, 30, KEYS)

    expect_explained(history, subject.edition)


@verifies("CLAIM-04", level=Level.SINGLE_HOST)
@verifies("CLAIM-04", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_that_work(
    apart: list[Handle], subject: Subject, rounds: int
) -> None:
    history = await recorded(apart, work, 2 * rounds, KEYS)

    expect_explained(history, subject.edition)
