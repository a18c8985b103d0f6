"""Admission: each submission is queued once, in the order of its session."""

from __future__ import annotations

from dataclasses import dataclass

from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import check_text, name_key
from flue_adapter_lmdb.layout import MARKERS, next_sequence
from flue_adapter_lmdb.submissions import receipts, rows
from flue_adapter_lmdb.submissions.reading import submission
from flue_adapter_lmdb.submissions.rows import Row
from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentSubmission,
    DirectAgentSubmissionInput,
    DirectConflict,
    DispatchConflict,
    DispatchInput,
    JsonObject,
    MalformedRecord,
    RetainedReceipt,
    SessionDeleting,
    acceptance_instant,
    check_submission_input,
    json_text,
    session_key,
)


@dataclass(frozen=True, slots=True)
class Admission:
    """An input that passed the rules, in the form in which it is stored and compared."""

    submission_id: str
    session_key: str
    kind: str
    payload: str
    accepted_at: int
    edition: str


def dispatch_admission(given: DispatchInput, edition: str) -> Admission:
    """Read a dispatch. ADMISSION-02 to -04, ADMISSION-12 to -14.

    Raises `InvalidAcceptedAt` before anything else, then `MalformedRecord`.
    """
    accepted_at = acceptance_instant(given.get("acceptedAt"), "dispatch")
    document: JsonObject = {**given, "kind": "dispatch", "submissionId": given.get("dispatchId")}
    return _admission(document, accepted_at, edition)


def direct_admission(given: DirectAgentSubmissionInput, edition: str) -> Admission:
    """Read a direct prompt. ADMISSION-03, -04, -12, -13, -15 to -18.

    Raises `InvalidAcceptedAt` before anything else, then `MalformedRecord` or `ImageTooLarge`.
    """
    accepted_at = acceptance_instant(given.get("acceptedAt"), "direct")
    if given.get("kind") != "direct":
        raise MalformedRecord(f"The input is malformed: its kind is {given.get('kind')!r}.")
    return _admission({**given}, accepted_at, edition)


def admit_dispatch(txn: Transaction, admission: Admission) -> AgentDispatchAdmission:
    """Queue a dispatch, or tell what its id stands for. ADMISSION-05 to -08, -20 to -25."""
    receipt = receipts.find(txn, admission.submission_id)
    if receipt is not None:
        return RetainedReceipt(receipt)
    row = _queued_or_found(txn, admission)
    return DispatchConflict() if row is None else AdmittedSubmission(_told(txn, admission, row))


def admit_direct(txn: Transaction, admission: Admission) -> AgentSubmission:
    """Queue a direct prompt, or return it as it is. ADMISSION-09 to -11, -19, -20, -23 to -25.

    Raises `DirectConflict` when the id stands for something else.
    """
    row = _queued_or_found(txn, admission)
    if row is None:
        raise DirectConflict(
            f"Direct admission of {admission.submission_id!r} had an unexpected result: "
            "the id belongs to a submission with another input."
        )
    return _told(txn, admission, row)


def _admission(document: JsonObject, accepted_at: int, edition: str) -> Admission:
    check_submission_input(document, edition)
    check_text(document["submissionId"])
    try:
        payload = json_text(document)
    except (TypeError, ValueError) as error:
        raise MalformedRecord(f"The input is malformed: {error}") from error
    return Admission(
        submission_id=document["submissionId"],
        session_key=session_key(document["id"], document["session"]),
        kind=document["kind"],
        payload=payload,
        accepted_at=accepted_at,
        edition=edition,
    )


def _queued_or_found(txn: Transaction, admission: Admission) -> Row | None:
    """Return the submission of an admission, new or replayed; None where its id is another's."""
    if MARKERS.get(txn, name_key(admission.session_key)) is not None:
        raise SessionDeleting(
            f"The session {admission.session_key!r} is being deleted. It takes submissions once "
            "its deletion ends or, if it was interrupted, is repeated."
        )
    found = rows.find(txn, admission.submission_id)
    if found is not None:
        told = (found.kind, rows.payload(txn, found))
        return found if told == (admission.kind, admission.payload.encode()) else None
    row = Row(
        sequence=next_sequence(txn),
        submission_id=admission.submission_id,
        session_key=admission.session_key,
        kind=admission.kind,
        status="queued",
        accepted_at=admission.accepted_at,
    )
    rows.add(txn, row, admission.payload)
    return row


def _told(txn: Transaction, admission: Admission, row: Row) -> AgentSubmission:
    return submission(txn, row, admission.edition)
