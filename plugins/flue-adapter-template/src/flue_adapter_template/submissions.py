"""Submissions, their turn journals and stream chunks: every method names its rules.

`flue-conformance explain ADMISSION-01` tells more of a rule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

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
    """Submissions, their turn journals and stream chunks, and session deletion."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        """Queue a dispatch once."""
        raise NotImplementedError("ADMISSION-01 to -08, -12 to -14, -20 to -25")

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        """Queue a direct prompt once."""
        raise NotImplementedError("ADMISSION-09 to -13, -15 to -20, -23 to -25")

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        """Return a submission, or None."""
        raise NotImplementedError("ORDERING-12, ORDERING-15")

    async def has_unsettled_submissions(self) -> bool:
        """Tell whether anything is queued or running."""
        raise NotImplementedError("ORDERING-11")

    async def list_runnable_submissions(self) -> Sequence[AgentSubmission]:
        """Return each session's head that can be claimed."""
        raise NotImplementedError("ORDERING-03 to -09, ORDERING-13")

    async def list_running_submissions(self) -> Sequence[AgentSubmission]:
        """Return all running submissions."""
        raise NotImplementedError("ORDERING-10, ORDERING-13")

    async def list_expired_submissions(self) -> Sequence[AgentSubmission]:
        """Return running submissions whose lease has passed."""
        raise NotImplementedError("LEASE-07, LEASE-08, ORDERING-13")

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Start an attempt at a runnable head."""
        raise NotImplementedError("CLAIM-01 to CLAIM-10")

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        """Stamp, once, that the input is in the session."""
        raise NotImplementedError("LIFECYCLE-01 to -04")

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        """Stamp, once, that the attempt was lost."""
        raise NotImplementedError("LIFECYCLE-01, LIFECYCLE-05")

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        """Give an attempt back that never began."""
        raise NotImplementedError("LIFECYCLE-01, LIFECYCLE-06 to -08")

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        """Settle with success."""
        raise NotImplementedError("LIFECYCLE-01, LIFECYCLE-09 to -12, LIFECYCLE-15")

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        """Settle with an error's text."""
        raise NotImplementedError("LIFECYCLE-01, LIFECYCLE-09 to -15")

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        """Move the leases of running submissions of the owner."""
        raise NotImplementedError("LEASE-01 to -06")

    async def begin_turn_journal(self, input: CreateTurnJournalInput) -> bool:  # noqa: A002 - Flue's name
        """Create or replace the submission's journal."""
        raise NotImplementedError("JOURNAL-02 to -05")

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        """Return the journal, or None."""
        raise NotImplementedError("JOURNAL-01")

    async def update_turn_journal_phase(
        self,
        attempt: SubmissionAttemptRef,
        phase: TurnPhase,
        options: TurnJournalUpdate | None = None,
    ) -> bool:
        """Move the journal on."""
        raise NotImplementedError("JOURNAL-06 to -08")

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        """Close the journal."""
        raise NotImplementedError("JOURNAL-09, JOURNAL-10")

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        """Stamp, once, that a partial stream was used."""
        raise NotImplementedError("JOURNAL-11, JOURNAL-12")

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        """Take a running submission over, its open journal with it."""
        raise NotImplementedError("JOURNAL-13 to -19")

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        """Store a chunk once."""
        raise NotImplementedError("CHUNK-01, CHUNK-02, CHUNK-05")

    async def get_stream_chunk_segments(self, stream_key: str) -> Sequence[StreamChunkSegment]:
        """Return the chunks by index."""
        raise NotImplementedError("CHUNK-03")

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        """Remove the chunks of one key."""
        raise NotImplementedError("CHUNK-04")

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        """Remove a session's settled work around the caller's own deletions."""
        raise NotImplementedError("DELETION")
