"""The submission store: each method checks its texts and runs one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from flue_adapter_lmdb.database import Database
from flue_adapter_lmdb.keys import can_store, check_text, text_bytes
from flue_adapter_lmdb.submissions import (
    admission,
    chunks,
    claims,
    journals,
    lifecycle,
    queries,
    rows,
)
from flue_adapter_lmdb.submissions.deletion import SessionDeletions
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
    `Storage` for what LMDB raises.
    """

    def __init__(self, database: Database, edition: str) -> None:
        self._database = database
        self._edition = edition
        self._deletions = SessionDeletions(database)

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        """Queue a dispatch once. ADMISSION-01 to -08, -12 to -14, -20 to -25.

        Raises `InvalidAcceptedAt`, `MalformedRecord` and `SessionDeleting`.
        """
        prepared = admission.dispatch_admission(input, self._edition)
        return await self._database.write(admission.admit_dispatch, prepared)

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        """Queue a direct prompt once. ADMISSION-09 to -13, -15 to -20, -23 to -25.

        Raises `InvalidAcceptedAt`, `MalformedRecord`, `ImageTooLarge`, `SessionDeleting` and
        `DirectConflict`.
        """
        prepared = admission.direct_admission(input, self._edition)
        return await self._database.write(admission.admit_direct, prepared)

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        """Return a submission, or None; raises `MalformedRecord`. ORDERING-12, ORDERING-15."""
        return await self._database.read(queries.find, submission_id, self._edition)

    async def has_unsettled_submissions(self) -> bool:
        """Tell whether anything is queued or running. ORDERING-11."""
        return await self._database.read(rows.any_unsettled)

    async def list_runnable_submissions(self) -> list[AgentSubmission]:
        """Return each session's head that can be claimed. ORDERING-03 to -09, ORDERING-13."""
        return await self._list(queries.runnable)

    async def list_running_submissions(self) -> list[AgentSubmission]:
        """Return all running submissions. ORDERING-10, ORDERING-13."""
        return await self._list(queries.running)

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        """Return running submissions whose lease has passed. LEASE-07, LEASE-08, ORDERING-13."""
        return await self._list(queries.expired)

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Start an attempt at a runnable head; raises `MalformedRecord`. CLAIM-01 to CLAIM-10."""
        check_text(claim.attempt_id, claim.owner_id)
        return await self._database.write(claims.start, claim, self._edition)

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        """Stamp, once, that the input is in the session. LIFECYCLE-01 to -04."""
        return await self._database.write(lifecycle.mark_input_applied, attempt, durability)

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        """Stamp, once, that the attempt was lost. LIFECYCLE-01, LIFECYCLE-05."""
        return await self._database.write(lifecycle.request_recovery, attempt)

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        """Give an attempt back that never began. LIFECYCLE-01, LIFECYCLE-06 to -08."""
        return await self._database.write(lifecycle.requeue, attempt)

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        """Settle with success. LIFECYCLE-01, LIFECYCLE-09 to -12, LIFECYCLE-15."""
        return await self._database.write(lifecycle.settle, attempt, None)

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        """Settle with an error's text. LIFECYCLE-01, LIFECYCLE-09 to -15."""
        text = lifecycle.error_text(error)
        return await self._database.write(lifecycle.settle, attempt, text)

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        """Move the leases of running submissions of the owner. LEASE-01 to -06."""
        check_text(owner_id)
        # What cannot be stored is no submission: it is skipped like any unknown id.
        storable = {name for name in submission_ids if can_store(name)}
        if storable:
            await self._database.write(lifecycle.renew_leases, owner_id, storable)

    async def begin_turn_journal(self, input: CreateTurnJournalInput) -> bool:  # noqa: A002 - Flue's name
        """Create or replace the submission's journal. JOURNAL-02 to -05."""
        check_text(input.session_key, input.attempt_id, input.operation_id, input.turn_id)
        check_text(input.checkpoint_leaf_id)
        tool_request = journals.tool_request_text(input.tool_request)
        return await self._database.write(journals.begin, input, tool_request)

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        """Return the journal, or None; raises `MalformedRecord`. JOURNAL-01."""
        return await self._database.read(journals.told, submission_id)

    async def update_turn_journal_phase(
        self,
        attempt: SubmissionAttemptRef,
        phase: TurnPhase,
        options: TurnJournalUpdate | None = None,
    ) -> bool:
        """Move the journal on. JOURNAL-06 to -08."""
        chosen = options or TurnJournalUpdate()
        check_text(chosen.checkpoint_leaf_id, chosen.stream_key)
        tool_request = journals.tool_request_text(chosen.tool_request)
        return await self._database.write(journals.move_on, attempt, phase, chosen, tool_request)

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        """Close the journal. JOURNAL-09, JOURNAL-10."""
        check_text(committed_leaf_id)
        return await self._database.write(journals.commit, attempt, committed_leaf_id)

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        """Stamp, once, that a partial stream was used. JOURNAL-11, JOURNAL-12."""
        return await self._database.write(journals.mark_stream_consumed, attempt, stream_key)

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        """Take a running submission over, its open journal with it. JOURNAL-13 to -19."""
        check_text(next_attempt_id, lease.owner_id if lease else None)
        return await self._database.write(
            journals.replace_attempt, attempt, next_attempt_id, lease, self._edition
        )

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        """Store a chunk once. CHUNK-01, CHUNK-02, CHUNK-05."""
        stored = text_bytes(body)
        return await self._database.write(chunks.append, stream_key, segment_index, stored)

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        """Return the chunks by index. CHUNK-03."""
        return await self._database.read(chunks.read, stream_key)

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        """Remove the chunks of one key. CHUNK-04."""
        await self._database.write(chunks.remove, stream_key)

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        """Remove a session's settled work around the caller's own deletions. DELETION.

        Raises `SessionBusy`, and whatever `delete_session_tree` raises.
        """
        check_text(session_key)
        await self._deletions.delete(session_key, delete_session_tree)

    async def _list(self, wanted: queries.Selection) -> list[AgentSubmission]:
        found = await self._database.read(queries.listing, wanted, self._edition)
        if found.damaged:
            await self._database.write(queries.settle_damaged, found.damaged)
        return found.healthy
