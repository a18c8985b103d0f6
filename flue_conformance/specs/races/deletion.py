"""Deletions of a session while other processes work on it: DELETION-15."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.deletion_races import race_replays_with_deletions
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import verifies


@verifies("DELETION-15", level=Level.SINGLE_HOST)
@verifies("DELETION-15", level=Level.MULTI_REPLICA)
async def test_replays_by_others_during_a_deletion_queue_nothing(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_replays_with_deletions(apart, expect, rounds)
