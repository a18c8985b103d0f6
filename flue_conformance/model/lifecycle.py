"""Section 3.5: what an attempt does to its submission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    SubmissionAttemptRef,
    SubmissionDurability,
)
from flue_conformance.model.records import Submission
from flue_conformance.model.relations import Anything, Moment, SomeText
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


def owned(state: State, attempt: SubmissionAttemptRef) -> Submission | None:
    """Return the submission that an attempt runs."""
    found = state.submissions.get(attempt.submission_id)
    return found if found and found.belongs_to(attempt) else None


def mark_submission_input_applied(
    state: State,
    at: Moment,
    attempt: SubmissionAttemptRef,
    durability: SubmissionDurability | None = None,
) -> Steps:
    """Stamp, once, that the input is in the session."""
    found = owned(state, attempt)
    if found is None:
        yield _refused(state)
        return
    if found.input_applied_at is not None:
        yield Step(state, True, ("LIFECYCLE-04",))
        return
    marked = replace(
        found,
        input_applied_at=at.now,
        max_retry=durability.max_retry if durability else DEFAULT_MAX_RETRY,  # LIFECYCLE-03
        timeout_at=durability.timeout_at if durability else at.later(DEFAULT_TIMEOUT_MS),
    )
    yield Step(state.having(marked), True, ("LIFECYCLE-02", "LIFECYCLE-03"))


def request_submission_recovery(state: State, at: Moment, attempt: SubmissionAttemptRef) -> Steps:
    """Stamp, once, that the attempt was lost."""
    found = owned(state, attempt)
    if found is None:
        yield _refused(state)
        return
    if found.recovery_requested_at is None:
        state = state.having(replace(found, recovery_requested_at=at.now))
    yield Step(state, True, ("LIFECYCLE-05",))


def requeue_submission_before_input_applied(
    state: State, at: Moment, attempt: SubmissionAttemptRef
) -> Steps:
    """Give an attempt back that never began. Journal and chunks stay: LIFECYCLE-08."""
    del at
    found = owned(state, attempt)
    if found is None or found.input_applied_at is not None:
        yield _refused(state)
        return
    requeued = replace(
        found,
        status="queued",
        attempt_id=None,
        owner_id=None,
        started_at=None,
        recovery_requested_at=None,
        lease_expires_at=0,
        # LIFECYCLE-07: they should stay.
        attempt_count=Anything(),
        max_retry=Anything(),
        timeout_at=Anything(),
        before=(found.attempt_count, found.timeout_at),
    )
    yield Step(state.having(requeued), True, ("LIFECYCLE-06", "ORDERING-07"))


def complete_submission(state: State, at: Moment, attempt: SubmissionAttemptRef) -> Steps:
    """Settle with success."""
    del at
    yield from _settled(state, attempt, None)


def fail_submission(
    state: State, at: Moment, attempt: SubmissionAttemptRef, error: object
) -> Steps:
    """Settle with an error's text."""
    del at
    text = str(error) if isinstance(error, Exception) else ""
    # LIFECYCLE-13: what becomes of an empty message, and of what is no error, is advice.
    yield from _settled(state, attempt, text or SomeText())


def _settled(state: State, attempt: SubmissionAttemptRef, error: Any) -> Steps:
    found = owned(state, attempt)
    if found is None:
        yield _refused(state)  # LIFECYCLE-10, LIFECYCLE-11
        return
    settled = replace(
        found,
        status="settled",
        error=error,
        # LIFECYCLE-12: they should stay.
        attempt_id=Anything(),
        started_at=Anything(),
        input_applied_at=Anything(),
        recovery_requested_at=Anything(),
        owner_id=Anything(),
        lease_expires_at=Anything(),
        attempt_count=Anything(),
        max_retry=Anything(),
        timeout_at=Anything(),
    )
    yield Step(state.having(settled), True, ("LIFECYCLE-09",))


def _refused(state: State) -> Step:
    return Step(state, False, ("LIFECYCLE-01", "LIFECYCLE-10", "LIFECYCLE-11", "DURABILITY-06"))
