"""Submissions as they lie in the file, and the queues that they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import DIGEST_BYTES, key_number, name_key, number_key
from flue_adapter_lmdb.layout import INPUTS, SEQUENCES, SETTLED, SUBMISSIONS, UNSETTLED
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_conformance.contract import DEFAULT_MAX_RETRY, SubmissionAttemptRef

_BEYOND: Final = b"\xff" * 9
"""After every sequence."""


@dataclass(frozen=True, slots=True)
class Row:
    """A submission without its input, with the columns of section 4.2 of the contract."""

    sequence: int
    submission_id: str
    session_key: str
    kind: str
    status: str
    accepted_at: int
    attempt_id: str | None = None
    input_applied_at: int | None = None
    recovery_requested_at: int | None = None
    started_at: int | None = None
    settled_at: int | None = None
    error: str | None = None
    attempt_count: int = 0
    max_retry: int = DEFAULT_MAX_RETRY
    timeout_at: int = 0
    owner_id: str | None = None
    lease_expires_at: int = 0


def find(txn: Transaction, submission_id: str) -> Row | None:
    """Return a submission, or None; raises `UnstorableText`."""
    key = SEQUENCES.get(txn, name_key(submission_id))
    return None if key is None else _at(txn, key)


def owned(txn: Transaction, attempt: SubmissionAttemptRef) -> Row | None:
    """Return a submission if the attempt runs it: the fence of every owner's call."""
    row = find(txn, attempt.submission_id)
    matches = row and row.status == "running" and row.attempt_id == attempt.attempt_id
    return row if matches else None


def every(txn: Transaction) -> Iterator[Row]:
    """Return all submissions, ascending by sequence."""
    for key, _ in SUBMISSIONS.ascending(txn):
        yield _at(txn, key)


def heads(txn: Transaction) -> list[Row]:
    """Return the first unsettled submission of each session, ascending by sequence."""
    found = []
    key = UNSETTLED.first(txn)
    while key is not None:
        found.append(_at(txn, key[DIGEST_BYTES:]))
        # The rest of its session is skipped, however long it is.
        key = UNSETTLED.first(txn, start=key[:DIGEST_BYTES] + _BEYOND)
    return sorted(found, key=lambda row: row.sequence)


def is_head(txn: Transaction, row: Row) -> bool:
    """Tell whether nothing of its session that is unsettled comes before it."""
    first = UNSETTLED.first(txn, name_key(row.session_key))
    return first is not None and key_number(first) == row.sequence


def any_unsettled(txn: Transaction, session_key: str | None = None) -> bool:
    """Tell whether work is queued or running, in a session or at all."""
    prefix = b"" if session_key is None else name_key(session_key)
    return UNSETTLED.first(txn, prefix) is not None


def settled(txn: Transaction, session_key: str) -> list[Row]:
    """Return what is settled of a session."""
    keys = SETTLED.ascending(txn, name_key(session_key))
    return [_at(txn, key[DIGEST_BYTES:]) for key, _ in keys]


def add(txn: Transaction, row: Row, payload: str) -> None:
    """Store a submission that was not there."""
    key = number_key(row.sequence)
    SEQUENCES.put(txn, name_key(row.submission_id), key)
    INPUTS.put(txn, key, payload.encode())
    put(txn, row)


def put(txn: Transaction, row: Row) -> None:
    """Store a submission as it is now, and move it to the queue where it belongs."""
    key = number_key(row.sequence)
    SUBMISSIONS.put(txn, key, as_bytes(asdict(row)))
    place = name_key(row.session_key) + key
    there, elsewhere = (SETTLED, UNSETTLED) if row.status == "settled" else (UNSETTLED, SETTLED)
    elsewhere.delete(txn, place)
    there.add(txn, place, b"")


def remove(txn: Transaction, row: Row) -> None:
    """Remove a submission."""
    key = number_key(row.sequence)
    SEQUENCES.delete(txn, name_key(row.submission_id))
    for table in (SUBMISSIONS, INPUTS):
        table.delete(txn, key)
    for queue in (UNSETTLED, SETTLED):
        queue.delete(txn, name_key(row.session_key) + key)


def payload(txn: Transaction, row: Row) -> bytes:
    """Return the JSON of a submission's input."""
    return INPUTS.get(txn, number_key(row.sequence)) or b""


def _at(txn: Transaction, key: bytes) -> Row:
    stored = SUBMISSIONS.get(txn, key)
    assert stored is not None, "what has a place in a queue is stored"
    return Row(**as_value(stored, "submission"))
