"""Histories of pointers to runs, on one store: INDEX-02, and whatever else no order explains."""

from __future__ import annotations

from functools import partial

from flue_conformance.specs.scenarios.clashes.records import POINTERS
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import expect_explained
from flue_conformance.specs.support.recording import recorded
from flue_conformance.specs.support.verifies import verifies


@verifies("INDEX-02")
async def test_some_order_explains_what_clients_of_one_store_see_of_pointers(
    handle: Handle, subject: Subject
) -> None:
    # Other stores of an adapter may have runs of their own: RUN-13.
    record = partial(recorded, [handle] * 3, POINTERS)

    await expect_explained(record, 20, subject.edition)
