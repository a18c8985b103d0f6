"""Section 3.4: claims."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    SubmissionClaimRef,
)
from flue_conformance.model.relations import Moment
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


def claim_submission(state: State, at: Moment, claim: SubmissionClaimRef) -> Steps:
    """Start an attempt at the head of a session."""
    found = state.submissions.get(claim.submission_id)
    if found is None or found.status != "queued" or found != state.head(found.session_key):
        yield Step(state, None, ("CLAIM-02", "CLAIM-03", "CLAIM-04"))
        return
    # CLAIM-07: a claim after a requeue should go on counting, and keep the first timeout.
    counts, timeouts = [1], [at.later(DEFAULT_TIMEOUT_MS)]
    if found.before is not None:
        count, timeout = found.before
        counts, timeouts = [1, count + 1], [*timeouts, timeout]
    for count, timeout in product(counts, timeouts):
        claimed = replace(
            found,
            status="running",
            attempt_id=claim.attempt_id,
            owner_id=claim.owner_id,
            lease_expires_at=claim.lease_expires_at,  # CLAIM-05
            started_at=at.now,
            attempt_count=count,
            max_retry=DEFAULT_MAX_RETRY,  # CLAIM-08
            timeout_at=timeout,
            input_applied_at=None,  # CLAIM-06
            before=None,
        )
        yield Step(state.having(claimed), claimed, ("CLAIM-01", "CLAIM-05", "CLAIM-06"))
