"""Generated sequences about the run store; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.moves import Move, play, played_once, runs
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("RUN-04")
@examples(6)
@played_once([runs.create_with_what_is_long])
@given(decisions=sequences())
async def test_runs_are_kept_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "runs", decisions)
