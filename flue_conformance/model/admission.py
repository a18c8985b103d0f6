"""Section 3.2: admission of dispatches and direct prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flue_conformance.contract import (
    MAX_IMAGE_CHARACTERS,
    AdmittedSubmission,
    DirectConflict,
    DispatchConflict,
    ImageTooLarge,
    InvalidAcceptedAt,
    MalformedRecord,
    RetainedReceipt,
    SessionDeleting,
    acceptance_instant,
    json_equal,
    session_key,
)
from flue_conformance.contract.errors import ContractError
from flue_conformance.model.documents import Document
from flue_conformance.model.records import Receipt, Submission
from flue_conformance.model.relations import MISFIT, Above, Moment, Pattern, Raises
from flue_conformance.model.state import Lane, State
from flue_conformance.model.steps import Step, Steps

_IMAGES_SINCE: Final = "0.11"
_NAMES: Final = ("agent", "id", "session")


@dataclass(frozen=True)
class Admitted(Pattern):
    """The admission of a dispatch that is there."""

    submission: Submission

    def learned(self, seen: object) -> Any:
        """Return the admission with all that is known of the submission."""
        if not isinstance(seen, AdmittedSubmission) or seen.kind != "submission":
            return MISFIT
        known = self.submission.learned(seen.submission)
        return Admitted(known) if isinstance(known, Submission) else MISFIT

    def kept_in(self, state: State) -> State | None:
        """Return the state that has the submission."""
        return self.submission.kept_in(state)

    def __str__(self) -> str:
        return f"an admission of {self.submission}"


@dataclass(frozen=True)
class Retained(Pattern):
    """The receipt of a dispatch that was removed. ADMISSION-21."""

    receipt: Receipt

    def learned(self, seen: object) -> Any:
        """Return itself for that receipt."""
        fits = isinstance(seen, RetainedReceipt) and seen.kind == "retained_receipt"
        return self if fits and self.receipt.learned(seen.receipt) is not MISFIT else MISFIT  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return f"the {self.receipt}"


@dataclass(frozen=True)
class Conflict(Pattern):
    """The refusal of a dispatch whose id is taken. ADMISSION-06."""

    def learned(self, seen: object) -> Any:
        """Return itself for a conflict."""
        return self if isinstance(seen, DispatchConflict) and seen.kind == "conflict" else MISFIT

    def __str__(self) -> str:
        return "a conflict"


def admit_dispatch(state: State, at: Moment, given: Any) -> Steps:
    """Queue a dispatch once."""
    del at
    instant = _instant(given, "dispatch")
    if instant is None:
        yield Step(state, Raises(InvalidAcceptedAt), ("ADMISSION-12",))
        return
    submission_id = given["dispatchId"]
    malformed = _problem_of_names(given) or ("input" not in given and MalformedRecord)
    receipt = state.receipts.get(submission_id)
    if malformed:
        yield Step(state, Raises(malformed), ("ADMISSION-13",))
        if submission_id in state.submissions:
            # No store looks at an input that comes too late anyway.
            yield Step(state, Conflict(), ("ADMISSION-06",))
    if receipt is not None:
        yield Step(state, Retained(receipt), ("ADMISSION-21", "ADMISSION-22", "DELETION-15"))
    if malformed or receipt is not None:
        return
    made = {**given, "kind": "dispatch", "submissionId": submission_id}
    submission = _queued(state, submission_id, "dispatch", made, instant)
    if submission.session_key in state.deleting:
        yield Step(state, Raises(SessionDeleting), ("ADMISSION-20", "DELETION-15"))
        return
    known = state.submissions.get(submission_id)
    if known is None:
        rules = ("ADMISSION-01", "ADMISSION-02", "ADMISSION-03", "ADMISSION-04")
        yield Step(state.having(submission), Admitted(submission), rules)
        return
    if not _certainly_differ(known, submission):
        yield Step(state, Admitted(known), ("ADMISSION-05", "ADMISSION-24", "DELETION-15"))
    if known.input.text != submission.input.text:
        yield Step(
            state, Conflict(), ("ADMISSION-06", "ADMISSION-08", "ADMISSION-11", "ADMISSION-25")
        )


def admit_direct(state: State, at: Moment, given: Any) -> Steps:
    """Queue a direct prompt once. Receipts do not concern it: ADMISSION-23."""
    del at
    instant = _instant(given, "direct")
    if instant is None:
        yield Step(state, Raises(InvalidAcceptedAt), ("ADMISSION-12",))
        return
    malformed = _problem_of_names(given) or _problem_of_payload(state.edition, given)
    if malformed:
        yield Step(state, Raises(malformed), ("ADMISSION-13", "ADMISSION-16", "ADMISSION-18"))
        return
    submission = _queued(state, given["submissionId"], "direct", given, instant)
    if submission.session_key in state.deleting:
        yield Step(state, Raises(SessionDeleting), ("ADMISSION-20", "DELETION-15"))
        return
    known = state.submissions.get(submission.submission_id)
    if known is None:
        rules = ("ADMISSION-01", "ADMISSION-09", "ADMISSION-15", "ADMISSION-23")
        yield Step(state.having(submission), submission, rules)
        return
    if not _certainly_differ(known, submission):
        yield Step(state, known, ("ADMISSION-09", "ADMISSION-24"))
    if known.input.text != submission.input.text:
        yield Step(
            state,
            Raises(DirectConflict),
            ("ADMISSION-10", "ADMISSION-11", "ADMISSION-19", "ADMISSION-25"),
        )


def _instant(given: Any, kind: str) -> int | None:
    try:
        return acceptance_instant(given["acceptedAt"], kind)
    except InvalidAcceptedAt:
        return None


def _queued(
    state: State, submission_id: str, kind: str, made: dict[str, Any], instant: int
) -> Submission:
    key = session_key(made["id"], made["session"])
    lane = state.lanes.get(key, Lane())
    return Submission(
        place=lane.admitted + 1,
        submission_id=submission_id,
        session_key=key,
        kind=kind,
        input=Document.of(made),
        accepted_at=instant,
        sequence=Above(lane.last),
    )


def _certainly_differ(known: Submission, other: Submission) -> bool:
    """Return whether two inputs have different values, and not just spellings. ADMISSION-07."""
    if known.kind != other.kind or known.accepted_at != other.accepted_at:
        return True
    ours, theirs = known.input.value, other.input.value
    assert isinstance(ours, dict)
    assert isinstance(theirs, dict)
    both = (ours.keys() & theirs.keys()) - {"acceptedAt"}
    missing = {*_NAMES, "input", "payload"} & (ours.keys() ^ theirs.keys())
    return bool(missing) or not all(json_equal(ours[name], theirs[name]) for name in both)


def _problem_of_names(given: Any) -> type[ContractError] | None:
    well_formed = all(isinstance(given.get(name), str) for name in _NAMES)
    return None if well_formed else MalformedRecord


def _problem_of_payload(edition: str, given: Any) -> type[ContractError] | None:
    payload = given.get("payload")
    if not isinstance(payload, dict) or not isinstance(payload.get("message"), str):
        return MalformedRecord
    if edition < _IMAGES_SINCE:
        # ADMISSION-16; from 0.11 on it is a member like any other, ADMISSION-17.
        return None if isinstance(payload.get("session", ""), str) else MalformedRecord
    images = payload.get("images", [])
    if not isinstance(images, list):
        return MalformedRecord
    for image in images:
        texts = isinstance(image, dict) and (image.get("data"), image.get("mimeType"))
        if not texts or image.get("type") != "image" or not all(isinstance(t, str) for t in texts):
            return MalformedRecord
        if len(image["data"]) > MAX_IMAGE_CHARACTERS:
            return ImageTooLarge
    return None
