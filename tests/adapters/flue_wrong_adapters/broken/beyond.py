"""Adapters that go wrong where several things come together, as no spec was written to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    AgentTurnJournal,
    EventStreamReadResult,
    EventStreamStore,
    ReadEventsOpts,
    SessionData,
    StreamChunkSegment,
    SubmissionAttemptRef,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Sessions, Streams, Submissions


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


@broken("SESSION-03", "What one server saves over the words of another one is not saved.")
class SkipsWhatItSavedLast(Sessions):
    """Spares the database a save that changes nothing, as far as it knows."""

    def __init__(self, right: Any) -> None:
        super().__init__(right)
        self._last: dict[str, str] = {}

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        text = repr(data)
        if self._last.get(id) == text:
            return
        await self.right.save(id, data)
        self._last[id] = text

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        await self.right.delete(id)
        self._last.pop(id, None)


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


@broken("LEASE-01", "Work that changed hands twice changes hands again and again.")
class RenewsNothingThatWasTakenOverTwice(Submissions):
    """Compares the attempt with the first two."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        found = [await self.right.get_submission(each) for each in submission_ids]
        early = [each.submission_id for each in found if each and each.attempt_count < 3]
        await self.right.renew_leases(owner_id, early)


@broken("CHUNK-03", "A stream that was begun anew is put together in another order.")
class PutsWhatComesAgainLast(Submissions):
    """Reads in the order of its index, where what is removed leaves a place."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._removed: set[tuple[str, int]] = set()

    async def get_stream_chunk_segments(self, stream_key: str) -> Sequence[StreamChunkSegment]:
        found = await self.right.get_stream_chunk_segments(stream_key)
        return sorted(found, key=lambda each: (stream_key, each.segment_index) in self._removed)

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        found = await self.right.get_stream_chunk_segments(stream_key)
        self._removed |= {(stream_key, each.segment_index) for each in found}
        await self.right.delete_stream_chunk_segments(stream_key)


@broken("STREAM-15", "Who follows an agent that has ended waits for more.")
class LooksForMoreOfWhatIsClosed(Streams):
    """Asks no further where a page of a closed stream is full, and not the first one."""

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        page = await self.right.read_events(path, opts)
        full = opts is not None and len(page.events) == opts.limit
        later = opts is not None and opts.offset not in (None, "-1")
        return replace(page, up_to_date=False) if full and later and page.closed else page


@broken("STREAM-25", "An agent that was started a third time cannot say a word.")
class StaysClosedAfterTwoDeletions(Streams):
    """Remembers that a stream was closed until it is deleted once more."""

    def __init__(self, right: EventStreamStore) -> None:
        super().__init__(right)
        self._deletions: Counter[str] = Counter()

    async def delete_stream(self, path: str) -> None:
        meta = await self.right.get_stream_meta(path)
        self._deletions[path] += meta is not None
        await self.right.delete_stream(path)

    async def create_stream(self, path: str) -> None:
        unknown = await self.right.get_stream_meta(path) is None
        await self.right.create_stream(path)
        if unknown and self._deletions[path] == 2:
            await self.right.close_stream(path)


@broken("JOURNAL-15", "Work that changed hands twice goes on with the turn of somebody else.")
class MovesATurnOnce(Submissions):
    """Tells the attempt of a journal from the one before the last."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._former: dict[str, list[str]] = {}

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, *given: Any
    ) -> AgentSubmission | None:
        replaced = await self.right.replace_turn_journal_attempt(attempt, *given)
        if replaced is not None:
            self._former.setdefault(attempt.submission_id, []).append(attempt.attempt_id)
        return replaced

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        found = await self.right.get_turn_journal(submission_id)
        former = self._former.get(submission_id, [])
        if found is not None and len(former) > 1:
            return replace(found, attempt_id=former[-1])
        return found
