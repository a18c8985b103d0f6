"""Section 3.6: turn journals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flue_conformance.contract import (
    ABSENT,
    CreateTurnJournalInput,
    JsonValue,
    SubmissionAttemptRef,
    SubmissionLease,
    TurnJournalUpdate,
)
from flue_conformance.contract.absent import Absent
from flue_conformance.model.documents import Document
from flue_conformance.model.lifecycle import owned
from flue_conformance.model.records import Journal
from flue_conformance.model.relations import Anything, Moment, OneOf
from flue_conformance.model.state import State, Unspecified
from flue_conformance.model.steps import Step, Steps


def get_turn_journal(state: State, at: Moment, submission_id: str) -> Steps:
    """Return the journal, or null."""
    del at
    found = state.journals.get(submission_id)
    if isinstance(found, Unspecified):
        yield Step(state, Anything(), ("JOURNAL-05",))
    else:
        rules = ("JOURNAL-03", "JOURNAL-07", "JOURNAL-20") if found else ("JOURNAL-01",)
        yield Step(state, found, rules)


def begin_turn_journal(state: State, at: Moment, begun: CreateTurnJournalInput) -> Steps:
    """Create the journal, or replace it in place."""
    submission = state.submissions.get(begun.submission_id)
    if submission is None or not submission.belongs_to(begun):
        # JOURNAL-05: whether that is refused is the adapter's choice.
        yield Step(state, False, ("JOURNAL-05",))
        unknown = state.journals.with_row(begun.submission_id, Unspecified())
        yield Step(replace(state, journals=unknown), True, ("JOURNAL-05",))
        return
    before = state.journals.get(begun.submission_id)
    journal = Journal(
        submission_id=begun.submission_id,
        session_key=begun.session_key,
        kind=begun.kind,
        attempt_id=begun.attempt_id,
        operation_id=begun.operation_id,
        turn_id=begun.turn_id,
        phase=begun.phase,
        revision=1,
        created_at=at.now,
        updated_at=at.now,
        checkpoint_leaf_id=begun.checkpoint_leaf_id,
        tool_request=_document(begun.tool_request),
    )
    if isinstance(before, Journal):
        journal = replace(
            journal,
            revision=before.revision + 1,
            # JOURNAL-04: they should stay.
            created_at=OneOf.these(before.created_at, at.now),
            session_key=OneOf.these(before.session_key, begun.session_key),
            kind=OneOf.these(before.kind, begun.kind),
        )
    elif isinstance(before, Unspecified):
        unknown = state.journals.with_row(begun.submission_id, Unspecified())
        yield Step(replace(state, journals=unknown), True, ("JOURNAL-05",))
        return
    yield Step(_with(state, journal), True, ("JOURNAL-03",) if before else ("JOURNAL-02",))


def update_turn_journal_phase(
    state: State,
    at: Moment,
    attempt: SubmissionAttemptRef,
    phase: str,
    options: TurnJournalUpdate | None = None,
) -> Steps:
    """Move the journal on, in any direction. The submission's status does not matter."""
    found = yield from _open(state, attempt)
    if found is None:
        return
    options = options or TurnJournalUpdate()
    requests = [_document(options.tool_request)]
    if options.tool_request is None:
        requests.append(found.tool_request)  # JOURNAL-08 is advice.
    moved = replace(
        found,
        phase=phase,
        revision=found.revision + 1,
        updated_at=at.now,
        checkpoint_leaf_id=found.checkpoint_leaf_id
        if options.checkpoint_leaf_id is None
        else options.checkpoint_leaf_id,
        tool_request=found.tool_request
        if options.tool_request is ABSENT
        else OneOf.these(*requests),
        stream_key=found.stream_key if options.stream_key is None else options.stream_key,
    )
    yield Step(_with(state, moved), True, ("JOURNAL-07",))


def commit_turn_journal(
    state: State, at: Moment, attempt: SubmissionAttemptRef, committed_leaf_id: str
) -> Steps:
    """Close the journal."""
    found = yield from _open(state, attempt)
    if found is None:
        return
    committed = replace(
        found,
        phase="committed",
        committed=True,
        committed_leaf_id=committed_leaf_id,
        revision=found.revision + 1,
        updated_at=OneOf.these(at.now, found.updated_at),
    )
    yield Step(_with(state, committed), True, ("JOURNAL-09",))


def mark_stream_consumed(
    state: State, at: Moment, attempt: SubmissionAttemptRef, stream_key: str
) -> Steps:
    """Stamp, once a journal, that its partial stream was used."""
    found = yield from _open(state, attempt)
    if found is None:
        return
    first = found.stream_consumed_at is None
    if not first or found.stream_key != stream_key:
        yield Step(state, False, ("JOURNAL-11",))
    # JOURNAL-12: that another stream of the same journal is refused is advice.
    if found.stream_key == stream_key and (first or found.consumed_key != stream_key):
        consumed = replace(
            found,
            stream_consumed_at=at.now if first else OneOf.these(found.stream_consumed_at, at.now),
            consumed_key=stream_key,
            revision=found.revision + 1,
            updated_at=OneOf.these(at.now, found.updated_at),
        )
        yield Step(_with(state, consumed), True, ("JOURNAL-11",))


def replace_turn_journal_attempt(
    state: State,
    at: Moment,
    attempt: SubmissionAttemptRef,
    next_attempt_id: str,
    lease: SubmissionLease | None = None,
) -> Steps:
    """Take a running submission over, and its open journal with it, in one step."""
    found = owned(state, attempt)
    if found is None:
        yield Step(state, None, ("JOURNAL-17", "JOURNAL-19"))
        return
    taken = replace(
        found,
        attempt_id=next_attempt_id,
        attempt_count=found.attempt_count + 1,  # Beyond the budget as well: JOURNAL-18.
        started_at=at.now,
        recovery_requested_at=None,
        owner_id=lease.owner_id if lease else found.owner_id,  # JOURNAL-14
        lease_expires_at=lease.lease_expires_at if lease else found.lease_expires_at,
    )
    journal = state.journals.get(attempt.submission_id)
    if isinstance(journal, Journal) and journal.open_to(attempt):  # JOURNAL-15
        moved = replace(
            journal,
            attempt_id=next_attempt_id,
            revision=journal.revision + 1,
            updated_at=OneOf.these(at.now, journal.updated_at),
        )
        state = _with(state, moved)
    yield Step(state.having(taken), taken, ("JOURNAL-13", "JOURNAL-14", "JOURNAL-15"))


def _open(state: State, attempt: SubmissionAttemptRef) -> Any:
    """Return the journal that an attempt may change; otherwise the call has no effect."""
    found = state.journals.get(attempt.submission_id)
    if isinstance(found, Unspecified):
        yield Step(state, Anything(), ("JOURNAL-05",))
        return None
    if found is None or not found.open_to(attempt):
        yield Step(state, False, ("JOURNAL-06", "JOURNAL-10", "JOURNAL-19"))
        return None
    return found


def _with(state: State, journal: Journal) -> State:
    return replace(state, journals=state.journals.with_row(journal.submission_id, journal))


def _document(value: JsonValue | Absent) -> Document | Absent:
    return ABSENT if value is ABSENT else Document.of(value)
