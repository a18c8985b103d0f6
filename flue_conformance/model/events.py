"""Section 3.11: run events, edition 0.10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flue_conformance.contract import (
    MAX_INTEGER,
    MAX_RUN_EVENT_BYTES,
    DuplicateEvent,
    EventIdentity,
    EventTooLarge,
    Storage,
    json_text,
)
from flue_conformance.model.documents import Document
from flue_conformance.model.relations import MISFIT, Moment, Pattern, Raises, learned
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


@dataclass(frozen=True)
class Events(Pattern):
    """Documents in this order."""

    events: tuple[Document, ...]

    def learned(self, seen: object) -> Any:
        """Return itself for these events."""
        if not isinstance(seen, Sequence) or len(seen) != len(self.events):
            return MISFIT
        same = (
            learned(one, other) is not MISFIT for one, other in zip(self.events, seen, strict=True)
        )
        return self if all(same) else MISFIT

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.events))}]"


def append_event(state: State, at: Moment, run_id: str, event: Any) -> Steps:
    """Store an event at its index, also after the run ended (EVENT-11)."""
    del at
    # In this order, for unknown runs too: EVENT-08.
    if event.get("runId") != run_id:
        yield Step(state, Raises(EventIdentity), ("EVENT-05",))
        return
    index = event.get("eventIndex")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= MAX_INTEGER:
        yield Step(state, Raises(EventIdentity), ("EVENT-06",))
        return
    if len(json_text(event).encode("utf-8", "surrogatepass")) > MAX_RUN_EVENT_BYTES:
        yield Step(state, Raises(EventTooLarge), ("EVENT-07",))
        return
    if run_id not in state.runs:
        yield Step(state, None, ("EVENT-10",))
        yield Step(state, Raises(Storage), ("EVENT-10",))
        return
    if (run_id, index) in state.events:
        # The first one stays; that the second one raises is advice.
        yield Step(state, Raises(DuplicateEvent), ("EVENT-09",))
        yield Step(state, None, ("EVENT-09",))
        return
    if index >= 2**31:
        yield Step(state, Raises(Storage), ("EVENT-15",))
    stored = state.events.with_row((run_id, index), Document.of(event))
    yield Step(replace(state, events=stored), None, ("EVENT-01", "EVENT-11", "EVENT-13"))


def get_events(state: State, at: Moment, run_id: str, from_index: float | None = None) -> Steps:
    """Return the events from an index on; gaps are allowed."""
    del at
    found = {
        index: document
        for (run, index), document in state.events.items()
        if run == run_id and (from_index is None or index >= from_index)
    }
    events = Events(tuple(found[index] for index in sorted(found)))
    yield Step(state, events, ("EVENT-01", "EVENT-02", "EVENT-03", "EVENT-04"))
