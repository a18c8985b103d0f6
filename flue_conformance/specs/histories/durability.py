"""Histories with kills and broken lines: what was acknowledged stays, what was lost may be."""

from __future__ import annotations

from functools import partial

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.clashes import in_turn
from flue_conformance.specs.scenarios.clashes.records import CHUNKS, RECORDS, STREAMS
from flue_conformance.specs.scenarios.clashes.work import ATTEMPTS, QUEUES
from flue_conformance.specs.scenarios.workloads import save_records, work
from flue_conformance.specs.support.database import Subject
from flue_conformance.specs.support.explained import blaming_no_other_rule, expect_explained
from flue_conformance.specs.support.recording import (
    recorded_through_kills,
    recorded_through_losses,
)
from flue_conformance.specs.support.site import Site
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("DURABILITY-01", level=Level.SINGLE_HOST)
async def test_some_order_explains_what_clients_see_while_processes_are_killed(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    record = partial(recorded_through_kills, workers, work)

    await expect_explained(record, rounds, subject.edition)


@verifies("DURABILITY-02", level=Level.SINGLE_HOST)
async def test_some_order_explains_what_is_loaded_while_processes_that_save_are_killed(
    workers: Workers, subject: Subject, rounds: int
) -> None:
    record = partial(recorded_through_kills, workers, save_records)

    await expect_explained(record, rounds, subject.edition)


@verifies("DURABILITY-09")
@requires("server")
async def test_some_order_explains_what_clients_see_while_lines_to_the_server_break(
    site: Site, subject: Subject, rounds: int
) -> None:
    clashes = [QUEUES, ATTEMPTS, CHUNKS, RECORDS]
    if subject.edition != "0.10":
        clashes.append(STREAMS)
    database = await site.database()
    record = partial(recorded_through_losses, site, database, in_turn(*clashes))

    with blaming_no_other_rule():
        await expect_explained(record, 2 * rounds, subject.edition)
