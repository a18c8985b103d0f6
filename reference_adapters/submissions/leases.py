"""Keeping the submissions of an owner alive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, update

from flue_conformance.contract import LEASE_DURATION_MS
from reference_adapters import clock
from reference_adapters.schema import submissions
from reference_adapters.submissions.batches import batches

_RENEW: Final = (
    update(submissions)
    .where(
        submissions.c.submission_id.in_(bindparam("batch", expanding=True)),
        submissions.c.status == "running",
        submissions.c.owner_id == bindparam("owner"),
    )
    .values(lease_expires_at=bindparam("expiry"))
)


def renew(connection: Connection, owner_id: str, submission_ids: Sequence[str]) -> None:
    """Let the leases of the owner's running submissions end later. LEASE-01 to -06."""
    expiry = clock.now() + LEASE_DURATION_MS
    # In one order everywhere, so that two renewals never wait for each other's rows.
    for batch in batches(sorted(set(submission_ids))):
        connection.execute(_RENEW, {"batch": batch, "owner": owner_id, "expiry": expiry})
