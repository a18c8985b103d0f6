"""Rows read as submissions, with everything that makes a row malformed."""

from __future__ import annotations

from typing import Final, cast

from flue_adapter_redis.stored import as_value
from flue_adapter_redis.submissions.rows import Row
from flue_conformance.contract import (
    AgentSubmission,
    ContractError,
    JsonValue,
    MalformedRecord,
    SubmissionKind,
    SubmissionStatus,
    acceptance_instant,
    check_submission_input,
    session_key,
)

_STATUSES: Final = frozenset({"queued", "running", "settled"})


def submission(row: Row, edition: str) -> AgentSubmission:
    """Return what the row says; raises `MalformedRecord` if it is damaged. ORDERING-14."""
    try:
        document = as_value(row.payload.encode(), "input")
        check_submission_input(document, edition)
        _check_agreement(row, document)
        _check_state(row)
    except ContractError as error:
        raise MalformedRecord(f"Malformed submission {row.submission_id!r}. {error}") from error
    return AgentSubmission(
        sequence=row.sequence,
        submission_id=row.submission_id,
        session_key=row.session_key,
        kind=cast("SubmissionKind", row.kind),
        input=document,
        status=cast("SubmissionStatus", row.status),
        accepted_at=row.accepted_at,
        attempt_count=row.attempt_count,
        max_retry=row.max_retry,
        timeout_at=row.timeout_at,
        lease_expires_at=row.lease_expires_at,
        attempt_id=row.attempt_id,
        started_at=row.started_at,
        input_applied_at=row.input_applied_at,
        recovery_requested_at=row.recovery_requested_at,
        error=row.error,
        owner_id=row.owner_id,
    )


def _check_agreement(row: Row, document: JsonValue) -> None:
    facts = {
        "kind": (row.kind, document["kind"]),
        "id": (row.submission_id, document["submissionId"]),
        "session key": (row.session_key, session_key(document["id"], document["session"])),
        "acceptance time": (row.accepted_at, acceptance_instant(document["acceptedAt"], row.kind)),
    }
    for what, (stored, told) in facts.items():
        if stored != told:
            raise MalformedRecord(f"Its {what} is not its input's.")


def _check_state(row: Row) -> None:
    traces = (row.attempt_id, row.started_at, row.input_applied_at, row.recovery_requested_at)
    if row.status not in _STATUSES:
        raise MalformedRecord(f"Its status is {row.status!r}.")
    if row.status == "queued" and any(trace is not None for trace in traces):
        raise MalformedRecord("It is queued and has traces of an attempt.")
    if row.status == "running" and (row.attempt_id is None or row.started_at is None):
        raise MalformedRecord("It is running without an attempt or a start.")
