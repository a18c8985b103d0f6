"""Histories of session records: SESSION-10, and whatever else no order explains."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashes.records import RECORDS
from flue_conformance.specs.scenarios.workloads import save_records
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.explained import (
    expect_explained,
    expect_explained_at_standstills,
)
from flue_conformance.specs.support.recording import recorded, recorded_at_held_answers
from flue_conformance.specs.support.site import Site
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("SESSION-10")
async def test_some_order_explains_what_clients_see_that_save_records(
    handles: list[Handle], subject: Subject
) -> None:
    record = partial(recorded, handles, save_records)

    await expect_explained(record, 30, subject.edition)


@verifies("SESSION-10", level=Level.SINGLE_HOST)
@verifies("SESSION-10", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_that_save_records(
    apart: list[Handle], subject: Subject, rounds: int
) -> None:
    record = partial(recorded, apart, save_records)

    await expect_explained(record, rounds, subject.edition)


@verifies("SESSION-10", level=Level.SINGLE_HOST)
@verifies("SESSION-10", level=Level.MULTI_REPLICA)
async def test_some_order_explains_what_processes_see_of_records_while_one_stands_still(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    await expect_explained_at_standstills(workers, RECORDS, rounds, subject.edition)


@verifies("SESSION-10", level=Level.MULTI_REPLICA)
@requires("server")
async def test_some_order_explains_what_replicas_see_of_records_while_answers_are_held_back(
    site: Site, subject: Subject, rounds: int
) -> None:
    record = partial(recorded_at_held_answers, site, await site.database(), RECORDS)

    await expect_explained(record, rounds, subject.edition)
