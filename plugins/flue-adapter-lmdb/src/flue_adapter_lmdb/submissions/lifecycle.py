"""What the owner of an attempt does with its submission, and how it keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flue_adapter_lmdb import clock
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.submissions import rows
from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    LEASE_DURATION_MS,
    SubmissionAttemptRef,
    SubmissionDurability,
    json_text,
)


def mark_input_applied(
    txn: Transaction, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None
) -> bool:
    """Stamp the first time that the input is in the session. LIFECYCLE-02 to -04."""
    row = rows.owned(txn, attempt)
    if row is not None and row.input_applied_at is None:
        now = clock.now()
        chosen = durability or SubmissionDurability(DEFAULT_MAX_RETRY, now + DEFAULT_TIMEOUT_MS)
        applied = replace(
            row,
            input_applied_at=now,
            max_retry=chosen.max_retry,
            timeout_at=chosen.timeout_at,
        )
        rows.put(txn, applied)
    return row is not None


def request_recovery(txn: Transaction, attempt: SubmissionAttemptRef) -> bool:
    """Stamp the first time that the attempt is said to be lost. LIFECYCLE-05."""
    row = rows.owned(txn, attempt)
    if row is not None and row.recovery_requested_at is None:
        rows.put(txn, replace(row, recovery_requested_at=clock.now()))
    return row is not None


def requeue(txn: Transaction, attempt: SubmissionAttemptRef) -> bool:
    """Put a submission back whose input was never applied. LIFECYCLE-06, LIFECYCLE-07."""
    row = rows.owned(txn, attempt)
    if row is None or row.input_applied_at is not None:
        return False
    queued = replace(
        row,
        status="queued",
        attempt_id=None,
        owner_id=None,
        started_at=None,
        recovery_requested_at=None,
        lease_expires_at=0,
    )
    rows.put(txn, queued)
    return True


def settle(txn: Transaction, attempt: SubmissionAttemptRef, error: str | None) -> bool:
    """End a submission, well when `error` is None. LIFECYCLE-09, LIFECYCLE-10."""
    row = rows.owned(txn, attempt)
    if row is None:
        return False
    rows.put(txn, replace(row, status="settled", settled_at=clock.now(), error=error))
    return True


def renew_leases(txn: Transaction, owner_id: str, submission_ids: Iterable[str]) -> None:
    """Let the leases of the owner's running submissions end later. LEASE-01 to -06."""
    expiry = clock.now() + LEASE_DURATION_MS
    for name in submission_ids:
        row = rows.find(txn, name)
        if row is not None and row.status == "running" and row.owner_id == owner_id:
            rows.put(txn, replace(row, lease_expires_at=expiry))


def error_text(error: object) -> str:
    """Return what is kept of the error that a submission failed with. LIFECYCLE-13."""
    if isinstance(error, str):
        return error
    try:
        return str(error) if isinstance(error, BaseException) else json_text(error)
    except Exception:  # noqa: BLE001 - an error that cannot be told must not keep its attempt alive
        return f"an error of the type {type(error).__name__}"
