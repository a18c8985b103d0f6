"""Generated sequences about the run registry; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.moves import Move, index, play, played_once
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("INDEX-15")
@examples(7)
@played_once([index.list_whatever_workflow, index.fill_a_page])
@given(decisions=sequences())
async def test_runs_are_indexed_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "index", decisions)
