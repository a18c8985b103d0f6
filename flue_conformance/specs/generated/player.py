"""`Player`: makes generated calls of an adapter, and asks the oracle about what they return."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from flue_conformance.contract import (
    AgentSubmission,
    SubmissionAttemptRef,
    SubmissionClaimRef,
)
from flue_conformance.model import Call, Failure, Moment, Position, State
from flue_conformance.specs.generated.listening import Ear, Heard, Listener, Listening, Manner
from flue_conformance.specs.generated.oracle import Oracle
from flue_conformance.specs.generated.scripts import Script
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.shown import said

T = TypeVar("T")

_LISTS: Final = frozenset(
    {"list_runnable_submissions", "list_running_submissions", "list_expired_submissions"}
)
_SNAPSHOTS: Final = frozenset(
    {"sessions.save", "sessions.load", "submissions.admit_dispatch", "submissions.admit_direct"}
)
"""The calls whose documents the caller may change afterwards. SESSION-07, ADMISSION-29."""

_READING: Final = ("get_", "load", "list_", "lookup_", "read_", "has_", "renew_")
_LOOK_AT_JOURNAL: Final = "submissions.get_turn_journal"
_LOOK_AT_CHUNKS: Final = "submissions.get_stream_chunk_segments"
_LOOKS: Final = {
    "sessions": ("sessions.load",),
    "submissions": ("submissions.get_submission", _LOOK_AT_JOURNAL),
    "runs": ("runs.get_run", "registry.lookup_run"),
    "registry": ("registry.lookup_run", "runs.get_run"),
    "streams": ("streams.get_stream_meta",),
    "run_events": ("run_events.get_events",),
}
"""How to read what a call of a surface wrote."""
_MOST_LOOKS: Final = 4
_OF_ONE_STORE: Final = ("runs.", "registry.", "run_events.")
"""What another handle need not see. RUN-13."""


@dataclass(slots=True)
class Player:
    """One sequence: calls by two handles in turn, each beside the model."""

    ground: Ground
    space: str = field(init=False)
    oracle: Oracle = field(init=False)
    script: Script = field(init=False)
    sent: list[tuple[str, Any]] = field(default_factory=list)
    """Inputs that were admitted or refused, to be replayed."""
    pages: list[tuple[str, Position, Any]] = field(default_factory=list)
    """Cursors, the positions that they stand for, and the options of their pages."""
    deleting: set[str] = field(default_factory=set)
    touched: dict[tuple[str, str], None] = field(default_factory=dict)
    """What was written since the last look: how to read it, and its key."""
    attempts: list[SubmissionAttemptRef] = field(default_factory=list)
    """Attempts that were made, the last ones first."""
    listening: Listening = field(init=False)

    _open_before: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        subject = self.ground.database.subject
        self.oracle = Oracle(subject.edition)
        self.script = Script(subject.edition)
        self.space = self.ground.space()
        self.listening = Listening(self.subscribe)

    def forget_everything(self) -> None:
        """Begin with a location that nobody wrote to."""
        self.oracle = Oracle(self.ground.database.subject.edition)
        self.listening = Listening(self.subscribe)
        self.sent, self.pages, self.attempts, self.touched = [], [], [], {}

    @property
    def state(self) -> State:
        """A state that the adapter may be in."""
        return self.oracle.state

    def key(self, name: str) -> str:
        """Return a key of this sequence's own."""
        return f"{self.space}{name}"

    async def call(
        self, name: str, *arguments: Any, handle: int = 0, modelled: Sequence[Any] | None = None
    ) -> Any:
        """Make a call and learn what it returned; raises `BrokenRule` for what it may not be.

        `modelled` are the arguments as the model takes them, where they differ.
        """
        surface, _, method = name.partition(".")
        store = getattr(self.ground.handles[handle], surface)
        passed = copy.deepcopy(arguments)
        heard = self.listening.before(str(arguments[0])) if surface == "streams" else {}
        self._open_before = {
            path for path, stream in self.state.streams.items() if not stream.closed
        }
        self.script.calls(handle, surface, method, arguments)
        self.touch(surface, method, arguments)
        began = now()
        try:
            came_back: Any = await getattr(store, method)(*passed)
        except BrokenRule as broken:
            raise self.told(broken) from broken.__cause__
        except Exception as error:  # noqa: BLE001 - adapters may raise anything
            came_back = Failure(error)
        at = Moment(began, now())
        seen = self._own(method, came_back)
        model = arguments if modelled is None else modelled
        if method == "has_unsettled_submissions" and self.ground.littered and seen is True:
            return seen
        self.learn(Call(name, tuple(model), at), seen)
        if surface == "streams":
            self.hear(method, handle, str(arguments[0]), heard, seen)
        if name in _SNAPSHOTS:
            for document in (*passed, getattr(seen, "submission", seen)):
                _scribble(getattr(document, "input", document))
        return seen

    def listen(self, handle: int, path: str, manner: Manner) -> None:
        """Subscribe a new listener."""
        self.listening.begin(handle, path, manner)

    def subscribe(self, ear: Ear, path: str, function: Listener) -> None:
        """Subscribe a listener's function to a path."""
        if not ear.first:
            self.script.subscribes(ear, path)
        handle = self.ground.handles[ear.handle]
        try:
            ear.paths[path] = handle.streams.subscribe(path, function)
        except BrokenRule as broken:
            raise self.told(broken) from broken.__cause__
        # The record of the call would keep the function, which nobody else holds: STREAM-29.
        handle.adapter.ledger.calls.pop()

    def leave(self, ear: Ear, path: str) -> None:
        """End a subscription."""
        self.script.leaves(ear, path)
        ear.leaves(path)

    def hear(self, method: str, handle: int, path: str, heard: Heard, seen: object) -> None:
        """Expect that a change of a stream was heard by those who listen to it."""
        if method == "append_event":
            due: bool | None = not isinstance(seen, Failure)
        elif method == "close_stream":
            # Of a stream that was open before; that others are heard too is advice: STREAM-31.
            due = True if path in self._open_before else None
        elif method == "create_stream":
            due = False
        else:
            due = None
        try:
            if method in ("append_event", "close_stream", "create_stream"):
                self.listening.expect(handle, path, heard, due)
        except BrokenRule as broken:
            raise self.told(broken) from None
        if method == "delete_stream":
            # Whether their subscriptions end as well is the adapter's choice: STREAM-36.
            for ear in self.listening.present:
                if path in ear.paths:
                    self.leave(ear, path)

    async def manage(self, about: str, made: Awaitable[T], rule: str) -> T:
        """Await a call of an adapter object, which must not raise."""
        try:
            return await made
        except BrokenRule as broken:
            raise self.told(broken) from broken.__cause__
        except Exception as error:
            raised = BrokenRule(
                about=about, came_back=f"raised {said(error)}", expected="no error", rules=(rule,)
            )
            raise self.told(raised) from error

    async def look(self, handle: int) -> None:
        """Read what was written since the last look."""
        looks, self.touched = list(self.touched)[-_MOST_LOOKS:], {}
        for name, key in looks:
            if name == _LOOK_AT_JOURNAL:
                await self._look_at_turn(key, handle, looks)
            else:
                await self.call(name, key, handle=0 if name.startswith(_OF_ONE_STORE) else handle)

    async def _look_at_turn(
        self, submission_id: str, handle: int, looks: Sequence[tuple[str, str]]
    ) -> None:
        """Read the journal of a submission, and what was streamed. LIFECYCLE-08, LIFECYCLE-15."""
        journal = self.state.journals.get(submission_id)
        if journal is None:
            return
        await self.call(_LOOK_AT_JOURNAL, submission_id, handle=handle)
        key = getattr(journal, "stream_key", None)
        is_streamed = key is not None and any(stream == key for stream, _ in self.state.chunks)
        if is_streamed and (_LOOK_AT_CHUNKS, key) not in looks:
            await self.call(_LOOK_AT_CHUNKS, key, handle=handle)

    def touch(self, surface: str, method: str, arguments: Sequence[Any]) -> None:
        """Note what a call wrote, for the next look."""
        if method.startswith(_READING) or not arguments:
            return
        first = arguments[0]
        if isinstance(first, dict):
            first = first.get("dispatchId", first.get("submissionId"))
        key = getattr(first, "submission_id", getattr(first, "run_id", first))
        if "segment" in method:
            names: tuple[str, ...] = (_LOOK_AT_CHUNKS,)
        else:
            names = _LOOKS.get(surface, ())
        if isinstance(key, str):
            for name in names:
                self.touched.pop((name, key), None)
                self.touched[name, key] = None

    async def finish(self) -> None:
        """Settle what is unsettled, so that the sequences that follow find nothing of it."""
        for _ in range(2 * len(self.state.submissions)):
            left = [each for each in self.state.submissions.values() if each.unsettled]
            if not left:
                break
            first = min(left, key=lambda each: (each.status != "running", each.place))
            if first.status == "queued":
                await self.call("submissions.claim_submission", self.claim(first.submission_id))
            else:
                await self.call(
                    "submissions.complete_submission", self.attempt(first.submission_id)
                )
        await self.call("submissions.has_unsettled_submissions")

    def claim(self, submission_id: str, attempt_id: str = "t1") -> SubmissionClaimRef:
        """Return a claim for half a minute."""
        return SubmissionClaimRef(submission_id, attempt_id, "owner", now() + 30_000)

    def attempt(self, submission_id: str) -> SubmissionAttemptRef:
        """Return the attempt that runs a submission."""
        found = self.state.submissions.get(submission_id)
        running = found.attempt_id if found is not None and found.status == "running" else None
        return SubmissionAttemptRef(submission_id, running or "t1")

    def _own(self, method: str, came_back: Any) -> Any:
        """Return what is this sequence's own of a list."""
        if method in _LISTS and not isinstance(came_back, Failure):
            return [
                each
                for each in came_back
                if isinstance(each, AgentSubmission) and each.submission_id.startswith(self.space)
            ]
        return came_back

    def learn(self, call: Call, seen: Any) -> None:
        """Ask the oracle about what a call returned; raises `BrokenRule`."""
        try:
            self.oracle.learn(call, seen)
        except BrokenRule as broken:
            raise self.told(broken) from None

    def told(self, broken: BrokenRule) -> BrokenRule:
        """Return a failure with the program that shows it."""
        broken.script = self.script.text(broken)
        return broken


def _scribble(document: Any) -> None:
    """Change a document that was passed or returned: it is the caller's own."""
    if isinstance(document, dict):
        for value in document.values():
            _scribble(value)
        document["scribbled"] = ["over"]
    elif isinstance(document, list):
        for value in document:
            _scribble(value)
        document.append("scribbled over")
