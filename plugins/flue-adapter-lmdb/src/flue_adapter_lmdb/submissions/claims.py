"""Starting an attempt at the head of a session's queue."""

from __future__ import annotations

from dataclasses import replace

from flue_adapter_lmdb import clock
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.submissions import rows
from flue_adapter_lmdb.submissions.reading import submission
from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    AgentSubmission,
    SubmissionClaimRef,
)


def start(txn: Transaction, claim: SubmissionClaimRef, edition: str) -> AgentSubmission | None:
    """Start the claimed attempt if its submission is a queued head. CLAIM-01 to CLAIM-10.

    Raises `MalformedRecord` for a head that cannot be read, and leaves it queued.
    """
    queued = rows.find(txn, claim.submission_id)
    if queued is None or queued.status != "queued" or not rows.is_head(txn, queued):
        return None
    # Before, not after: once it runs, a damaged row may look healthy.
    submission(txn, queued, edition)
    now = clock.now()
    started = replace(
        queued,
        status="running",
        attempt_id=claim.attempt_id,
        owner_id=claim.owner_id,
        lease_expires_at=claim.lease_expires_at,
        started_at=now,
        attempt_count=queued.attempt_count + 1,
        max_retry=DEFAULT_MAX_RETRY,
        timeout_at=queued.timeout_at or now + DEFAULT_TIMEOUT_MS,
    )
    rows.put(txn, started)
    return submission(txn, started, edition)
