"""The model as a specification of histories: whether the contract allows what clients saw."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from flue_conformance.contract import START_OFFSET, EventStreamReadResult, ReadEventsOpts
from flue_conformance.harness.histories import Operation
from flue_conformance.harness.linearizability import Explanation
from flue_conformance.model import READS, Call, State, difference, steps, told

_APPEND: Final = "submissions.append_stream_chunk_segment"
_GET: Final = "submissions.get_stream_chunk_segments"
_DELETE: Final = "submissions.delete_stream_chunk_segments"
_APPEND_EVENT: Final = "streams.append_event"


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
class Overtaking:
    """A read of an event stream that shows a later event, and not yet one that was under way."""

    read: Operation[Call]
    append: Operation[Call]
    """What was acknowledged later on, or never, at an offset that the read had passed."""


def overtakings(operations: Iterable[Operation[Call]]) -> Iterable[Overtaking]:
    """Return the reads of which the contract only advises that some order explains them.

    Whoever continues behind such a read misses an event: STREAM-39.
    """
    operations = list(operations)
    reads = [each for each in operations if isinstance(each.outcome, EventStreamReadResult)]
    at: dict[tuple[Hashable, Hashable], str] = {
        (each.key, event.data): event.offset
        for each in reads
        for event in cast("EventStreamReadResult", each.outcome).events
        if isinstance(event.data, Hashable)
    }
    for append in operations:
        if append.call.name == _APPEND_EVENT:
            offset = append.outcome or at.get((append.key, append.call.arguments[1]))
            for read in reads:
                if isinstance(offset, str) and _passed(read, append, offset):
                    yield Overtaking(read, append)


def _passed(read: Operation[Call], append: Operation[Call], offset: str) -> bool:
    """Return whether a read shows what is behind an offset, but not what was under way there."""
    if read.key != append.key or read.precedes(append) or append.precedes(read):
        return False
    page = cast("EventStreamReadResult", read.outcome)
    offsets = [event.offset for event in page.events]
    opts = next(iter(read.call.arguments[1:]), None)
    after = (opts.offset if isinstance(opts, ReadEventsOpts) else None) or START_OFFSET
    begins_before = after == START_OFFSET or after < offset
    return begins_before and bool(offsets) and offset < max(offsets) and offset not in offsets


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
