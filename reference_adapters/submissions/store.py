"""The submission store: each method checks its texts and runs one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Select

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
from reference_adapters.database import Database
from reference_adapters.editions import Edition
from reference_adapters.submissions import (
    admission,
    chunks,
    claims,
    journals,
    leases,
    lifecycle,
    queries,
)
from reference_adapters.submissions.deletion import SessionDeletions
from reference_adapters.submissions.layout import SubmissionLayout


class SubmissionStore:
    """Submissions, their turn journals and stream chunks, and session deletion.

    Every method raises `UnstorableText`, and changes nothing, for text that the database cannot
    hold, and `Storage` for what the database raises.
    """

    def __init__(self, database: Database, edition: Edition) -> None:
        self._database = database
        self._dialect = database.dialect
        self._layout = SubmissionLayout(database.dialect, edition)
        self._deletions = SessionDeletions(database, self._layout)
        # Images that lie apart are read by a statement of their own.
        self._read = database.read if self._layout.images_apart else database.query

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        """Queue a dispatch once. ADMISSION-01 to -08, -12 to -14, -20 to -25.

        Raises `InvalidAcceptedAt`, `MalformedRecord` and `SessionDeleting`.
        """
        prepared = admission.dispatch_admission(input, self._layout)
        self._dialect.check_text(prepared.submission_id)
        return await self._database.write(admission.admit_dispatch, self._layout, prepared)

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        """Queue a direct prompt once. ADMISSION-09 to -13, -15 to -20, -23 to -25.

        Raises `InvalidAcceptedAt`, `MalformedRecord`, `ImageTooLarge`, `SessionDeleting` and
        `DirectConflict`.
        """
        prepared = admission.direct_admission(input, self._layout)
        self._dialect.check_text(prepared.submission_id)
        return await self._database.write(admission.admit_direct, self._layout, prepared)

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        """Return a submission, or None; raises `MalformedRecord`. ORDERING-12, ORDERING-15."""
        self._dialect.check_text(submission_id)
        return await self._read(queries.find, self._layout, submission_id)

    async def has_unsettled_submissions(self) -> bool:
        """Tell whether anything is queued or running. ORDERING-11."""
        return await self._database.query(queries.any_unsettled)

    async def list_runnable_submissions(self) -> list[AgentSubmission]:
        """Return each session's head that can be claimed. ORDERING-03 to -09, ORDERING-13."""
        return await self._list(queries.RUNNABLE)

    async def list_running_submissions(self) -> list[AgentSubmission]:
        """Return all running submissions. ORDERING-10, ORDERING-13."""
        return await self._list(queries.RUNNING)

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        """Return running submissions whose lease has passed. LEASE-07, LEASE-08, ORDERING-13."""
        return await self._list(queries.EXPIRED)

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Start an attempt at a runnable head; raises `MalformedRecord`. CLAIM-01 to CLAIM-10."""
        self._dialect.check_text(claim.submission_id, claim.attempt_id, claim.owner_id)
        return await self._database.write(claims.start, self._layout, claim)

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        """Stamp, once, that the input is in the session. LIFECYCLE-01 to -04."""
        self._check_attempt(attempt)
        return await self._database.write(lifecycle.mark_input_applied, attempt, durability)

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        """Stamp, once, that the attempt was lost. LIFECYCLE-01, LIFECYCLE-05."""
        self._check_attempt(attempt)
        return await self._database.write(lifecycle.request_recovery, attempt)

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        """Give an attempt back that never began. LIFECYCLE-01, LIFECYCLE-06 to -08."""
        self._check_attempt(attempt)
        return await self._database.write(lifecycle.requeue, attempt)

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        """Settle with success. LIFECYCLE-01, LIFECYCLE-09 to -12, LIFECYCLE-15."""
        self._check_attempt(attempt)
        return await self._database.write(lifecycle.settle, attempt, None)

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        """Settle with an error's text. LIFECYCLE-01, LIFECYCLE-09 to -15."""
        self._check_attempt(attempt)
        text = self._dialect.storable(lifecycle.error_text(error))
        return await self._database.write(lifecycle.settle, attempt, text)

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        """Move the leases of running submissions of the owner. LEASE-01 to -06."""
        self._dialect.check_text(owner_id)
        # What cannot be stored is no submission: it is skipped like any unknown id.
        storable = [name for name in submission_ids if self._dialect.can_store(name)]
        if storable:
            await self._database.write(leases.renew, owner_id, storable)

    async def begin_turn_journal(self, input: CreateTurnJournalInput) -> bool:  # noqa: A002 - Flue's name
        """Create or replace the submission's journal. JOURNAL-02 to -05."""
        self._dialect.check_text(
            input.submission_id,
            input.session_key,
            input.attempt_id,
            input.operation_id,
            input.turn_id,
            input.checkpoint_leaf_id,
        )
        tool_request = journals.tool_request_text(input.tool_request)
        return await self._database.write(journals.begin, self._layout, input, tool_request)

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        """Return the journal, or None; raises `MalformedRecord`. JOURNAL-01."""
        self._dialect.check_text(submission_id)
        return await self._database.query(journals.find, submission_id)

    async def update_turn_journal_phase(
        self,
        attempt: SubmissionAttemptRef,
        phase: TurnPhase,
        options: TurnJournalUpdate | None = None,
    ) -> bool:
        """Move the journal on. JOURNAL-06 to -08."""
        self._check_attempt(attempt)
        chosen = options or TurnJournalUpdate()
        self._dialect.check_text(chosen.checkpoint_leaf_id, chosen.stream_key)
        tool_request = journals.tool_request_text(chosen.tool_request)
        return await self._database.write(journals.move_on, attempt, phase, chosen, tool_request)

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        """Close the journal. JOURNAL-09, JOURNAL-10."""
        self._check_attempt(attempt)
        self._dialect.check_text(committed_leaf_id)
        return await self._database.write(journals.commit, attempt, committed_leaf_id)

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        """Stamp, once, that a partial stream was used. JOURNAL-11, JOURNAL-12."""
        self._check_attempt(attempt)
        self._dialect.check_text(stream_key)
        return await self._database.write(journals.mark_stream_consumed, attempt, stream_key)

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        """Take a running submission over, its open journal with it. JOURNAL-13 to -19."""
        self._check_attempt(attempt)
        self._dialect.check_text(next_attempt_id, lease.owner_id if lease else None)
        return await self._database.write(
            journals.replace_attempt, self._layout, attempt, next_attempt_id, lease
        )

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        """Store a chunk once. CHUNK-01, CHUNK-02, CHUNK-05."""
        self._dialect.check_text(stream_key, body)
        return await self._database.write(chunks.append, stream_key, segment_index, body)

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        """Return the chunks by index. CHUNK-03."""
        self._dialect.check_text(stream_key)
        return await self._database.query(chunks.read, stream_key)

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        """Remove the chunks of one key. CHUNK-04."""
        self._dialect.check_text(stream_key)
        await self._database.write(chunks.remove, stream_key)

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        """Remove a session's settled work around the caller's own deletions. DELETION.

        Raises `SessionBusy`, and whatever `delete_session_tree` raises.
        """
        self._dialect.check_text(session_key)
        await self._deletions.delete(session_key, delete_session_tree)

    def _check_attempt(self, attempt: SubmissionAttemptRef) -> None:
        self._dialect.check_text(attempt.submission_id, attempt.attempt_id)

    async def _list(self, statement: Select[Any]) -> list[AgentSubmission]:
        listing = await self._read(queries.listing, self._layout, statement)
        if listing.damaged:
            await self._database.write(queries.settle_damaged, listing.damaged)
        return listing.healthy
