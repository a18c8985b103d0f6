"""The model as a specification of histories: whether the contract allows what clients saw."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from flue_conformance.harness.histories import Operation
from flue_conformance.harness.linearizability import Explanation
from flue_conformance.model import READS, Call, State, difference, steps, told

_APPEND: Final = "submissions.append_stream_chunk_segment"
_GET: Final = "submissions.get_stream_chunk_segments"
_DELETE: Final = "submissions.delete_stream_chunk_segments"


def promised(operations: Iterable[Operation[Call]]) -> Sequence[Operation[Call]]:
    """Return the operations by what the contract promises of each, where that is less than a whole.

    CHUNK-01 to -04 are about each segment: nothing says that one look or one deletion finds all
    segments of a stream key as they were at one instant. So it becomes one of each segment.
    """
    operations = list(operations)
    segments: dict[Hashable, set[int]] = {}
    for operation in operations:
        segments.setdefault(operation.key, set()).update(_segments(operation))
    return [
        part
        for operation in operations
        for part in (
            _of_segments(operation, sorted(segments[operation.key]))
            if operation.call.name in (_APPEND, _GET, _DELETE)
            else (operation,)
        )
    ]


def _segments(operation: Operation[Call]) -> Iterable[int]:
    """Return the indices of the segments of which an operation tells."""
    if operation.call.name == _APPEND:
        yield cast("int", operation.call.arguments[1])
    elif operation.call.name == _GET and isinstance(operation.outcome, Sequence):
        yield from (segment.segment_index for segment in operation.outcome)


def _of_segments(operation: Operation[Call], indices: Iterable[int]) -> Iterable[Operation[Call]]:
    for index in set(_segments(operation)) if operation.call.name == _APPEND else indices:
        seen = operation.outcome
        if operation.call.name == _GET and isinstance(seen, Sequence):
            seen = [segment for segment in seen if segment.segment_index == index]
        yield replace(operation, key=f"segment {index} of {operation.key}", outcome=seen)


@dataclass(frozen=True, slots=True)
class Contract:
    """What an edition of the contract allows operations on one key to return."""

    edition: str

    def initial(self, key: Hashable) -> State:
        """Return the empty state; calls that failed unseen may have left gaps."""
        del key
        return State(self.edition, lossy=True)

    def after(self, state: State, operation: Operation[Call]) -> Iterable[State]:
        """Return the states that an operation may leave."""
        for step in steps(state, operation.call):
            known = step.known(operation.outcome) if operation.certain else step.state
            if known is not None:
                yield known

    def alters(self, operation: Operation[Call]) -> bool:
        """Return whether an operation may leave another state."""
        return operation.call.name not in READS


@dataclass(frozen=True, slots=True)
class Refutation:
    """What the contract would have let the culprit return, after all that could be explained."""

    expected: str
    rules: Sequence[str]


def refutation(contract: Contract, key: Hashable, explanation: Explanation[Call]) -> Refutation:
    """Return what the culprit should have returned, had it come right behind the explained ones."""
    assert explanation.culprit is not None
    states = {contract.initial(key)}
    for operation in explanation.order:
        states = {after for state in states for after in contract.after(state, operation)}
    allowed = [step for state in states for step in steps(state, explanation.culprit.call)]
    different = difference(explanation.culprit.outcome, allowed)
    expected = different or " or ".join(dict.fromkeys(told(step.result) for step in allowed))
    return Refutation(expected, allowed[0].rules if allowed else ())
