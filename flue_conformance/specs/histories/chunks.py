"""Histories of stream chunks: CHUNK-02, and whatever else no order explains."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashes.records import CHUNKS
from flue_conformance.specs.scenarios.workloads import append_chunks
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import (
    expect_explained,
    expect_explained_at_standstills,
)
from flue_conformance.specs.support.recording import recorded
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers


@verifies("CHUNK-02")
async def test_some_order_explains_what_clients_see_that_append_chunks(
    handles: list[Handle], subject: Subject
) -> None:
    record = partial(recorded, handles, append_chunks)

    await expect_explained(record, 30, subject.edition)


@verifies("CHUNK-02", level=Level.SINGLE_HOST)
@verifies("CHUNK-02", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_that_append_chunks(
    apart: list[Handle], subject: Subject, rounds: int
) -> None:
    record = partial(recorded, apart, append_chunks)

    await expect_explained(record, rounds, subject.edition)


@verifies("CHUNK-02", level=Level.SINGLE_HOST)
@verifies("CHUNK-02", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_of_chunks_while_one_stands_still(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    await expect_explained_at_standstills(workers, CHUNKS, rounds, subject.edition)
