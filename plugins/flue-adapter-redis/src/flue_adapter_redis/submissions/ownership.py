"""What the owner of an attempt does with its submission, and how it keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from flue_adapter_redis import clock
from flue_adapter_redis.database import Argument, Database
from flue_adapter_redis.keys import can_store, storable
from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    LEASE_DURATION_MS,
    SubmissionAttemptRef,
    SubmissionDurability,
    json_text,
)


class Ownership:
    """The owners' calls on one database. Each tells whether its attempt runs the submission."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None
    ) -> bool:
        """Stamp the first time that the input is in the session. LIFECYCLE-02 to -04."""
        now = clock.now()
        chosen = durability or SubmissionDurability(DEFAULT_MAX_RETRY, now + DEFAULT_TIMEOUT_MS)
        return await self._own(
            "mark_input_applied", attempt, now, chosen.max_retry, chosen.timeout_at
        )

    async def request_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        """Stamp the first time that the attempt is said to be lost. LIFECYCLE-05."""
        return await self._own("request_recovery", attempt, clock.now())

    async def requeue(self, attempt: SubmissionAttemptRef) -> bool:
        """Put a submission back whose input was never applied. LIFECYCLE-06, LIFECYCLE-07."""
        return await self._own("requeue", attempt)

    async def complete(self, attempt: SubmissionAttemptRef) -> bool:
        """End a submission well. LIFECYCLE-09, LIFECYCLE-10."""
        return await self._own("settle", attempt, clock.now())

    async def fail(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        """End a submission with an error. LIFECYCLE-09, -10, -13, -14."""
        return await self._own("settle", attempt, clock.now(), storable(_error_text(error)))

    async def renew_leases(self, owner_id: str, submission_ids: Iterable[str]) -> None:
        """Let the leases of the owner's running submissions end later. LEASE-01 to -06."""
        # What cannot be stored is no submission: it is skipped like any unknown id.
        known = {name for name in submission_ids if can_store(name)}
        if known:
            expiry = clock.now() + LEASE_DURATION_MS
            await self._database.write("renew_leases", owner_id, expiry, *known)

    async def _own(self, script: str, attempt: SubmissionAttemptRef, *arguments: Argument) -> bool:
        return bool(
            await self._database.write(
                script, attempt.submission_id, attempt.attempt_id, *arguments
            )
        )


def _error_text(error: object) -> str:
    """Return what is kept of the error that a submission failed with. LIFECYCLE-13."""
    if isinstance(error, str):
        return error
    try:
        return str(error) if isinstance(error, BaseException) else json_text(error)
    except Exception:  # noqa: BLE001 - an error that cannot be told must not keep its attempt alive
        return f"an error of the type {type(error).__name__}"
