"""The submission store: each method is one atomic step, and claims and takeovers look before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from flue_adapter_redis.database import Database
from flue_adapter_redis.submissions.admission import direct_admission, dispatch_admission
from flue_adapter_redis.submissions.chunks import Chunks
from flue_adapter_redis.submissions.deletion import SessionDeletions
from flue_adapter_redis.submissions.deletion_steps import DeletionSteps
from flue_adapter_redis.submissions.journals import Journals
from flue_adapter_redis.submissions.ownership import Ownership
from flue_adapter_redis.submissions.queue import Queue
from flue_conformance.contract import (
    AgentDispatchAdmission,
    AgentSubmission,
    AgentTurnJournal,
    CreateTurnJournalInput,
    DirectAgentSubmissionInput,
    DispatchInput,
    StreamChunkSegment,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionDurability,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
)


class SubmissionStore:
    """The `AgentSubmissionStore` of both editions.

    Every method raises `UnstorableText`, and changes nothing, for names with half a character, and
    `Storage` for what the server does.
    """

    def __init__(self, database: Database, edition: str) -> None:
        self._edition = edition
        self._queue = Queue(database, edition)
        self._ownership = Ownership(database)
        self._journals = Journals(database)
        self._chunks = Chunks(database)
        self._deletions = SessionDeletions(DeletionSteps(database))

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        """Queue a dispatch once. ADMISSION-01 to -08, -12 to -14, -20 to -25.

        Raises `InvalidAcceptedAt`, `MalformedRecord` and `SessionDeleting`.
        """
        return await self._queue.admit_dispatch(dispatch_admission(input, self._edition))

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        """Queue a direct prompt once. ADMISSION-09 to -13, -15 to -20, -23 to -25.

        Raises `InvalidAcceptedAt`, `MalformedRecord`, `ImageTooLarge`, `SessionDeleting` and
        `DirectConflict`.
        """
        return await self._queue.admit_direct(direct_admission(input, self._edition))

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        """Return a submission, or None; raises `MalformedRecord`. ORDERING-12, ORDERING-15."""
        return await self._queue.find(submission_id)

    async def has_unsettled_submissions(self) -> bool:
        """Tell whether anything is queued or running. ORDERING-11."""
        return await self._queue.any_unsettled()

    async def list_runnable_submissions(self) -> list[AgentSubmission]:
        """Return each session's head that can be claimed. ORDERING-03 to -09, ORDERING-13."""
        return await self._queue.listing("runnable")

    async def list_running_submissions(self) -> list[AgentSubmission]:
        """Return all running submissions. ORDERING-10, ORDERING-13."""
        return await self._queue.listing("running")

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        """Return running submissions whose lease has passed. LEASE-07, LEASE-08, ORDERING-13."""
        return await self._queue.listing("expired")

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Start an attempt at a runnable head; raises `MalformedRecord`. CLAIM-01 to CLAIM-10."""
        return await self._queue.claim(claim)

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        """Stamp, once, that the input is in the session. LIFECYCLE-01 to -04."""
        return await self._ownership.mark_input_applied(attempt, durability)

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        """Stamp, once, that the attempt was lost. LIFECYCLE-01, LIFECYCLE-05."""
        return await self._ownership.request_recovery(attempt)

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        """Give an attempt back that never began. LIFECYCLE-01, LIFECYCLE-06 to -08."""
        return await self._ownership.requeue(attempt)

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        """Settle with success. LIFECYCLE-01, LIFECYCLE-09 to -12, LIFECYCLE-15."""
        return await self._ownership.complete(attempt)

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        """Settle with an error's text. LIFECYCLE-01, LIFECYCLE-09 to -15."""
        return await self._ownership.fail(attempt, error)

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        """Move the leases of running submissions of the owner. LEASE-01 to -06."""
        await self._ownership.renew_leases(owner_id, submission_ids)

    async def begin_turn_journal(self, input: CreateTurnJournalInput) -> bool:  # noqa: A002 - Flue's name
        """Create or replace the submission's journal. JOURNAL-02 to -05."""
        await self._journals.begin(input)
        return True

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        """Return the journal, or None; raises `MalformedRecord`. JOURNAL-01."""
        return await self._journals.find(submission_id)

    async def update_turn_journal_phase(
        self,
        attempt: SubmissionAttemptRef,
        phase: TurnPhase,
        options: TurnJournalUpdate | None = None,
    ) -> bool:
        """Move the journal on. JOURNAL-06 to -08."""
        return await self._journals.move_on(attempt, phase, options or TurnJournalUpdate())

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        """Close the journal. JOURNAL-09, JOURNAL-10."""
        return await self._journals.commit(attempt, committed_leaf_id)

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        """Stamp, once, that a partial stream was used. JOURNAL-11, JOURNAL-12."""
        return await self._journals.mark_stream_consumed(attempt, stream_key)

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        """Take a running submission over, its open journal with it. JOURNAL-13 to -19."""
        given = (lease.owner_id, lease.lease_expires_at) if lease else ()
        return await self._queue.replace(attempt, next_attempt_id, *given)

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        """Store a chunk once. CHUNK-01, CHUNK-02, CHUNK-05."""
        return await self._chunks.append(stream_key, segment_index, body)

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        """Return the chunks by index. CHUNK-03."""
        return await self._chunks.read(stream_key)

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        """Remove the chunks of one key. CHUNK-04."""
        await self._chunks.remove(stream_key)

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        """Remove a session's settled work around the caller's own deletions. DELETION.

        Raises `SessionBusy`, and whatever `delete_session_tree` raises.
        """
        await self._deletions.delete(session_key, delete_session_tree)
