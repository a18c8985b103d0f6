"""Generated sequences about stream chunks; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.moves import chosen, chunks, play, played_once
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("CHUNK-03")
@examples(6)
@played_once([chosen(chunks.append_many, 39)])
@given(decisions=sequences())
async def test_chunks_are_kept_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes]
) -> None:
    await play(ground, "chunks", decisions)
