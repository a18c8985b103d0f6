"""What the owner of an attempt does with its submission: each step is one fenced update."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Executable, bindparam, case, func, update

from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    SubmissionAttemptRef,
    SubmissionDurability,
    json_text,
)
from reference_adapters import clock
from reference_adapters.schema import submissions
from reference_adapters.submissions.conditions import ATTEMPT

_owned: Final = update(submissions).where(ATTEMPT).returning(submissions.c.sequence)
_input_pending: Final = submissions.c.input_applied_at.is_(None)

# Stamps are set once and a repeated call still succeeds: the statement keeps what is there.
_MARK_INPUT_APPLIED: Final = _owned.values(
    input_applied_at=func.coalesce(submissions.c.input_applied_at, bindparam("now")),
    max_retry=case((_input_pending, bindparam("retries")), else_=submissions.c.max_retry),
    timeout_at=case((_input_pending, bindparam("timeout")), else_=submissions.c.timeout_at),
)

_REQUEST_RECOVERY: Final = _owned.values(
    recovery_requested_at=func.coalesce(submissions.c.recovery_requested_at, bindparam("now")),
)

_REQUEUE: Final = _owned.where(_input_pending).values(
    status="queued",
    attempt_id=None,
    owner_id=None,
    started_at=None,
    recovery_requested_at=None,
    lease_expires_at=0,
)

_SETTLE: Final = _owned.values(
    status="settled", settled_at=bindparam("now"), error=bindparam("text")
)


def mark_input_applied(
    connection: Connection,
    attempt: SubmissionAttemptRef,
    durability: SubmissionDurability | None,
) -> bool:
    """Stamp the first time that the input is in the session. LIFECYCLE-02 to -04."""
    now = clock.now()
    chosen = durability or SubmissionDurability(DEFAULT_MAX_RETRY, now + DEFAULT_TIMEOUT_MS)
    return _applies(
        connection,
        _MARK_INPUT_APPLIED,
        attempt,
        now=now,
        retries=chosen.max_retry,
        timeout=chosen.timeout_at,
    )


def request_recovery(connection: Connection, attempt: SubmissionAttemptRef) -> bool:
    """Stamp the first time that the attempt is said to be lost. LIFECYCLE-05."""
    return _applies(connection, _REQUEST_RECOVERY, attempt, now=clock.now())


def requeue(connection: Connection, attempt: SubmissionAttemptRef) -> bool:
    """Put a submission back whose input was never applied. LIFECYCLE-06, LIFECYCLE-07."""
    return _applies(connection, _REQUEUE, attempt)


def settle(connection: Connection, attempt: SubmissionAttemptRef, error: str | None) -> bool:
    """End a submission, well when `error` is None. LIFECYCLE-09, LIFECYCLE-10."""
    return _applies(connection, _SETTLE, attempt, now=clock.now(), text=error)


def error_text(error: object) -> str:
    """Return what is kept of the error that a submission failed with. LIFECYCLE-13."""
    if isinstance(error, str):
        return error
    try:
        return str(error) if isinstance(error, BaseException) else json_text(error)
    except Exception:  # noqa: BLE001 - an error that cannot be told must not keep its attempt alive
        return f"an error of the type {type(error).__name__}"


def _applies(
    connection: Connection,
    statement: Executable,
    attempt: SubmissionAttemptRef,
    **values: int | str | None,
) -> bool:
    values |= {"submission": attempt.submission_id, "attempt": attempt.attempt_id}
    return connection.execute(statement, values).first() is not None
