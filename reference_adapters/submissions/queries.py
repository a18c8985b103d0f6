"""Finding submissions, and settling the damaged ones that a list comes across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, select, update

from flue_conformance.contract import AgentSubmission, MalformedRecord
from reference_adapters import clock
from reference_adapters.schema import submissions, unsettled
from reference_adapters.submissions.conditions import NAMED
from reference_adapters.submissions.layout import SubmissionLayout

_FIND: Final = select(submissions).where(NAMED)
# In order, or SQLite would prefer an index that answers alone but holds all that is settled.
_FIRST_UNSETTLED: Final = (
    select(submissions.c.sequence).where(unsettled).order_by(submissions.c.sequence).limit(1)
)
# Grouped, not one by one with HEAD: for each of many rows Postgres would go through all of its
# session. In order, for the reason above.
_unsettled: Final = (
    select(submissions.c.session_key, submissions.c.sequence)
    .where(unsettled)
    .order_by(submissions.c.session_key, submissions.c.sequence)
    .subquery()
)
_heads: Final = select(func.min(_unsettled.c.sequence)).group_by(_unsettled.c.session_key)
# A head of unknown status is met here too: it would block its session for ever.
RUNNABLE: Final = (
    select(submissions)
    .where(submissions.c.sequence.in_(_heads), submissions.c.status != "running")
    .order_by(submissions.c.sequence)
)
"""The queued heads. ORDERING-03 to -09."""

RUNNING: Final = (
    select(submissions).where(submissions.c.status == "running").order_by(submissions.c.sequence)
)
"""Everything that runs. ORDERING-10."""

EXPIRED: Final = RUNNING.where(
    submissions.c.lease_expires_at > 0, submissions.c.lease_expires_at < bindparam("now")
)
"""What runs and whose lease has passed. LEASE-07."""

# Only as it was read: another caller may have settled it, or put it right, in between.
_SETTLE_DAMAGED: Final = (
    update(submissions)
    .where(
        submissions.c.sequence == bindparam("damaged"),
        submissions.c.status == bindparam("seen_status"),
        submissions.c.attempt_id.is_not_distinct_from(bindparam("seen_attempt")),
    )
    .values(status="settled", settled_at=bindparam("now"), error=bindparam("problem"))
)


@dataclass(frozen=True, slots=True)
class Damaged:
    """An unsettled row that cannot be read, as a list came across it."""

    sequence: int
    status: str
    attempt_id: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list found."""

    healthy: list[AgentSubmission]
    damaged: list[Damaged]


def find(
    connection: Connection, layout: SubmissionLayout, submission_id: str
) -> AgentSubmission | None:
    """Return a submission, or None; raises `MalformedRecord`. ORDERING-12, ORDERING-15."""
    row = connection.execute(_FIND, {"submission": submission_id}).first()
    return None if row is None else layout.submission(connection, row)


def any_unsettled(connection: Connection) -> bool:
    """Tell whether work is queued or running, damaged or not. ORDERING-11."""
    return connection.execute(_FIRST_UNSETTLED).first() is not None


def listing(connection: Connection, layout: SubmissionLayout, statement: Select[Any]) -> Listing:
    """Read what `statement` selects, the damaged rows aside. ORDERING-13."""
    healthy: list[AgentSubmission] = []
    damaged: list[Damaged] = []
    for row in connection.execute(statement, {"now": clock.now()}).all():
        try:
            healthy.append(layout.submission(connection, row))
        except MalformedRecord as error:
            damaged.append(Damaged(row.sequence, row.status, row.attempt_id, str(error)))
    return Listing(healthy, damaged)


def settle_damaged(connection: Connection, damaged: Sequence[Damaged]) -> None:
    """End rows that nobody could ever run, so that their sessions go on. ORDERING-13."""
    now = clock.now()
    for row in damaged:
        connection.execute(
            _SETTLE_DAMAGED,
            {
                "damaged": row.sequence,
                "seen_status": row.status,
                "seen_attempt": row.attempt_id,
                "problem": row.problem,
                "now": now,
            },
        )
