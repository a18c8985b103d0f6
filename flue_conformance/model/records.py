"""The records of the contract as the model keeps them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from flue_conformance.contract import (
    ABSENT,
    AgentDispatchReceipt,
    AgentSubmission,
    AgentTurnJournal,
    RunOwner,
    RunPointer,
    RunRecord,
)
from flue_conformance.model.documents import Document
from flue_conformance.model.relations import Above, Record

if TYPE_CHECKING:
    from flue_conformance.model.state import State


def _names(record: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


@dataclass(frozen=True)
class Submission(Record):
    """One submission. Members that rules leave open are patterns until they were seen."""

    NAMES: ClassVar = _names(AgentSubmission)

    place: int
    """How many were admitted to its session before; what nobody gets to see."""
    submission_id: str
    session_key: str
    kind: str
    input: Document
    accepted_at: int
    sequence: int | Above
    status: str = "queued"
    attempt_count: Any = 0
    max_retry: Any = 10
    timeout_at: Any = 0
    lease_expires_at: Any = 0
    attempt_id: Any = None
    started_at: Any = None
    input_applied_at: Any = None
    recovery_requested_at: Any = None
    error: Any = None
    owner_id: Any = None
    before: tuple[Any, Any] | None = None
    """Attempts and timeout before it was requeued. CLAIM-07."""

    @property
    def unsettled(self) -> bool:
        """Whether it is queued or running."""
        return self.status != "settled"

    def belongs_to(self, attempt: Any) -> bool:
        """Return whether it runs, by this attempt (section 0.2 of the contract)."""
        return self.status == "running" and self.attempt_id == attempt.attempt_id

    def kept_in(self, state: State) -> State | None:
        """Return the state that has it; None where its sequence is out of turn. ORDERING-01."""
        if state.submissions.get(self.submission_id) == self:
            return state
        if isinstance(self.sequence, int):
            for other in state.in_session(self.session_key):
                if (
                    isinstance(other.sequence, int)
                    and other.place != self.place
                    and (other.place < self.place) != (other.sequence < self.sequence)
                ):
                    return None
        return state.having(self)


@dataclass(frozen=True)
class Receipt(Record):
    """What is left of a dispatch that was removed. DELETION-07."""

    NAMES: ClassVar = _names(AgentDispatchReceipt)

    submission_id: str
    accepted_at: int


@dataclass(frozen=True)
class Journal(Record):
    """The turn journal of a submission."""

    NAMES: ClassVar = _names(AgentTurnJournal)

    submission_id: str
    session_key: Any
    kind: Any
    attempt_id: str
    operation_id: str
    turn_id: str
    phase: str
    revision: Any
    created_at: Any
    updated_at: Any
    committed: bool = False
    checkpoint_leaf_id: str | None = None
    tool_request: Any = ABSENT
    stream_key: str | None = None
    stream_consumed_at: Any = None
    committed_leaf_id: str | None = None
    consumed_key: str | None = None
    """The stream that was consumed. JOURNAL-12."""

    def open_to(self, attempt: Any) -> bool:
        """Return whether an attempt may go on with it. JOURNAL-06."""
        return not self.committed and self.attempt_id == attempt.attempt_id

    def kept_in(self, state: State) -> State | None:
        """Return the state that has it."""
        return replace(state, journals=state.journals.with_row(self.submission_id, self))


@dataclass(frozen=True)
class Owner(Record):
    """Whom a run belongs to."""

    NAMES: ClassVar = _names(RunOwner)

    workflow_name: str
    instance_id: str
    kind: str = "workflow"

    @classmethod
    def of(cls, owner: RunOwner) -> Owner:
        """Return the owner as the model keeps it."""
        return cls(owner.workflow_name, owner.instance_id, owner.kind)


@dataclass(frozen=True)
class Run(Record):
    """A run of the run store."""

    NAMES: ClassVar = _names(RunRecord)

    run_id: str
    owner: Owner
    started_at: str
    payload: Any
    status: Any = "active"
    ended_at: Any = None
    is_error: Any = None
    duration_ms: Any = None
    result: Any = ABSENT
    error: Any = ABSENT

    def kept_in(self, state: State) -> State | None:
        """Return the state that has it."""
        return replace(state, runs=state.runs.with_row(self.run_id, self))


@dataclass(frozen=True)
class Pointer(Record):
    """A run of the registry."""

    NAMES: ClassVar = _names(RunPointer)

    run_id: str
    owner: Owner
    started_at: str
    status: str = "active"
    ended_at: str | None = None
    duration_ms: float | None = None
    is_error: bool | None = None


@dataclass(frozen=True)
class Stream:
    """An event stream: events with their sequences, the oldest first."""

    events: tuple[tuple[Document, int | Above], ...] = ()
    closed: bool = False
    skipped: bool = False
    """Whether an append failed since the last event, and may have taken a sequence."""

    @property
    def last(self) -> int:
        """The greatest sequence that is known; -1 for none."""
        known = (sequence for _, sequence in reversed(self.events) if isinstance(sequence, int))
        return next(known, -1)

    def __hash__(self) -> int:
        # A stream may be long: its end tells it apart well enough.
        return hash((len(self.events), self.events[-1:], self.closed, self.skipped))
