"""Appends of one chunk by several processes: CHUNK-02."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.chunk_races import race_chunks
from flue_conformance.specs.scenarios.held_submissions import (
    chunk_beside_its_twin,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("CHUNK-02", level=Level.SINGLE_HOST)
@verifies("CHUNK-02", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_stores_its_body(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_chunks(apart, expect, rounds)


@verifies("CHUNK-02", level=Level.SINGLE_HOST)
@verifies("CHUNK-02", level=Level.MULTI_REPLICA)
async def test_of_an_append_that_is_held_open_and_another_one_stores_its_body(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(chunk_beside_its_twin)
