"""The store protocols, and the adapter that hands the stores out.

Each method's docstring names the rules that it has to satisfy; `flue_conformance.rules` has their
sentences. A call begins when its coroutine first runs, and reads its arguments before it first
suspends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flue_conformance.contract.documents import (
    DirectAgentSubmissionInput,
    DispatchInput,
    FlueEvent,
    SessionData,
)
from flue_conformance.contract.json_text import JsonValue
from flue_conformance.contract.records import (
    AgentDispatchAdmission,
    AgentSubmission,
    AgentTurnJournal,
    CreateRunInput,
    CreateTurnJournalInput,
    EndRunInput,
    EventStreamMeta,
    EventStreamReadResult,
    ListRunsOpts,
    ListRunsResponse,
    ReadEventsOpts,
    RecordRunEndInput,
    RecordRunStartInput,
    RunPointer,
    RunRecord,
    StreamChunkSegment,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionDurability,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
)


class SessionStore(Protocol):
    """Session records, whole. Rules: SESSION."""

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        """Replace the record. SESSION-02, SESSION-03, SESSION-10 to SESSION-13."""

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        """Return the record, or None. SESSION-01, SESSION-05, SESSION-14."""

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        """Remove the record, if there is one. SESSION-04."""


class AgentSubmissionStore(Protocol):
    """Submissions, their turn journals and stream chunks, and session deletion."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        """Queue a dispatch once. ADMISSION-01 to -08, -12 to -14, -20 to -25."""

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        """Queue a direct prompt once. ADMISSION-09 to -13, -15 to -20, -23 to -25."""

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        """Return a submission, or None. ORDERING-12, ORDERING-15."""

    async def has_unsettled_submissions(self) -> bool:
        """Tell whether anything is queued or running. ORDERING-11."""

    async def list_runnable_submissions(self) -> Sequence[AgentSubmission]:
        """Return each session's head that can be claimed. ORDERING-03 to -09, ORDERING-13."""

    async def list_running_submissions(self) -> Sequence[AgentSubmission]:
        """Return all running submissions. ORDERING-10, ORDERING-13."""

    async def list_expired_submissions(self) -> Sequence[AgentSubmission]:
        """Return running submissions whose lease has passed. LEASE-07, LEASE-08, ORDERING-13."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Start an attempt at a runnable head. CLAIM-01 to CLAIM-10."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        """Stamp, once, that the input is in the session. LIFECYCLE-01 to -04."""

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        """Stamp, once, that the attempt was lost. LIFECYCLE-01, LIFECYCLE-05."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        """Give an attempt back that never began. LIFECYCLE-01, LIFECYCLE-06 to -08."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        """Settle with success. LIFECYCLE-01, LIFECYCLE-09 to -12, LIFECYCLE-15."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        """Settle with an error's text. LIFECYCLE-01, LIFECYCLE-09 to -15."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        """Move the leases of running submissions of the owner. LEASE-01 to -06."""

    async def begin_turn_journal(self, input: CreateTurnJournalInput) -> bool:  # noqa: A002 - Flue's name
        """Create or replace the submission's journal. JOURNAL-02 to -05."""

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        """Return the journal, or None. JOURNAL-01."""

    async def update_turn_journal_phase(
        self,
        attempt: SubmissionAttemptRef,
        phase: TurnPhase,
        options: TurnJournalUpdate | None = None,
    ) -> bool:
        """Move the journal on. JOURNAL-06 to -08."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        """Close the journal. JOURNAL-09, JOURNAL-10."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        """Stamp, once, that a partial stream was used. JOURNAL-11, JOURNAL-12."""

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        """Take a running submission over, its open journal with it. JOURNAL-13 to -19."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        """Store a chunk once. CHUNK-01, CHUNK-02, CHUNK-05."""

    async def get_stream_chunk_segments(self, stream_key: str) -> Sequence[StreamChunkSegment]:
        """Return the chunks by index. CHUNK-03."""

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        """Remove the chunks of one key. CHUNK-04."""

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        """Remove a session's settled work around the caller's own deletions. DELETION."""


class RunStore(Protocol):
    """Workflow runs with payload and outcome. Rules: RUN."""

    async def create_run(self, input: CreateRunInput) -> None:  # noqa: A002 - Flue's name
        """Record a run that starts. RUN-01, RUN-03, RUN-07, RUN-08."""

    async def end_run(self, input: EndRunInput) -> None:  # noqa: A002 - Flue's name
        """Record how a run ended. RUN-04 to -06, RUN-09, RUN-10."""

    async def get_run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None. RUN-02."""


class RunEventStore(Protocol):
    """Events of runs; edition 0.10. Rules: EVENT."""

    async def append_event(self, run_id: str, event: FlueEvent) -> None:
        """Store an event at its index. EVENT-05 to -13."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        """Return the events from an index on. EVENT-01 to -04, EVENT-14."""


class RunRegistry(Protocol):
    """The index of runs. Rules: INDEX."""

    async def record_run_start(self, input: RecordRunStartInput) -> None:  # noqa: A002 - Flue's name
        """Index a run that starts, once. INDEX-01 to -03."""

    async def record_run_end(self, input: RecordRunEndInput) -> None:  # noqa: A002 - Flue's name
        """Index how a run ended. INDEX-04."""

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        """Return a pointer, or None. INDEX-01, INDEX-05."""

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        """Return a page of pointers, newest first. INDEX-06 to -19."""


class EventStreamStore(Protocol):
    """Append-only event streams; edition 0.11. Rules: STREAM."""

    async def create_stream(self, path: str) -> None:
        """Make an empty stream, unless it exists. STREAM-01."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        """Append and return the event's offset. STREAM-03 to -11, STREAM-29."""

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        """Return a page of events after an offset. STREAM-12 to -23."""

    async def close_stream(self, path: str) -> None:
        """Refuse further events. STREAM-24, STREAM-29, STREAM-40."""

    async def get_stream_meta(self, path: str) -> EventStreamMeta | None:
        """Return where the stream ends, or None. STREAM-02."""

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the loop when the stream changes; returns how to stop that.

        STREAM-28 to -37.
        """

    async def delete_stream(self, path: str) -> None:
        """Remove a stream and its events. STREAM-25, STREAM-26."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What one `connect` hands out; the other edition's surface is None."""

    sessions: SessionStore
    submissions: AgentSubmissionStore
    runs: RunStore
    run_registry: RunRegistry
    run_events: RunEventStore | None = None
    event_streams: EventStreamStore | None = None


class PersistenceAdapter(Protocol):
    """One location, opened for one edition. Rules: ADAPTER."""

    async def migrate(self) -> None:
        """Make or upgrade the schema; idempotent. ADAPTER-01, ADAPTER-02, ADAPTER-08."""

    async def connect(self) -> Stores:
        """Open the location and return new store objects. ADAPTER-02, ADAPTER-03.

        An unreachable database fails here.
        """

    async def close(self) -> None:
        """Release everything; a second call is harmless. ADAPTER-04 to -06."""
