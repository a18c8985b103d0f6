"""Calls that the contract or the database refuses, or at least may refuse."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import session_key
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.interrupting import Call
from flue_conformance.specs.scenarios.values import (
    create_run,
    direct_input,
    dispatch_input,
    session_data,
)
from flue_conformance.specs.support.database import Handle


def refusals(handle: Handle) -> list[Call]:
    """Return such calls, for a filled database in whose default session `busy` is queued."""
    submissions = handle.submissions
    no_json: Any = {"version": object()}
    calls: list[Call] = [
        lambda: handle.sessions.save("session-1", no_json),
        lambda: handle.sessions.save("session\0", session_data()),
        lambda: submissions.admit_dispatch(dispatch_input("bad", acceptedAt="yesterday")),
        lambda: submissions.admit_dispatch(dispatch_input("busy", input="other")),
        lambda: submissions.admit_direct(direct_input("busy")),
        lambda: submissions.admit_direct(direct_input("bad", payload={"message": None})),
        lambda: submissions.admit_dispatch(dispatch_input("nul\0", session="nul")),
        lambda: submissions.admit_dispatch(dispatch_input("half\ud83d", session="half")),
        lambda: submissions.append_stream_chunk_segment("stream", 2**70, "too far"),
        lambda: submissions.append_stream_chunk_segment("stream", 0, "\0"),
        lambda: submissions.delete_session(session_key("agent-1", "default"), nothing),
        lambda: submissions.delete_session(session_key("agent-1", "idle"), _fail),
        lambda: handle.runs.create_run(create_run("run-1", payload=object())),
        lambda: handle.runs.create_run(create_run("run-1")),
        lambda: handle.registry.lookup_run("run\0"),
    ]
    if handle.stores.run_events is not None:
        known: Any = {"type": "log", "runId": "a-ended", "eventIndex": 0, "timestamp": ""}
        unknown: Any = {"type": "log", "runId": "none", "eventIndex": 0, "timestamp": ""}
        calls += [
            lambda: handle.run_events.append_event("a-ended", known),
            lambda: handle.run_events.append_event("none", unknown),
            lambda: handle.run_events.append_event("none", known),
        ]
    if handle.stores.event_streams is not None:
        calls += [
            lambda: handle.streams.append_event("a/closed", {"type": "log"}),
            lambda: handle.streams.append_event("none", {"type": "log"}),
            lambda: handle.streams.append_event("a/open", object()),
        ]
    return calls


async def _fail() -> None:
    raise RuntimeError("this callback fails on purpose")
