"""Appends of one chunk that race. CHUNK-02."""

from __future__ import annotations

from functools import partial
from typing import Final

from flue_conformance.contract import StreamChunkSegment
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import only_winner, together

KEY: Final = "dispatch-1:turn-1:attempt-1"


async def race_chunks(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race appends of one chunk, one through each handle; one stores its body."""
    for index in range(rounds):
        racers = await together(
            [
                partial(handle.submissions.append_stream_chunk_segment, KEY, index, f"body {place}")
                for place, handle in enumerate(handles)
            ]
        )

        winner = only_winner(racers, bool, "appends of one chunk that returned true")
        stored = (await handles[0].submissions.get_stream_chunk_segments(KEY))[-1]
        if winner is not None:
            expect.equal(stored, StreamChunkSegment(index, f"body {winner}"), "the stored chunk")
