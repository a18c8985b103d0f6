"""Steps that many specs begin with."""

from __future__ import annotations

from typing import Any, TypeAlias

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentSubmission,
    AgentSubmissionStore,
    AgentTurnJournal,
    DispatchInput,
    JsonValue,
    SubmissionAttemptRef,
)
from flue_conformance.specs.scenarios.values import attempt, claim, dispatch_input, turn
from flue_conformance.specs.support.broken import BrokenRule

State: TypeAlias = tuple[AgentSubmission | None, AgentTurnJournal | None]


async def queue(
    submissions: AgentSubmissionStore, dispatch_id: str = "dispatch-1", **changes: JsonValue
) -> AgentSubmission:
    """Admit a dispatch and return its submission."""
    return await queue_input(submissions, dispatch_input(dispatch_id, **changes))


async def queue_input(
    submissions: AgentSubmissionStore, dispatch: DispatchInput
) -> AgentSubmission:
    """Admit this dispatch and return its submission."""
    admission = await submissions.admit_dispatch(dispatch)
    if not isinstance(admission, AdmittedSubmission):
        raise BrokenRule(
            about="admission of a new dispatch", came_back=repr(admission), expected="a submission"
        )
    return admission.submission


async def start(
    submissions: AgentSubmissionStore,
    submission_id: str = "dispatch-1",
    attempt_id: str = "attempt-1",
    *,
    owner_id: str = "owner-1",
    lease_ms: int = 30_000,
) -> AgentSubmission:
    """Claim a runnable submission and return it."""
    claimed = await submissions.claim_submission(
        claim(submission_id, attempt_id, owner_id=owner_id, lease_ms=lease_ms)
    )
    if claimed is None:
        raise BrokenRule(
            about="claim of a runnable head", came_back="None", expected="the running submission"
        )
    return claimed


async def queue_and_start(
    submissions: AgentSubmissionStore,
    dispatch_id: str = "dispatch-1",
    attempt_id: str = "attempt-1",
    **changes: JsonValue,
) -> SubmissionAttemptRef:
    """Admit a dispatch, claim it and return the attempt."""
    await queue(submissions, dispatch_id, **changes)
    await start(submissions, dispatch_id, attempt_id)
    return attempt(dispatch_id, attempt_id)


async def queue_and_settle(
    submissions: AgentSubmissionStore,
    dispatch_id: str = "dispatch-1",
    attempt_id: str = "attempt-1",
    **changes: JsonValue,
) -> SubmissionAttemptRef:
    """Admit a dispatch, claim it, complete it and return the attempt."""
    running = await queue_and_start(submissions, dispatch_id, attempt_id, **changes)
    if not await submissions.complete_submission(running):
        raise BrokenRule(
            about="completion by the owning attempt", came_back="False", expected="True"
        )
    return running


async def read(
    submissions: AgentSubmissionStore, submission_id: str = "dispatch-1"
) -> AgentSubmission:
    """Return a submission that has to exist."""
    found = await submissions.get_submission(submission_id)
    if found is None:
        raise BrokenRule(
            about=f"reading {submission_id!r}", came_back="None", expected="the submission"
        )
    return found


async def begin_turn(
    submissions: AgentSubmissionStore,
    submission_id: str = "dispatch-1",
    attempt_id: str = "attempt-1",
    **changes: Any,
) -> AgentTurnJournal:
    """Begin a turn of a running submission's attempt and return its journal."""
    running = await read(submissions, submission_id)
    begun = turn(
        submission_id, attempt_id, session_key=running.session_key, kind=running.kind, **changes
    )
    if not await submissions.begin_turn_journal(begun):
        raise BrokenRule(about="begin by the owning attempt", came_back="False", expected="True")
    return await read_journal(submissions, submission_id)


async def read_journal(
    submissions: AgentSubmissionStore, submission_id: str = "dispatch-1"
) -> AgentTurnJournal:
    """Return a journal that has to exist."""
    found = await submissions.get_turn_journal(submission_id)
    if found is None:
        raise BrokenRule(
            about=f"reading the journal of {submission_id!r}",
            came_back="None",
            expected="the journal",
        )
    return found


async def stored(submissions: AgentSubmissionStore, *submission_ids: str) -> list[State]:
    """Return each submission with its journal, to compare before and after."""
    return [
        (await submissions.get_submission(each), await submissions.get_turn_journal(each))
        for each in submission_ids
    ]
