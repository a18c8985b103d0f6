"""Session records as the runtime writes them: entries, and the path to the active leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from flue_conformance.contract import AgentSubmission, SessionData

Entry: TypeAlias = dict[str, Any]

_TIMESTAMP: Final = "2026-06-03T10:20:30.456Z"
_INSTANT: Final = 1_780_482_030_456
_NO_COST: Final = dict.fromkeys(("input", "output", "cacheRead", "cacheWrite", "total"), 0)
_NO_USAGE: Final = {
    "input": 0,
    "output": 0,
    "cacheRead": 0,
    "cacheWrite": 0,
    "totalTokens": 0,
    "cost": _NO_COST,
}


def empty_session() -> SessionData:
    """Return the record of a session in which nobody has said anything."""
    return {
        "version": 5,
        "affinityKey": "aff_01JX3M5T9ZQ8V7W6Y5R4P3N2M1",
        "entries": [],
        "leafId": None,
        "metadata": {},
        "createdAt": _TIMESTAMP,
        "updatedAt": _TIMESTAMP,
    }


def extended(session: SessionData, *bodies: Entry) -> SessionData:
    """Return the session with further entries, each the child of the one before."""
    entries: list[Any] = list(session["entries"])
    leaf = session["leafId"]
    for body in bodies:
        name = f"{len(entries) + 1:08x}"
        entries.append({"id": name, "parentId": leaf, "timestamp": _TIMESTAMP, **body})
        leaf = name
    return cast("SessionData", {**session, "entries": entries, "leafId": leaf})


def active_path(session: SessionData) -> list[Entry]:
    """Return the entries from the root to the active leaf."""
    by_id: dict[str, Entry] = {entry["id"]: cast("Entry", entry) for entry in session["entries"]}
    path: list[Entry] = []
    name = session["leafId"]
    while name is not None and name in by_id:
        path.append(by_id[name])
        name = by_id[name]["parentId"]
    return path[::-1]


def since_input(session: SessionData | None, submission_id: str) -> list[Entry] | None:
    """Return the active entries after a submission's input; None where that is not among them."""
    path = active_path(session) if session else []
    for place, entry in enumerate(path):
        if submission_id in (entry.get("directSubmissionId"), _dispatch_of(entry)):
            return path[place + 1 :]
    return None


def input_entry(submission: AgentSubmission) -> Entry:
    """Return the entry by which a submission enters its session."""
    given = cast("Mapping[str, Any]", submission.input)
    if submission.kind == "direct":
        message = {"role": "user", "content": given["payload"]["message"], "timestamp": _INSTANT}
        return _message(message, source="prompt", directSubmissionId=submission.submission_id)
    members = ("dispatchId", "agent", "id", "session", "acceptedAt", "input")
    dispatch = {name: given[name] for name in members}
    return _message(_signal("dispatch_input"), source="dispatch", dispatch=dispatch)


def answer_entry(text: str, calls: Sequence[Entry] = (), *, stop: str = "") -> Entry:
    """Return an assistant's message: an answer, or the wish to call tools."""
    return _message(
        {
            "role": "assistant",
            "content": [{"type": "text", "text": text}, *calls],
            "api": "messages",
            "provider": "example",
            "model": "model-1",
            "usage": _NO_USAGE,
            "stopReason": stop or ("toolUse" if calls else "stop"),
            "timestamp": _INSTANT,
        }
    )


def result_entry(call: Entry, text: str, *, is_error: bool = False) -> Entry:
    """Return what a tool came to."""
    return _message(
        {
            "role": "toolResult",
            "toolCallId": call["id"],
            "toolName": call["name"],
            "content": [{"type": "text", "text": text}],
            "isError": is_error,
            "timestamp": _INSTANT,
        }
    )


def signal_entry(signal_type: str, **members: Any) -> Entry:
    """Return a signal of the runtime to the model."""
    return _message(_signal(signal_type), **members)


def _dispatch_of(entry: Entry) -> str | None:
    dispatch = entry.get("dispatch")
    return dispatch["dispatchId"] if isinstance(dispatch, dict) else None


def _signal(signal_type: str) -> Entry:
    return {"role": "signal", "type": signal_type, "content": "", "timestamp": _INSTANT}


def _message(message: Entry, **members: Any) -> Entry:
    return {"type": "message", "message": message, **members}
