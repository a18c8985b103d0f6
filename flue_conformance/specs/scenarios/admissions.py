"""What admission makes of an input."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    DispatchInput,
    StoredDispatchInput,
    session_key,
)
from flue_conformance.specs.scenarios.values import ACCEPTED_INSTANT


def as_admitted(submission: AgentSubmission, **members: Any) -> AgentSubmission:
    """Return what a fresh admission gives, at the sequence that `submission` got.

    `members` are its id, kind and input, and what differs from the usual session and time.
    """
    made: dict[str, Any] = {
        "sequence": submission.sequence,
        "session_key": session_key("agent-1", "default"),
        "status": "queued",
        "accepted_at": ACCEPTED_INSTANT,
        "attempt_count": 0,
        "max_retry": 10,
        "timeout_at": 0,
        "lease_expires_at": 0,
    }
    return AgentSubmission(**(made | members))


def as_stored(dispatch: DispatchInput) -> StoredDispatchInput:
    """Return the input of a dispatch's submission. ADMISSION-02."""
    return {**dispatch, "kind": "dispatch", "submissionId": dispatch["dispatchId"]}


async def queues(submissions: AgentSubmissionStore) -> list[object]:
    """Return what can run and what runs, to compare before and after."""
    return [
        await submissions.list_runnable_submissions(),
        await submissions.list_running_submissions(),
    ]
