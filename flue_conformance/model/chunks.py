"""Section 3.7: stream chunk segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flue_conformance.model.relations import MISFIT, Moment, Pattern
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


@dataclass(frozen=True)
class Segments(Pattern):
    """Segments in this order."""

    segments: tuple[tuple[int, str], ...]

    def learned(self, seen: object) -> Any:
        """Return itself for these segments."""
        if not isinstance(seen, Sequence):
            return MISFIT
        return (
            self
            if tuple((one.segment_index, one.body) for one in seen) == self.segments
            else MISFIT
        )

    def __str__(self) -> str:
        return str(list(self.segments))


def append_stream_chunk_segment(
    state: State, at: Moment, stream_key: str, segment_index: int, body: str
) -> Steps:
    """Store a segment once. It needs no submission and no journal: CHUNK-05."""
    del at
    key = (stream_key, segment_index)
    if key in state.chunks:
        yield Step(state, False, ("CHUNK-02",))
    else:
        appended = replace(state, chunks=state.chunks.with_row(key, body))
        yield Step(appended, True, ("CHUNK-01",))


def get_stream_chunk_segments(state: State, at: Moment, stream_key: str) -> Steps:
    """Return the segments by index."""
    del at
    found = [(index, body) for (key, index), body in state.chunks.items() if key == stream_key]
    yield Step(state, Segments(tuple(sorted(found))), ("CHUNK-03", "CHUNK-05", "CHUNK-02"))


def delete_stream_chunk_segments(state: State, at: Moment, stream_key: str) -> Steps:
    """Remove the segments of one key."""
    del at
    yield Step(without(state, {stream_key}), None, ("CHUNK-04",))


def without(state: State, stream_keys: set[str]) -> State:
    """Return the state without the segments of some keys."""
    gone = [key for key in state.chunks if key[0] in stream_keys]
    return replace(state, chunks=state.chunks.without(*gone))
