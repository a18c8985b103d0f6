"""Generated sequences over all surfaces at once; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.moves import (
    Move,
    columns,
    handles,
    interruptions,
    play,
    played_once,
)
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("ADAPTER-03")
@examples(2)
@played_once(interruptions.MOVES, handles.OPENINGS, *[[each] for each in columns.WRITE_EACH_TEXT])
@given(decisions=sequences())
async def test_an_adapter_does_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "adapter", decisions)
