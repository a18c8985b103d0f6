"""Submission rows read as submissions, with everything that makes a row malformed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row

from flue_conformance.contract import (
    AgentSubmission,
    ContractError,
    JsonObject,
    MalformedRecord,
    acceptance_instant,
    check_submission_input,
    session_key,
)
from reference_adapters.dialects import Dialect
from reference_adapters.editions import Edition
from reference_adapters.images import Images, join_images, load_images
from reference_adapters.stored_json import stored_json

_NUMBERS: Final = ("accepted_at", "attempt_count", "max_retry", "timeout_at", "lease_expires_at")
_STAMPS: Final = ("started_at", "input_applied_at", "recovery_requested_at")


@dataclass(frozen=True, slots=True)
class SubmissionLayout:
    """How submissions lie in one database: by the rules of an edition, on a dialect."""

    dialect: Dialect
    edition: Edition

    @property
    def images_apart(self) -> bool:
        """Whether the data of images lies outside the payload; section 4.6 of the contract."""
        return self.edition == "0.11" and self.dialect.keeps_images_apart

    def submission(self, connection: Connection, row: Row[Any]) -> AgentSubmission:
        """Return what the row says; raises `MalformedRecord` if it is damaged. ORDERING-14."""
        try:
            document = stored_json(row.payload, "payload")
            check_submission_input(document, self.edition)
            if self.images_apart and document["kind"] == "direct":
                self._restore_images(connection, row, document["payload"])
            _check_agreement(row, document)
            _check_state(row)
        except ContractError as error:
            raise MalformedRecord(f"Malformed submission {row.submission_id!r}. {error}") from error
        return AgentSubmission(
            sequence=row.sequence,
            submission_id=row.submission_id,
            session_key=row.session_key,
            kind=row.kind,
            input=document,
            status=row.status,
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

    def images(self, connection: Connection, submission_id: str) -> Images:
        """Return the images that are kept apart; raises `MalformedRecord` for incomplete ones."""
        return load_images(connection, "submission", submission_id).get("", {})

    def _restore_images(self, connection: Connection, row: Row[Any], payload: JsonObject) -> None:
        images = self.images(connection, row.submission_id)
        joined = join_images(payload.get("images", []), images)
        if "images" in payload:
            payload["images"] = joined


def _check_agreement(row: Row[Any], document: JsonObject) -> None:
    if row.kind != document["kind"]:
        raise MalformedRecord("Its kind is not its input's.")
    if row.submission_id != document["submissionId"]:
        raise MalformedRecord("Its id is not its input's.")
    if row.session_key != session_key(document["id"], document["session"]):
        raise MalformedRecord("Its session key is not its input's.")
    if row.accepted_at != acceptance_instant(document["acceptedAt"], row.kind):
        raise MalformedRecord("Its acceptance time is not its input's.")


def _check_state(row: Row[Any]) -> None:
    stamps = [getattr(row, name) for name in _STAMPS]
    if not all(isinstance(getattr(row, name), int) for name in _NUMBERS):
        raise MalformedRecord("One of its numbers is none.")
    if not all(stamp is None or isinstance(stamp, int) for stamp in stamps):
        raise MalformedRecord("One of its stamps is no instant.")
    if row.status == "queued":
        if any(trace is not None for trace in (row.attempt_id, *stamps)):
            raise MalformedRecord("It is queued and has traces of an attempt.")
    elif row.status == "running":
        if row.attempt_id is None or row.started_at is None:
            raise MalformedRecord("It is running without an attempt or a start.")
    elif row.status != "settled":
        raise MalformedRecord(f"Its status is {row.status!r}.")
