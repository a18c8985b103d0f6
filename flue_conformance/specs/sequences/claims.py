"""Generated sequences of claims and what follows; a divergence names the rule that it breaks."""

from __future__ import annotations

from hypothesis import example, given

from flue_conformance.specs.generated.choices import sequences
from flue_conformance.specs.generated.moves import Move, chosen, claims, leases, play, queues
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.verifies import verifies


@verifies("CLAIM-02")
@examples(10)
@example(
    decisions=[
        chosen(claims.work_off_a_queue, 0, 15),
        chosen(leases.lose_a_server, 99),
        queues.work_in_more_sessions_than_a_page,
    ]
)
@given(decisions=sequences())
async def test_work_is_done_as_the_model_says_in_any_sequence_of_calls(
    ground: Ground, decisions: list[bytes | Move]
) -> None:
    await play(ground, "claims", decisions)
