"""Histories of pointers to runs: INDEX-02, and by several processes what ADAPTER-10 advises."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashing_records import POINTERS
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import (
    expect_explained,
    expect_explained_at_standstills,
)
from flue_conformance.specs.support.recording import recorded
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("INDEX-02")
async def test_some_order_explains_what_clients_of_one_store_see_of_pointers(
    handle: Handle, subject: Subject
) -> None:
    # Other stores of an adapter may have runs of their own: RUN-13.
    record = partial(recorded, [handle] * 3, POINTERS)

    await expect_explained(record, 20, subject.edition)


@verifies("ADAPTER-10", level=Level.SINGLE_HOST)
@verifies("ADAPTER-10", level=Level.MULTI_REPLICA)
@requires("persistent")
async def test_some_order_explains_what_processes_see_of_pointers_while_one_stands_still(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    await expect_explained_at_standstills(workers, POINTERS, rounds, subject.edition)
