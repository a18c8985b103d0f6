"""Admission: each submission is queued once, in the order of its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, select

# SQLite reads the same ON CONFLICT clause that this construct writes for Postgres.
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentDispatchReceipt,
    AgentSubmission,
    DirectAgentSubmissionInput,
    DirectConflict,
    DispatchConflict,
    DispatchInput,
    JsonObject,
    MalformedRecord,
    RetainedReceipt,
    SessionDeleting,
    SubmissionKind,
    acceptance_instant,
    check_submission_input,
    json_text,
    session_key,
)
from reference_adapters.images import Images, replace_images, split_images
from reference_adapters.schema import dispatch_receipts, session_deletions, submissions
from reference_adapters.submissions.conditions import NAMED
from reference_adapters.submissions.layout import SubmissionLayout

_QUEUE: Final = insert(submissions).on_conflict_do_nothing().returning(*submissions.c)
_FIND: Final = select(submissions).where(NAMED)
_TAKE_BACK: Final = delete(submissions).where(NAMED)
_FIND_OBSTACLES: Final = select(
    select(dispatch_receipts.c.accepted_at)
    .where(dispatch_receipts.c.dispatch_id == bindparam("submission"))
    .scalar_subquery()
    .label("receipt"),
    select(session_deletions.c.started_at)
    .where(session_deletions.c.session_key == bindparam("session"))
    .scalar_subquery()
    .label("deletion"),
)


@dataclass(frozen=True, slots=True)
class Admission:
    """An input that passed the rules, in the form in which it is stored and compared."""

    submission_id: str
    session_key: str
    kind: SubmissionKind
    payload: str
    accepted_at: int
    images: Images


def dispatch_admission(given: DispatchInput, layout: SubmissionLayout) -> Admission:
    """Read a dispatch. ADMISSION-02 to -04, ADMISSION-12 to -14.

    Raises `InvalidAcceptedAt` before anything else, then `MalformedRecord`.
    """
    accepted_at = acceptance_instant(given.get("acceptedAt"), "dispatch")
    document = {**given, "kind": "dispatch", "submissionId": given.get("dispatchId")}
    check_submission_input(document, layout.edition)
    return _admission(document, accepted_at, images={})


def direct_admission(given: DirectAgentSubmissionInput, layout: SubmissionLayout) -> Admission:
    """Read a direct prompt. ADMISSION-03, -04, -12, -13, -15 to -18.

    Raises `InvalidAcceptedAt` before anything else, then `MalformedRecord` or `ImageTooLarge`.
    """
    accepted_at = acceptance_instant(given.get("acceptedAt"), "direct")
    document: JsonObject = {**given}
    if document.get("kind") != "direct":
        raise MalformedRecord(f"The direct input is malformed: its kind is {given.get('kind')!r}.")
    check_submission_input(document, layout.edition)
    payload = document["payload"]
    images: Images = {}
    if layout.images_apart and "images" in payload:
        marked, images = split_images(payload["images"])
        document["payload"] = {**payload, "images": marked}
    return _admission(document, accepted_at, images)


def admit_dispatch(
    connection: Connection, layout: SubmissionLayout, admission: Admission
) -> AgentDispatchAdmission:
    """Queue a dispatch, or tell what its id stands for. ADMISSION-05 to -08, -20 to -25."""
    layout.dialect.lock_session(connection, admission.session_key)
    row, is_new = _queue_or_find(connection, admission)
    # After the insert: on Postgres it may have waited for the deletion, of another session, that
    # removed the dispatch and left the receipt. DELETION-15.
    found = _obstacles(connection, admission)
    if found.receipt is not None:
        if is_new:
            connection.execute(_TAKE_BACK, {"submission": admission.submission_id})
        return RetainedReceipt(AgentDispatchReceipt(admission.submission_id, found.receipt))
    _refuse_during(found.deletion, admission)
    if not is_new and not _is_replay(connection, layout, admission, row):
        return DispatchConflict()
    return AdmittedSubmission(layout.submission(connection, row))


def admit_direct(
    connection: Connection, layout: SubmissionLayout, admission: Admission
) -> AgentSubmission:
    """Queue a direct prompt, or return it as it is. ADMISSION-09 to -11, -19, -20, -23 to -25.

    Raises `DirectConflict` when the id stands for something else.
    """
    layout.dialect.lock_session(connection, admission.session_key)
    row, is_new = _queue_or_find(connection, admission)
    _refuse_during(_obstacles(connection, admission).deletion, admission)
    if not is_new and not _is_replay(connection, layout, admission, row):
        raise DirectConflict(
            f"Direct admission of {admission.submission_id!r} had an unexpected result: "
            "the id belongs to a submission with another input."
        )
    if is_new and layout.images_apart:
        replace_images(connection, "submission", admission.submission_id, {"": admission.images})
    return layout.submission(connection, row)


def _admission(document: JsonObject, accepted_at: int, images: Images) -> Admission:
    try:
        payload = json_text(document)
    except (TypeError, ValueError) as error:
        raise MalformedRecord(f"The {document['kind']} input is malformed: {error}") from error
    return Admission(
        submission_id=document["submissionId"],
        session_key=session_key(document["id"], document["session"]),
        kind=document["kind"],
        payload=payload,
        accepted_at=accepted_at,
        images=images,
    )


def _queue_or_find(connection: Connection, admission: Admission) -> tuple[Row[Any], bool]:
    values = {
        "submission_id": admission.submission_id,
        "session_key": admission.session_key,
        "kind": admission.kind,
        "payload": admission.payload,
        "status": "queued",
        "accepted_at": admission.accepted_at,
    }
    # More than once on Postgres alone, when the deletion of another session frees the id between
    # the insert that met it and the look at who has it.
    while True:
        queued = connection.execute(_QUEUE, values).first()
        if queued is not None:
            return queued, True
        found = connection.execute(_FIND, {"submission": admission.submission_id}).first()
        if found is not None:
            return found, False


def _obstacles(connection: Connection, admission: Admission) -> Row[Any, Any]:
    """Return when the dispatch of the receipt was accepted and the deletion began, if any."""
    names = {"submission": admission.submission_id, "session": admission.session_key}
    return connection.execute(_FIND_OBSTACLES, names).one()


def _refuse_during(deletion: int | None, admission: Admission) -> None:
    if deletion is not None:
        raise SessionDeleting(
            # In Flue's words, which its own contract suite asks for.
            "Durable agent submission admission is unavailable while this session is being "
            f"deleted. {admission.session_key!r} takes submissions once its deletion ends or, if "
            "it was interrupted, is repeated."
        )


def _is_replay(
    connection: Connection, layout: SubmissionLayout, admission: Admission, row: Row[Any]
) -> bool:
    if row.kind != admission.kind or row.payload != admission.payload:
        return False
    # The payload of images kept apart tells only how many there are. ADMISSION-19.
    return not layout.images_apart or admission.images == layout.images(
        connection, row.submission_id
    )
