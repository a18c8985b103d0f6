"""Generated sequences about session records; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.moves import play
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("SESSION-02")
@examples(5)
@given(decisions=sequences())
async def test_records_are_saved_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes]
) -> None:
    await play(ground, "sessions", decisions)
