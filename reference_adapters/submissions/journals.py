"""Turn journals: how far the current turn of a submission came, one slot for each submission."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Executable, Row, and_, bindparam, func, select, update

# SQLite reads the same ON CONFLICT clause that this construct writes for Postgres.
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import (
    ABSENT,
    Absent,
    AgentSubmission,
    AgentTurnJournal,
    CreateTurnJournalInput,
    JsonValue,
    SubmissionAttemptRef,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
    json_text,
)
from reference_adapters import clock
from reference_adapters.schema import submissions, turn_journals
from reference_adapters.stored_json import stored_json
from reference_adapters.submissions.conditions import ATTEMPT, NAMED
from reference_adapters.submissions.layout import SubmissionLayout

_FIND: Final = select(turn_journals).where(turn_journals.c.submission_id == bindparam("submission"))

_first = insert(turn_journals)
_BEGIN: Final = _first.on_conflict_do_update(
    index_elements=[turn_journals.c.submission_id],
    # The journal stays the submission's own: created_at, session_key and kind are not replaced.
    set_={
        "attempt_id": _first.excluded.attempt_id,
        "operation_id": _first.excluded.operation_id,
        "turn_id": _first.excluded.turn_id,
        "phase": _first.excluded.phase,
        "revision": turn_journals.c.revision + 1,
        "updated_at": _first.excluded.updated_at,
        "checkpoint_leaf_id": _first.excluded.checkpoint_leaf_id,
        "tool_request_json": _first.excluded.tool_request_json,
        "stream_key": None,
        "stream_consumed_at": None,
        "committed": 0,
        "committed_leaf_id": None,
    },
)

_SUBMISSION: Final = select(submissions.c.submission_id).where(NAMED)

_OPEN: Final = and_(
    turn_journals.c.submission_id == bindparam("submission"),
    turn_journals.c.attempt_id == bindparam("attempt"),
    turn_journals.c.committed == 0,
)
_advanced: Final = (
    update(turn_journals)
    .where(_OPEN)
    .values(revision=turn_journals.c.revision + 1, updated_at=bindparam("now"))
    .returning(turn_journals.c.revision)
)

_MOVE_ON: Final = _advanced.values(
    phase=bindparam("next_phase"),
    checkpoint_leaf_id=func.coalesce(bindparam("leaf"), turn_journals.c.checkpoint_leaf_id),
    tool_request_json=func.coalesce(bindparam("request"), turn_journals.c.tool_request_json),
    stream_key=func.coalesce(bindparam("stream"), turn_journals.c.stream_key),
)

_COMMIT: Final = _advanced.values(
    phase="committed", committed=1, committed_leaf_id=bindparam("leaf")
)

_CONSUME: Final = _advanced.where(
    turn_journals.c.stream_key == bindparam("stream"),
    turn_journals.c.stream_consumed_at.is_(None),
).values(stream_consumed_at=bindparam("now"))

_HAND_OVER: Final = _advanced.values(attempt_id=bindparam("next_attempt"))

_TAKE_OVER: Final = (
    update(submissions)
    .where(ATTEMPT)
    .values(
        attempt_id=bindparam("next_attempt"),
        attempt_count=submissions.c.attempt_count + 1,
        started_at=bindparam("now"),
        recovery_requested_at=None,
        owner_id=func.coalesce(bindparam("owner"), submissions.c.owner_id),
        lease_expires_at=func.coalesce(bindparam("expiry"), submissions.c.lease_expires_at),
    )
    .returning(*submissions.c)
)


def find(connection: Connection, submission_id: str) -> AgentTurnJournal | None:
    """Return a submission's journal, or None. JOURNAL-01."""
    row = connection.execute(_FIND, {"submission": submission_id}).first()
    return None if row is None else _journal(row)


def begin(
    connection: Connection,
    layout: SubmissionLayout,
    turn: CreateTurnJournalInput,
    tool_request_json: str | None,
) -> bool:
    """Start a turn, in place of any earlier one. JOURNAL-02 to -05."""
    # Who takes the submission over, or removes it, has looked for an open journal already; one
    # that is begun before that is committed would stay behind. JOURNAL-15, DELETION-06.
    layout.dialect.hold(connection, _SUBMISSION, {"submission": turn.submission_id})
    now = clock.now()
    connection.execute(
        _BEGIN,
        {
            "submission_id": turn.submission_id,
            "session_key": turn.session_key,
            "kind": turn.kind,
            "attempt_id": turn.attempt_id,
            "operation_id": turn.operation_id,
            "turn_id": turn.turn_id,
            "phase": turn.phase,
            "revision": 1,
            "created_at": now,
            "updated_at": now,
            "checkpoint_leaf_id": turn.checkpoint_leaf_id,
            "tool_request_json": tool_request_json,
        },
    )
    return True


def move_on(
    connection: Connection,
    attempt: SubmissionAttemptRef,
    phase: TurnPhase,
    options: TurnJournalUpdate,
    tool_request_json: str | None,
) -> bool:
    """Set the phase and the members that are given. JOURNAL-06 to -08."""
    return _advances(
        connection,
        _MOVE_ON,
        attempt,
        next_phase=phase,
        leaf=options.checkpoint_leaf_id,
        request=tool_request_json,
        stream=options.stream_key,
    )


def commit(connection: Connection, attempt: SubmissionAttemptRef, committed_leaf_id: str) -> bool:
    """Close the journal for good. JOURNAL-09, JOURNAL-10."""
    return _advances(connection, _COMMIT, attempt, leaf=committed_leaf_id)


def mark_stream_consumed(
    connection: Connection, attempt: SubmissionAttemptRef, stream_key: str
) -> bool:
    """Stamp that the partial stream was used; once in a journal. JOURNAL-11, JOURNAL-12."""
    return _advances(connection, _CONSUME, attempt, stream=stream_key)


def replace_attempt(
    connection: Connection,
    layout: SubmissionLayout,
    attempt: SubmissionAttemptRef,
    next_attempt_id: str,
    lease: SubmissionLease | None,
) -> AgentSubmission | None:
    """Take a running submission over together with its open journal. JOURNAL-13 to -19.

    Raises `MalformedRecord`, and changes nothing, for a submission that cannot be read.
    """
    taken = connection.execute(
        _TAKE_OVER,
        {
            "submission": attempt.submission_id,
            "attempt": attempt.attempt_id,
            "next_attempt": next_attempt_id,
            "now": clock.now(),
            "owner": lease and lease.owner_id,
            "expiry": lease and lease.lease_expires_at,
        },
    ).first()
    if taken is None:
        return None
    _advances(connection, _HAND_OVER, attempt, next_attempt=next_attempt_id)
    return layout.submission(connection, taken)


def tool_request_text(tool_request: JsonValue | Absent) -> str | None:
    """Return the stored form: null is a text of its own, and None stands for absent."""
    return None if tool_request is ABSENT else json_text(tool_request)


def _advances(
    connection: Connection,
    statement: Executable,
    attempt: SubmissionAttemptRef,
    **values: str | None,
) -> bool:
    of_attempt = {"submission": attempt.submission_id, "attempt": attempt.attempt_id}
    moved = connection.execute(statement, {**of_attempt, **values, "now": clock.now()})
    return moved.first() is not None


def _journal(row: Row[Any]) -> AgentTurnJournal:
    return AgentTurnJournal(
        submission_id=row.submission_id,
        session_key=row.session_key,
        kind=row.kind,
        attempt_id=row.attempt_id,
        operation_id=row.operation_id,
        turn_id=row.turn_id,
        phase=row.phase,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
        committed=bool(row.committed),
        checkpoint_leaf_id=row.checkpoint_leaf_id,
        tool_request=_tool_request(row),
        stream_key=row.stream_key,
        stream_consumed_at=row.stream_consumed_at,
        committed_leaf_id=row.committed_leaf_id,
    )


def _tool_request(row: Row[Any]) -> JsonValue | Absent:
    if row.tool_request_json is None:
        return ABSENT
    return stored_json(row.tool_request_json, f"tool request of {row.submission_id!r}")
