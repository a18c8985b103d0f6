"""Starting an attempt at the head of a session's queue."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, case, select, update

from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    AgentSubmission,
    SubmissionClaimRef,
)
from reference_adapters import clock
from reference_adapters.schema import submissions
from reference_adapters.submissions.conditions import HEAD, NAMED
from reference_adapters.submissions.layout import SubmissionLayout

_RUNNABLE: Final = select(submissions).where(NAMED, submissions.c.status == "queued", HEAD)

# The conditions hold once more here, where they count: the database lets one claim through. That no
# earlier submission is unsettled stays true, for settled is final and admission keeps the order.
_START: Final = (
    update(submissions)
    .where(NAMED, submissions.c.status == "queued", HEAD)
    .values(
        status="running",
        attempt_id=bindparam("attempt"),
        owner_id=bindparam("owner"),
        lease_expires_at=bindparam("expiry"),
        started_at=bindparam("now"),
        attempt_count=submissions.c.attempt_count + 1,
        max_retry=DEFAULT_MAX_RETRY,
        timeout_at=case(
            (submissions.c.timeout_at == 0, bindparam("timeout")),
            else_=submissions.c.timeout_at,
        ),
    )
    .returning(*submissions.c)
)


def start(
    connection: Connection, layout: SubmissionLayout, claim: SubmissionClaimRef
) -> AgentSubmission | None:
    """Start the claimed attempt if its submission is a queued head. CLAIM-01 to CLAIM-10.

    Raises `MalformedRecord` for a head that cannot be read, and leaves it queued.
    """
    queued = connection.execute(_RUNNABLE, {"submission": claim.submission_id}).first()
    if queued is None:
        return None
    # Before, not after: once it runs, a damaged row may look healthy.
    layout.submission(connection, queued)
    now = clock.now()
    started = connection.execute(
        _START,
        {
            "submission": claim.submission_id,
            "attempt": claim.attempt_id,
            "owner": claim.owner_id,
            "expiry": claim.lease_expires_at,
            "now": now,
            "timeout": now + DEFAULT_TIMEOUT_MS,
        },
    ).first()
    return None if started is None else layout.submission(connection, started)
