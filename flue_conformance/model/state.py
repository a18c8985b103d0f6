"""`State`: all that the contract lets an adapter remember, as an immutable value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from flue_conformance.model.documents import Document
from flue_conformance.model.records import Journal, Pointer, Receipt, Run, Stream, Submission
from flue_conformance.model.relations import Between
from flue_conformance.model.table import Table


@dataclass(frozen=True, slots=True)
class Lane:
    """What is left of a session's queue when its submissions are gone. ORDERING-01."""

    admitted: int = 0
    last: int = 0
    """The greatest sequence that was seen."""


@dataclass(frozen=True, slots=True)
class Unspecified:
    """A journal that a stale attempt began: what follows is unspecified. JOURNAL-19."""


@dataclass(frozen=True, slots=True)
class State:
    """What is stored. It hashes and compares by its tables."""

    edition: str
    lossy: bool = False
    """Whether calls may have failed that nobody told of."""
    sessions: Table[str, Document] = field(default_factory=Table)
    submissions: Table[str, Submission] = field(default_factory=Table)
    lanes: Table[str, Lane] = field(default_factory=Table)
    journals: Table[str, Journal | Unspecified] = field(default_factory=Table)
    chunks: Table[tuple[str, int], str] = field(default_factory=Table)
    receipts: Table[str, Receipt] = field(default_factory=Table)
    deleting: Table[str, Between] = field(default_factory=Table)
    """The markers of sessions that are being deleted, and when they were made."""
    runs: Table[str, Run] = field(default_factory=Table)
    events: Table[tuple[str, int], Document] = field(default_factory=Table)
    streams: Table[str, Stream] = field(default_factory=Table)
    pointers: Table[str, Pointer] = field(default_factory=Table)

    def in_session(self, key: str) -> Iterator[Submission]:
        """Return the submissions of a session."""
        return (each for each in self.submissions.values() if each.session_key == key)

    def head(self, key: str) -> Submission | None:
        """Return the first unsettled submission of a session."""
        waiting = (each for each in self.in_session(key) if each.unsettled)
        return min(waiting, key=lambda each: each.place, default=None)

    def having(self, submission: Submission) -> State:
        """Return the state with a submission added or replaced."""
        key = submission.session_key
        lane = self.lanes.get(key, Lane())
        last = submission.sequence if isinstance(submission.sequence, int) else 0
        lane = Lane(max(lane.admitted, submission.place), max(lane.last, last))
        return replace(
            self,
            submissions=self.submissions.with_row(submission.submission_id, submission),
            lanes=self.lanes.with_row(key, lane),
        )
