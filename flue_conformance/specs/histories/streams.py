"""Histories of event streams: STREAM-38, and whatever else no order explains."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.workloads import write_streams
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import expect_explained, recorded
from flue_conformance.specs.support.verifies import verifies


@verifies("STREAM-38")
async def test_some_order_explains_what_clients_see_that_write_streams(
    handles: list[Handle], subject: Subject
) -> None:
    history = await recorded(handles, write_streams, 30)

    expect_explained(history, subject.edition)


@verifies("STREAM-38", level=Level.SINGLE_HOST)
@verifies("STREAM-38", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_that_write_streams(
    apart: list[Handle], subject: Subject, rounds: int
) -> None:
    history = await recorded(apart, write_streams, 2 * rounds)

    expect_explained(history, subject.edition)
