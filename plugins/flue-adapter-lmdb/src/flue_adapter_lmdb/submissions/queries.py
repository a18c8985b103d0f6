"""Finding submissions, and settling the damaged ones that a list comes across."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from flue_adapter_lmdb import clock
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.submissions import rows
from flue_adapter_lmdb.submissions.reading import submission
from flue_adapter_lmdb.submissions.rows import Row
from flue_conformance.contract import AgentSubmission, MalformedRecord

Selection: TypeAlias = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list found: submissions, and the rows that are none with what is wrong with them."""

    healthy: list[AgentSubmission] = field(default_factory=list)
    damaged: list[tuple[Row, str]] = field(default_factory=list)


def find(txn: Transaction, submission_id: str, edition: str) -> AgentSubmission | None:
    """Return a submission, or None; raises `MalformedRecord`. ORDERING-12, ORDERING-15."""
    row = rows.find(txn, submission_id)
    return None if row is None else submission(txn, row, edition)


def runnable(row: Row) -> bool:
    """Select what can be claimed. ORDERING-03 to -09.

    A head of unknown status is selected too: it would block its session for ever.
    """
    return row.status != "running"


def running(row: Row) -> bool:
    """Select what runs. ORDERING-10."""
    return row.status == "running"


def expired(row: Row) -> bool:
    """Select what runs and whose lease has passed. LEASE-07."""
    return running(row) and 0 < row.lease_expires_at < clock.now()


def listing(txn: Transaction, wanted: Selection, edition: str) -> Listing:
    """Read the heads that are wanted, the damaged ones aside. ORDERING-13.

    What runs is always the head of its session.
    """
    found = Listing()
    for row in filter(wanted, rows.heads(txn)):
        try:
            found.healthy.append(submission(txn, row, edition))
        except MalformedRecord as error:
            found.damaged.append((row, str(error)))
    return found


def settle_damaged(txn: Transaction, damaged: Iterable[tuple[Row, str]]) -> None:
    """End rows that nobody could ever run, so that their sessions go on. ORDERING-13."""
    for seen, problem in damaged:
        # Only as it was read: somebody may have settled it, or put it right, in between.
        if rows.find(txn, seen.submission_id) == seen:
            rows.put(txn, replace(seen, status="settled", settled_at=clock.now(), error=problem))
