"""Appends of one chunk by several processes: CHUNK-02."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.chunk_races import race_chunks
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import verifies


@verifies("CHUNK-02", level=Level.SINGLE_HOST)
@verifies("CHUNK-02", level=Level.MULTI_REPLICA)
async def test_one_of_several_processes_stores_its_body(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_chunks(apart, expect, rounds)
