"""Submissions that wait and run: how they are admitted, found and claimed."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from flue_adapter_redis import clock
from flue_adapter_redis.database import Database
from flue_adapter_redis.keys import storable
from flue_adapter_redis.submissions.admission import Admission
from flue_adapter_redis.submissions.reading import submission
from flue_adapter_redis.submissions.rows import Row
from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentDispatchReceipt,
    AgentSubmission,
    DirectConflict,
    DispatchConflict,
    MalformedRecord,
    RetainedReceipt,
    SessionDeleting,
    SubmissionAttemptRef,
    SubmissionClaimRef,
)

Wanted: TypeAlias = Literal["runnable", "running", "expired"]


class Queue:
    """The submissions of one database, as one edition reads them."""

    def __init__(self, database: Database, edition: str) -> None:
        self._database = database
        self._edition = edition

    async def admit_dispatch(self, admission: Admission) -> AgentDispatchAdmission:
        """Queue a dispatch, or tell what its id stands for. ADMISSION-05 to -08, -20 to -25."""
        match await self._admit(admission):
            case [b"receipt", accepted_at]:
                receipt = AgentDispatchReceipt(admission.submission_id, int(accepted_at))
                return RetainedReceipt(receipt)
            case [b"submission", found]:
                return AdmittedSubmission(self._told(found))
        return DispatchConflict()

    async def admit_direct(self, admission: Admission) -> AgentSubmission:
        """Queue a direct prompt, or return it as it is. ADMISSION-09 to -11, -19, -20, -23 to -25.

        Raises `DirectConflict` when the id stands for something else.
        """
        match await self._admit(admission):
            case [b"submission", found]:
                return self._told(found)
        raise DirectConflict(
            f"Direct admission of {admission.submission_id!r} had an unexpected result: "
            "the id belongs to a submission with another input."
        )

    async def find(self, submission_id: str) -> AgentSubmission | None:
        """Return a submission, or None; raises `MalformedRecord`. ORDERING-12, ORDERING-15."""
        found = await self._found(submission_id)
        return self._told(found) if found else None

    async def any_unsettled(self) -> bool:
        """Tell whether anything is queued or running. ORDERING-11."""
        return bool(await self._database.ask("EXISTS", self._database.heads))

    async def listing(self, wanted: Wanted) -> list[AgentSubmission]:
        """Return the heads that are wanted, and settle damaged ones. ORDERING-13."""
        healthy: list[AgentSubmission] = []
        for found in await self._database.read("list", wanted, clock.now()):
            try:
                healthy.append(self._told(found))
            except MalformedRecord as error:
                await self._settle_damaged(found, str(error))
        return healthy

    async def claim(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Start the claimed attempt if its submission is a queued head. CLAIM-01 to CLAIM-10.

        Raises `MalformedRecord` for a head that cannot be read, and leaves it queued.
        """
        # Before, not after: once it runs, a damaged row may look healthy. An input never changes,
        # and whether the row is still queued is looked at again.
        found = await self._found(claim.submission_id)
        problem = self._problem(found) if found else None
        now = clock.now()
        became = await self._database.write(
            "claim",
            claim.submission_id,
            claim.attempt_id,
            claim.owner_id,
            claim.lease_expires_at,
            now,
            DEFAULT_MAX_RETRY,
            now + DEFAULT_TIMEOUT_MS,
            int(problem is None),
        )
        match became:
            case [b"started", row]:
                return self._told(row)
            case [b"malformed"] if problem is not None:
                raise problem
        return None

    async def replace(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, *lease: str | int
    ) -> AgentSubmission | None:
        """Take a running submission over together with its open journal. JOURNAL-13 to -19.

        Raises `MalformedRecord`, and changes nothing, for a submission that cannot be read.
        """
        found = await self._found(attempt.submission_id)
        if not found:
            return None
        row = Row.of(found)
        if row.status == "running" and row.attempt_id == attempt.attempt_id:
            submission(row, self._edition)
        taken = await self._database.write(
            "replace_attempt",
            attempt.submission_id,
            attempt.attempt_id,
            next_attempt_id,
            clock.now(),
            *lease,
        )
        return self._told(taken) if taken else None

    async def _admit(self, admission: Admission) -> Any:
        became = await self._database.write(
            "admit",
            admission.submission_id,
            admission.session_key,
            admission.kind,
            admission.payload,
            admission.accepted_at,
            DEFAULT_MAX_RETRY,
        )
        if became == [b"deleting"]:
            raise SessionDeleting(
                f"The session {admission.session_key!r} is being deleted. It takes submissions "
                "once its deletion ends or, if it was interrupted, is repeated."
            )
        return became

    async def _found(self, submission_id: str) -> list[bytes]:
        key = self._database.key("submission", submission_id)
        found: list[bytes] = await self._database.ask("HGETALL", key)
        return found

    def _told(self, found: list[bytes]) -> AgentSubmission:
        return submission(Row.of(found), self._edition)

    def _problem(self, found: list[bytes]) -> MalformedRecord | None:
        try:
            self._told(found)
        except MalformedRecord as error:
            return error
        return None

    async def _settle_damaged(self, found: list[bytes], problem: str) -> None:
        """End a row that nobody could ever run, so that its session goes on. ORDERING-13."""
        row = Row.of(found)
        await self._database.write(
            "settle_damaged", row.submission_id, clock.now(), storable(problem), *found
        )
