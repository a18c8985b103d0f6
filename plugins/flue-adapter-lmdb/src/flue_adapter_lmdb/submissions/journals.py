"""Turn journals: how far the current turn of a submission came, one slot for each submission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import cast

from flue_adapter_lmdb import clock
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import name_key
from flue_adapter_lmdb.layout import JOURNALS
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_adapter_lmdb.submissions import rows
from flue_adapter_lmdb.submissions.reading import submission
from flue_conformance.contract import (
    ABSENT,
    Absent,
    AgentSubmission,
    AgentTurnJournal,
    CreateTurnJournalInput,
    JsonValue,
    SubmissionAttemptRef,
    SubmissionKind,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
    json_text,
)


@dataclass(frozen=True, slots=True)
class Journal:
    """A turn journal as it is stored, with the columns of section 4.3 of the contract."""

    submission_id: str
    session_key: str
    kind: str
    attempt_id: str
    operation_id: str
    turn_id: str
    phase: str
    revision: int
    created_at: int
    updated_at: int
    checkpoint_leaf_id: str | None = None
    tool_request_json: str | None = None
    stream_key: str | None = None
    stream_consumed_at: int | None = None
    committed: bool = False
    committed_leaf_id: str | None = None


def find(txn: Transaction, submission_id: str) -> Journal | None:
    """Return a submission's journal, or None. JOURNAL-01."""
    stored = JOURNALS.get(txn, name_key(submission_id))
    return None if stored is None else Journal(**as_value(stored, "turn journal"))


def put(txn: Transaction, journal: Journal) -> None:
    """Store a journal in its submission's slot."""
    JOURNALS.put(txn, name_key(journal.submission_id), as_bytes(asdict(journal)))


def told(txn: Transaction, submission_id: str) -> AgentTurnJournal | None:
    """Return a submission's journal as the contract has it; raises `MalformedRecord`."""
    journal = find(txn, submission_id)
    if journal is None:
        return None
    return AgentTurnJournal(
        submission_id=journal.submission_id,
        session_key=journal.session_key,
        kind=cast("SubmissionKind", journal.kind),
        attempt_id=journal.attempt_id,
        operation_id=journal.operation_id,
        turn_id=journal.turn_id,
        phase=cast("TurnPhase", journal.phase),
        revision=journal.revision,
        created_at=journal.created_at,
        updated_at=journal.updated_at,
        committed=journal.committed,
        checkpoint_leaf_id=journal.checkpoint_leaf_id,
        tool_request=_tool_request(journal),
        stream_key=journal.stream_key,
        stream_consumed_at=journal.stream_consumed_at,
        committed_leaf_id=journal.committed_leaf_id,
    )


def begin(txn: Transaction, turn: CreateTurnJournalInput, tool_request_json: str | None) -> bool:
    """Start a turn, in place of any earlier one. JOURNAL-02 to -05."""
    now = clock.now()
    earlier = find(txn, turn.submission_id)
    journal = Journal(
        submission_id=turn.submission_id,
        # The journal stays the submission's own: what it was first made with is not replaced.
        session_key=earlier.session_key if earlier else turn.session_key,
        kind=earlier.kind if earlier else turn.kind,
        created_at=earlier.created_at if earlier else now,
        attempt_id=turn.attempt_id,
        operation_id=turn.operation_id,
        turn_id=turn.turn_id,
        phase=turn.phase,
        revision=earlier.revision + 1 if earlier else 1,
        updated_at=now,
        checkpoint_leaf_id=turn.checkpoint_leaf_id,
        tool_request_json=tool_request_json,
    )
    put(txn, journal)
    return True


def move_on(
    txn: Transaction,
    attempt: SubmissionAttemptRef,
    phase: TurnPhase,
    options: TurnJournalUpdate,
    tool_request_json: str | None,
) -> bool:
    """Set the phase and the members that are given. JOURNAL-06 to -08."""

    def moved(journal: Journal) -> Journal:
        return replace(
            journal,
            phase=phase,
            checkpoint_leaf_id=_given(options.checkpoint_leaf_id, journal.checkpoint_leaf_id),
            tool_request_json=_given(tool_request_json, journal.tool_request_json),
            stream_key=_given(options.stream_key, journal.stream_key),
        )

    return _advance(txn, attempt, moved)


def commit(txn: Transaction, attempt: SubmissionAttemptRef, committed_leaf_id: str) -> bool:
    """Close the journal for good. JOURNAL-09, JOURNAL-10."""

    def committed(journal: Journal) -> Journal:
        return replace(
            journal, phase="committed", committed=True, committed_leaf_id=committed_leaf_id
        )

    return _advance(txn, attempt, committed)


def mark_stream_consumed(txn: Transaction, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
    """Stamp that the partial stream was used; once in a journal. JOURNAL-11, JOURNAL-12."""

    def consumed(journal: Journal) -> Journal | None:
        if journal.stream_key != stream_key or journal.stream_consumed_at is not None:
            return None
        return replace(journal, stream_consumed_at=clock.now())

    return _advance(txn, attempt, consumed)


def replace_attempt(
    txn: Transaction,
    attempt: SubmissionAttemptRef,
    next_attempt_id: str,
    lease: SubmissionLease | None,
    edition: str,
) -> AgentSubmission | None:
    """Take a running submission over together with its open journal. JOURNAL-13 to -19.

    Raises `MalformedRecord`, and changes nothing, for a submission that cannot be read.
    """
    row = rows.owned(txn, attempt)
    if row is None:
        return None
    taken = replace(
        row,
        attempt_id=next_attempt_id,
        attempt_count=row.attempt_count + 1,
        started_at=clock.now(),
        recovery_requested_at=None,
        owner_id=lease.owner_id if lease else row.owner_id,
        lease_expires_at=lease.lease_expires_at if lease else row.lease_expires_at,
    )
    rows.put(txn, taken)
    _advance(txn, attempt, lambda journal: replace(journal, attempt_id=next_attempt_id))
    return submission(txn, taken, edition)


def tool_request_text(tool_request: JsonValue | Absent) -> str | None:
    """Return the stored form: null is a text of its own, and None stands for absent."""
    return None if tool_request is ABSENT else json_text(tool_request)


def _advance(
    txn: Transaction,
    attempt: SubmissionAttemptRef,
    change: Callable[[Journal], Journal | None],
) -> bool:
    """Change the open journal of an attempt, if there is one and the change applies."""
    journal = find(txn, attempt.submission_id)
    if journal is None or journal.committed or journal.attempt_id != attempt.attempt_id:
        return False
    changed = change(journal)
    if changed is None:
        return False
    put(txn, replace(changed, revision=journal.revision + 1, updated_at=clock.now()))
    return True


def _given(new: str | None, old: str | None) -> str | None:
    return old if new is None else new


def _tool_request(journal: Journal) -> JsonValue | Absent:
    if journal.tool_request_json is None:
        return ABSENT
    return as_value(journal.tool_request_json.encode(), "tool request")
