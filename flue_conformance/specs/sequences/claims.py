"""Generated sequences of claims and what follows; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.handmade import ONE_ATTEMPT_AFTER_ANOTHER, QUEUES_AND_LEASES
from flue_conformance.specs.generated.moves import Move, play, played_once
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("CLAIM-02")
@examples(6)
@played_once(QUEUES_AND_LEASES, ONE_ATTEMPT_AFTER_ANOTHER)
@given(decisions=sequences())
async def test_work_is_done_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "claims", decisions)
