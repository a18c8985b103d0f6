"""A workflow run from its creation to its end: section 5.6 of the contract."""

from __future__ import annotations

from typing import Any, Final

from flue_conformance.contract import (
    CreateRunInput,
    EndRunInput,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
    Stores,
)

_STARTED_AT: Final = "2026-06-03T10:20:31.000Z"
_ENDED_AT: Final = "2026-06-03T10:20:45.250Z"
_DURATION_MS: Final = 14_250
_EVENTS: Final = ("run_start", "agent_start", "agent_end", "run_end")


async def run_workflow(stores: Stores, run_id: str, workflow: str = "release") -> None:
    """Run a workflow of a few events, one call at a time."""
    owner = RunOwner(workflow, run_id)
    await stores.runs.create_run(CreateRunInput(run_id, owner, _STARTED_AT, {"issue": 42}))
    await stores.run_registry.record_run_start(RecordRunStartInput(run_id, owner, _STARTED_AT))
    await _tell(stores, run_id)
    await stores.runs.end_run(EndRunInput(run_id, _ENDED_AT, False, _DURATION_MS, result="done"))
    await stores.run_registry.record_run_end(
        RecordRunEndInput(run_id, _ENDED_AT, _DURATION_MS, is_error=False)
    )


async def _tell(stores: Stores, run_id: str) -> None:
    """Record the events where the edition has a place for them."""
    events: list[Any] = [
        {"type": name, "runId": run_id, "eventIndex": index, "timestamp": _STARTED_AT}
        for index, name in enumerate(_EVENTS)
    ]
    if stores.run_events is not None:
        for event in events:
            await stores.run_events.append_event(run_id, event)
    if stores.event_streams is not None:
        path = f"runs/{run_id}"
        await stores.event_streams.create_stream(path)
        for event in events:
            await stores.event_streams.append_event(path, event)
        await stores.event_streams.close_stream(path)
