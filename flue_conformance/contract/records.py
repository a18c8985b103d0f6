"""Records: what stores take and return, in snake_case.

An absent member is None, except where null is a value of its own; there it is `ABSENT`. Times are
integer milliseconds since the epoch unless the type is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from flue_conformance.contract.absent import ABSENT, Absent
from flue_conformance.contract.documents import SubmissionInput, SubmissionKind
from flue_conformance.contract.json_text import JsonValue

SubmissionStatus: TypeAlias = Literal["queued", "running", "settled"]
TurnPhase: TypeAlias = Literal[
    "before_provider", "provider_started", "tool_request_recorded", "committed"
]
RunStatus: TypeAlias = Literal["active", "completed", "errored"]


@dataclass(frozen=True, slots=True)
class AgentSubmission:
    """One accepted unit of work of a session; which members are present depends on `status`."""

    sequence: int
    submission_id: str
    session_key: str
    kind: SubmissionKind
    input: SubmissionInput
    status: SubmissionStatus
    accepted_at: int
    attempt_count: int
    max_retry: int
    timeout_at: int
    lease_expires_at: int
    attempt_id: str | None = None
    started_at: int | None = None
    input_applied_at: int | None = None
    recovery_requested_at: int | None = None
    error: str | None = None
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class SubmissionAttemptRef:
    """One attempt at a submission: what fences its owner's calls."""

    submission_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class SubmissionClaimRef:
    """A claim: the attempt to start, its owner and the end of its lease."""

    submission_id: str
    attempt_id: str
    owner_id: str
    lease_expires_at: int


@dataclass(frozen=True, slots=True)
class SubmissionLease:
    """Who owns a submission, and until when."""

    owner_id: str
    lease_expires_at: int


@dataclass(frozen=True, slots=True)
class SubmissionDurability:
    """The retry budget and timeout that a submission's agent configured; 0 is no timeout."""

    max_retry: int
    timeout_at: int


@dataclass(frozen=True, slots=True)
class AgentDispatchReceipt:
    """What is left of a dispatch whose session was deleted."""

    submission_id: str
    accepted_at: int


@dataclass(frozen=True, slots=True)
class AdmittedSubmission:
    """A dispatch was admitted, now or earlier."""

    submission: AgentSubmission
    kind: Literal["submission"] = "submission"


@dataclass(frozen=True, slots=True)
class RetainedReceipt:
    """A dispatch was settled and deleted earlier. ADMISSION-21."""

    receipt: AgentDispatchReceipt
    kind: Literal["retained_receipt"] = "retained_receipt"


@dataclass(frozen=True, slots=True)
class DispatchConflict:
    """The id is in use for something else. ADMISSION-06."""

    kind: Literal["conflict"] = "conflict"


AgentDispatchAdmission: TypeAlias = AdmittedSubmission | RetainedReceipt | DispatchConflict


@dataclass(frozen=True, slots=True)
class AgentTurnJournal:
    """How far the current turn of a submission came."""

    submission_id: str
    session_key: str
    kind: SubmissionKind
    attempt_id: str
    operation_id: str
    turn_id: str
    phase: TurnPhase
    revision: int
    created_at: int
    updated_at: int
    committed: bool
    checkpoint_leaf_id: str | None = None
    tool_request: JsonValue | Absent = ABSENT
    stream_key: str | None = None
    stream_consumed_at: int | None = None
    committed_leaf_id: str | None = None


@dataclass(frozen=True, slots=True)
class CreateTurnJournalInput:
    """What a turn begins with."""

    submission_id: str
    session_key: str
    kind: SubmissionKind
    attempt_id: str
    operation_id: str
    turn_id: str
    phase: TurnPhase
    checkpoint_leaf_id: str | None = None
    tool_request: JsonValue | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class TurnJournalUpdate:
    """Members that a phase change replaces; the absent ones stay. JOURNAL-07."""

    checkpoint_leaf_id: str | None = None
    tool_request: JsonValue | Absent = ABSENT
    stream_key: str | None = None


@dataclass(frozen=True, slots=True)
class StreamChunkSegment:
    """One piece of a provider's stream; the body is opaque."""

    segment_index: int
    body: str


@dataclass(frozen=True, slots=True)
class RunOwner:
    """The workflow that a run belongs to; `instance_id` equals the run's id."""

    workflow_name: str
    instance_id: str
    kind: Literal["workflow"] = "workflow"


@dataclass(frozen=True, slots=True)
class CreateRunInput:
    """A run that starts; `started_at` is ISO text, kept verbatim."""

    run_id: str
    owner: RunOwner
    started_at: str
    payload: JsonValue | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class EndRunInput:
    """A run that ended; `ended_at` is ISO text, `duration_ms` milliseconds."""

    run_id: str
    ended_at: str
    is_error: bool
    duration_ms: float
    result: JsonValue | Absent = ABSENT
    error: JsonValue | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run with its payload and outcome."""

    run_id: str
    owner: RunOwner
    status: RunStatus
    started_at: str
    payload: JsonValue | Absent = ABSENT
    ended_at: str | None = None
    is_error: bool | None = None
    duration_ms: float | None = None
    result: JsonValue | Absent = ABSENT
    error: JsonValue | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class RecordRunStartInput:
    """A run that starts, for the registry."""

    run_id: str
    owner: RunOwner
    started_at: str


@dataclass(frozen=True, slots=True)
class RecordRunEndInput:
    """A run that ended, for the registry."""

    run_id: str
    ended_at: str
    duration_ms: float
    is_error: bool


@dataclass(frozen=True, slots=True)
class RunPointer:
    """A run as the registry lists it: never its payload, result or error."""

    run_id: str
    owner: RunOwner
    status: RunStatus
    started_at: str
    ended_at: str | None = None
    duration_ms: float | None = None
    is_error: bool | None = None


@dataclass(frozen=True, slots=True)
class ListRunsOpts:
    """A page of the registry: filters, size, and where it begins. INDEX-08 to INDEX-18."""

    status: str | None = None
    workflow_name: str | None = None
    limit: float | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ListRunsResponse:
    """A page of the registry; `next_cursor` is present when more follow. INDEX-14."""

    runs: Sequence[RunPointer]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event of a stream and its offset."""

    data: JsonValue
    offset: str


@dataclass(frozen=True, slots=True)
class ReadEventsOpts:
    """Where a read of a stream begins (after `offset`), and its size. STREAM-12, STREAM-21."""

    offset: str | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class EventStreamReadResult:
    """A page of a stream; `next_offset` is where to continue. STREAM-14 to STREAM-17."""

    events: Sequence[StreamEvent]
    next_offset: str
    up_to_date: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class EventStreamMeta:
    """The end of a stream; `next_offset` is the last event's offset. STREAM-02."""

    next_offset: str
    closed: bool
