"""Generated sequences about turn journals; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.handmade import A_COMMITTED_TURN, A_TURN_THAT_CHANGES_HANDS
from flue_conformance.specs.generated.moves import Move, play, played_once
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("JOURNAL-03")
@examples(12)
@played_once(A_TURN_THAT_CHANGES_HANDS, A_COMMITTED_TURN)
@given(decisions=sequences())
async def test_turns_are_kept_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "journals", decisions)
