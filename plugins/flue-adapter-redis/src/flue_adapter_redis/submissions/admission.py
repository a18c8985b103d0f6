"""What is admitted: inputs in the form in which they are stored and compared."""

from __future__ import annotations

from dataclasses import dataclass

from flue_conformance.contract import (
    DirectAgentSubmissionInput,
    DispatchInput,
    JsonObject,
    MalformedRecord,
    acceptance_instant,
    check_submission_input,
    json_text,
    session_key,
)


@dataclass(frozen=True, slots=True)
class Admission:
    """An input that passed the rules."""

    submission_id: str
    session_key: str
    kind: str
    payload: str
    accepted_at: int


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


def _admission(document: JsonObject, accepted_at: int, edition: str) -> Admission:
    check_submission_input(document, edition)
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
    )
