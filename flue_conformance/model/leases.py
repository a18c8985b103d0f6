"""Section 3.8: leases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flue_conformance.contract import LEASE_DURATION_MS
from flue_conformance.model.ordering import Listed, running
from flue_conformance.model.records import Submission
from flue_conformance.model.relations import Between, Moment
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


def renew_leases(state: State, at: Moment, owner_id: str, submission_ids: Sequence[str]) -> Steps:
    """Move the leases of running submissions of the owner, whichever attempt it is: LEASE-05."""
    for submission_id in dict.fromkeys(submission_ids):
        found = state.submissions.get(submission_id)
        if found and found.status == "running" and found.owner_id == owner_id:  # LEASE-02
            # Whatever it was before: LEASE-04.
            renewed = replace(found, lease_expires_at=at.later(LEASE_DURATION_MS))
            state = state.having(renewed)
    yield Step(state, None, ("LEASE-01", "LEASE-02", "LEASE-03"))


def list_expired_submissions(state: State, at: Moment) -> Steps:
    """Return running submissions whose lease has passed; 0 and less is no lease."""
    now = at.now
    certain: list[Submission] = []
    possible: list[Submission] = []
    for each in running(state):
        lease = each.lease_expires_at
        low, high = (lease.low, lease.high) if isinstance(lease, Between) else (lease, lease)
        if high <= 0 or low >= now.high:
            continue
        (certain if high < now.low else possible).append(each)
    yield Step(state, Listed(tuple(certain), tuple(possible)), ("LEASE-07", "LEASE-08"))
