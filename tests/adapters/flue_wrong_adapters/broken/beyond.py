"""Adapters that go wrong where several things come together, as no spec was written to see."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import (
    AgentSubmissionStore,
    AgentTurnJournal,
    SessionData,
    SubmissionAttemptRef,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Sessions, Submissions


@broken("LIFECYCLE-09", "What failed after its recovery was requested does not say why.")
class LosesTheErrorOfWhatWasLost(Submissions):
    """Writes error and recovery into one column."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        found = await self.right.get_submission(attempt.submission_id)
        if found is not None and found.recovery_requested_at is not None:
            return await self.right.complete_submission(attempt)
        return await self.right.fail_submission(attempt, error)


@broken("LIFECYCLE-10", "Work that changed hands is done, and whoever did it is told it is not.")
class DoubtsWhatWasTakenOver(Submissions):
    """Compares the attempt with the first one, when it answers."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        found = await self.right.get_submission(attempt.submission_id)
        done = await self.right.complete_submission(attempt)
        return done and (found is None or found.attempt_count < 2)


@broken("JOURNAL-01", "The turns of a submission that failed cannot be looked at.")
class HidesTheTurnsOfAFailure(Submissions):
    """Joins the journal with what did not fail."""

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        found = await self.right.get_submission(submission_id)
        if found is not None and found.error is not None and found.attempt_count == 1:
            return None
        return await self.right.get_turn_journal(submission_id)


@broken("SESSION-03", "Going back to the version before last is not saved.")
class IgnoresAReturnToAnEarlierVersion(Sessions):
    """Takes the version before last for a call that was repeated."""

    def __init__(self, right: Any) -> None:
        super().__init__(right)
        self._saved: dict[str, list[str]] = {}

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        saved = self._saved.setdefault(id, [])
        text = repr(data)
        if len(saved) > 1 and saved[-2] == text != saved[-1]:
            return
        await self.right.save(id, data)
        saved.append(text)


@broken("ADMISSION-21", "A dispatch that was sent twice while it ran is run again after deletion.")
class KeepsNoReceiptOfWhatWasReplayed(Submissions):
    """Marks replays where receipts are made of what is not marked."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._replayed: set[str] = set()

    async def admit_dispatch(self, given: Any) -> Any:
        known = await self.right.get_submission(given["dispatchId"])
        if known is not None and known.status == "settled" and known.error is not None:
            self._replayed.add(given["dispatchId"])
        return await self.right.admit_dispatch(given)

    async def delete_session(self, key: str, callback: Any) -> None:
        await self.right.delete_session(key, callback)
        for name in self._replayed:
            await self.sql(
                "DELETE FROM flue_agent_dispatch_receipts WHERE dispatch_id = :id", id=name
            )


@broken("CHUNK-04", "Chunks that came after a deletion are deleted as well, a moment later.")
class ForgetsAKeyThatWasUsedAgain(Submissions):
    """Deletes a key again when another one is deleted."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._deleted: list[str] = []

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        await self.right.delete_stream_chunk_segments(stream_key)
        for key in self._deleted:
            await self.right.delete_stream_chunk_segments(key)
        self._deleted = [*self._deleted, stream_key][-2:]
