"""Generated sequences about event streams; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.handmade import STREAMS_READ_FROM_EVERYWHERE
from flue_conformance.specs.generated.moves import Move, play, played_once, streams
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("STREAM-12")
@examples(5)
@played_once(
    STREAMS_READ_FROM_EVERYWHERE,
    [streams.fill_a_page],
    [streams.append_more_than_a_mebibyte],
)
@given(decisions=sequences())
async def test_streams_are_written_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "streams", decisions)
