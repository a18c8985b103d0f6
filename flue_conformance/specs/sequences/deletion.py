"""Generated sequences about session deletions; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.handmade import (
    DELETIONS_TOO_EARLY,
    ONE_DELETION_AFTER_ANOTHER,
)
from flue_conformance.specs.generated.moves import Move, play, played_once
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("DELETION-06")
@examples(4)
@played_once(ONE_DELETION_AFTER_ANOTHER, DELETIONS_TOO_EARLY)
@given(decisions=sequences())
async def test_sessions_are_deleted_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "deletion", decisions)
