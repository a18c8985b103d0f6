"""Realistic values, as the runtime makes them."""

from __future__ import annotations

import itertools
import time
from typing import Any, Final, cast

from flue_conformance.contract import (
    CreateRunInput,
    CreateTurnJournalInput,
    DirectAgentSubmissionInput,
    DispatchInput,
    EndRunInput,
    FlueEvent,
    ImageBlock,
    JsonValue,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
    SessionData,
    SubmissionAttemptRef,
    SubmissionClaimRef,
)

ACCEPTED_AT: Final = "2026-06-03T10:20:30.456Z"
ACCEPTED_INSTANT: Final = 1_780_482_030_456
STARTED_AT: Final = "2026-06-03T10:20:31.000Z"
ENDED_AT: Final = "2026-06-03T10:20:45.250Z"

AWKWARD_TEXTS: Final = (
    "",
    " ",
    "quote \" apostrophe ' backslash \\ backtick `",
    "new\nline\ttab\rreturn",
    "percent % underscore _ question ? colon : slash /",
    "ÅÄÖ é e\u0301 ß ǆ",
    "日本語 العربية עברית",
    "😀 \U0001f469\u200d\U0001f4bb \U00010348",
    "\u2028\u2029\ufeff\ufffd",
    "trailing space ",
    "NULL",
    "{}",
    "'; DROP TABLE flue_sessions; --",
)
"""Texts that every text column must hold; without U+0000 and unpaired surrogates. ENCODING-05."""

ALIKE_TEXTS: Final = (
    "Key-é_1",
    "%",
    "Key-%",
    "Key-é",
    "Key-éx1",
    "Key-é_12",
    "key-é_1",
    "KEY-É_1",
    "Key-e\u0301_1",
    "Key-e_1",
    "Key-è_1",
    "Key-日_1",
    "Key-本_1",
    "Key-é_1 ",
    " Key-é_1",
)
"""Texts that a sloppy comparison takes for one another; patterns precede what they match."""

FOREIGN_INSTANCES: Final = ("run-2", "RUN-1", "run-10", "run-", "run-1 ", "run_1", "")
"""Instances that do not own the run `run-1`. RUN-08, INDEX-03."""

_examples: Final = itertools.count(1)


def fresh(name: str) -> str:
    """Return an id that nothing else in this run has, for examples that share a database."""
    return f"{name}-{next(_examples)}"


def now() -> int:
    """Return this process's wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


def dispatch_input(dispatch_id: str = "dispatch-1", **changes: JsonValue) -> DispatchInput:
    """Return a dispatch, with the given members changed."""
    made: dict[str, Any] = {
        "dispatchId": dispatch_id,
        "agent": "triage",
        "id": "agent-1",
        "session": "default",
        "input": {"issue": 42, "labels": ["bug", "p1"], "nested": {"empty": {}, "none": None}},
        "acceptedAt": ACCEPTED_AT,
    }
    return cast("DispatchInput", made | changes)


def direct_input(
    submission_id: str = "direct-1", **changes: JsonValue
) -> DirectAgentSubmissionInput:
    """Return a direct prompt, with the given members changed."""
    made: dict[str, Any] = {
        "kind": "direct",
        "submissionId": submission_id,
        "agent": "triage",
        "id": "agent-1",
        "session": "default",
        "payload": {"message": "What is left to do?"},
        "acceptedAt": ACCEPTED_AT,
    }
    return cast("DirectAgentSubmissionInput", made | changes)


def image(data: str = "aGVsbG8=", mime_type: str = "image/png") -> ImageBlock:
    """Return an image block."""
    return {"type": "image", "data": data, "mimeType": mime_type}


def attempt(
    submission_id: str = "dispatch-1", attempt_id: str = "attempt-1"
) -> SubmissionAttemptRef:
    """Return an attempt at a submission."""
    return SubmissionAttemptRef(submission_id, attempt_id)


def claim(
    submission_id: str = "dispatch-1",
    attempt_id: str = "attempt-1",
    *,
    owner_id: str = "owner-1",
    lease_ms: int = 30_000,
) -> SubmissionClaimRef:
    """Return a claim whose lease ends `lease_ms` milliseconds from now."""
    return SubmissionClaimRef(submission_id, attempt_id, owner_id, now() + lease_ms)


def turn(
    submission_id: str = "dispatch-1", attempt_id: str = "attempt-1", **changes: Any
) -> CreateTurnJournalInput:
    """Return the beginning of a turn, with the given members changed."""
    made: dict[str, Any] = {
        "submission_id": submission_id,
        "session_key": 'agent-session:["agent-1","default","default"]',
        "kind": "dispatch",
        "attempt_id": attempt_id,
        "operation_id": "operation-1",
        "turn_id": "turn-1",
        "phase": "before_provider",
    }
    return CreateTurnJournalInput(**(made | changes))


def run_id(number: int = 1, workflow: str = "release") -> str:
    """Return a run id as the runtime makes them; later numbers sort later."""
    return f"workflow:{workflow}:{number:026d}"


def owner(run: str, workflow: str = "release") -> RunOwner:
    """Return the owner of a run."""
    return RunOwner(workflow_name=workflow, instance_id=run)


def create_run(run: str = "", *, workflow: str = "release", **changes: Any) -> CreateRunInput:
    """Return a run that starts, with the given members changed."""
    run = run or run_id(workflow=workflow)
    made: dict[str, Any] = {"run_id": run, "owner": owner(run, workflow), "started_at": STARTED_AT}
    return CreateRunInput(**(made | changes))


def end_run(run: str = "", **changes: Any) -> EndRunInput:
    """Return the successful end of a run, with the given members changed."""
    made: dict[str, Any] = {
        "run_id": run or run_id(),
        "ended_at": ENDED_AT,
        "is_error": False,
        "duration_ms": 14_250,
    }
    return EndRunInput(**(made | changes))


def run_start(run: str = "", *, workflow: str = "release", **changes: Any) -> RecordRunStartInput:
    """Return a run that starts, for the registry, with the given members changed."""
    run = run or run_id(workflow=workflow)
    made: dict[str, Any] = {"run_id": run, "owner": owner(run, workflow), "started_at": STARTED_AT}
    return RecordRunStartInput(**(made | changes))


def run_end(run: str = "", **changes: Any) -> RecordRunEndInput:
    """Return the successful end of a run, for the registry, with the given members changed."""
    made: dict[str, Any] = {
        "run_id": run or run_id(),
        "ended_at": ENDED_AT,
        "duration_ms": 14_250,
        "is_error": False,
    }
    return RecordRunEndInput(**(made | changes))


def event(run: str, index: int, type: str = "log", **members: JsonValue) -> FlueEvent:  # noqa: A002 - Flue's name
    """Return an event of a run, with further members."""
    made: dict[str, Any] = {
        "type": type,
        "runId": run,
        "eventIndex": index,
        "timestamp": STARTED_AT,
    }
    return cast("FlueEvent", made | members)


def session_data(**changes: JsonValue) -> SessionData:
    """Return a session that mixes all kinds of entries, with the given members changed."""
    made: dict[str, Any] = {
        "version": 5,
        "affinityKey": "aff_01JX3M5T9ZQ8V7W6Y5R4P3N2M1",
        "entries": session_entries(),
        "leafId": "0000000a",
        "metadata": {
            "taskSessions": [{"session": "task:default:t1", "taskId": "t1"}],
            "note": None,
        },
        "createdAt": "2026-06-03T10:00:00.000Z",
        "updatedAt": "2026-06-03T10:20:45.250Z",
    }
    return cast("SessionData", made | changes)


def session_entries() -> list[dict[str, Any]]:
    """Return one entry of every kind, each the child of the one before."""
    bodies: list[dict[str, Any]] = [
        _message({"role": "user", "content": "Ship it “today”.", "timestamp": ACCEPTED_INSTANT})
        | {"source": "prompt", "directSubmissionId": "direct-1"},
        _message(_assistant()),
        _message(_tool_result()),
        _message(_signal()) | {"source": "dispatch", "dispatch": dict(dispatch_input())},
        {
            "type": "compaction",
            "summary": "Everything so far.\u2028Short.",
            "firstKeptEntryId": "00000002",
            "tokensBefore": 123_456,
            "details": {"readFiles": ["a.py"], "modifiedFiles": []},
        },
        {
            "type": "branch_summary",
            "fromId": "00000001",
            "summary": "",
            "details": {"n": 2**53 - 1},
        },
    ]
    return [
        {"id": f"{number:08x}", "parentId": f"{number - 1:08x}" if number > 1 else None}
        | {"timestamp": "2026-06-03T10:20:30.456Z"}
        | body
        for number, body in enumerate(bodies, start=1)
    ]


def _message(message: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "message": message}


def _assistant() -> dict[str, Any]:
    usage = {"input": 10, "output": 20, "cacheRead": 0, "cacheWrite": 5, "totalTokens": 35}
    cost = {"input": 0.001, "output": 1e-7, "cacheRead": 0, "cacheWrite": 0.25, "total": 0.2510001}
    return {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "…", "thinkingSignature": "c2ln", "redacted": False},
            {"type": "text", "text": "Running the tests."},
            {"type": "toolCall", "id": "call-1", "name": "shell", "arguments": {"argv": ["make"]}},
        ],
        "api": "messages",
        "provider": "example",
        "model": "model-1",
        "usage": usage | {"cost": cost},
        "stopReason": "toolUse",
        "timestamp": ACCEPTED_INSTANT + 1,
    }


def _tool_result() -> dict[str, Any]:
    return {
        "role": "toolResult",
        "toolCallId": "call-1",
        "toolName": "shell",
        "content": [{"type": "text", "text": "ok\u0000\ud83d"}, dict(image())],
        "details": {"exit": 0, "seconds": 1.5},
        "isError": False,
        "timestamp": ACCEPTED_INSTANT + 2,
    }


def _signal() -> dict[str, Any]:
    return {
        "role": "signal",
        "type": "dispatch_input",
        "content": "",
        "attributes": {"from": "queue"},
        "data": {"attempt": 1, "empty": []},
        "timestamp": ACCEPTED_INSTANT + 3,
    }
