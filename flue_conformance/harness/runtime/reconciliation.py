"""What becomes of a submission whose attempt was lost: the table of section 5.5."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flue_conformance.contract import (
    AgentSubmission,
    AgentTurnJournal,
    SessionData,
    Stores,
    SubmissionAttemptRef,
    SubmissionLease,
    TurnJournalUpdate,
)
from flue_conformance.harness.runtime.conversation import (
    Entry,
    answer_entry,
    empty_session,
    extended,
    result_entry,
    signal_entry,
    since_input,
)
from flue_conformance.harness.runtime.effects import Effects, Kind
from flue_conformance.harness.runtime.inspection import Progress, progress, unanswered


@dataclass(slots=True)
class Reconciliation:
    """Treats one expired submission; the first row whose condition holds wins."""

    stores: Stores
    effects: Effects
    submission: AgentSubmission
    new_attempt: Callable[[], str]
    lease: SubmissionLease
    now: int

    async def run(self) -> AgentSubmission | None:
        """Return the submission where it is to run on under a new attempt; None: it is not."""
        submission = self.submission
        if submission.attempt_id is None:
            return None
        session = await self.stores.sessions.load(submission.session_key)
        journal = await self.stores.submissions.get_turn_journal(submission.submission_id)
        if submission.attempt_count >= submission.max_retry:
            await self._terminal("exhausted_retry_budget")
            return None
        if 0 < submission.timeout_at <= self.now:
            await self._terminal("exceeded_timeout")
            return None
        found = progress(session, submission.submission_id)
        if journal is not None and not journal.committed and session is not None:
            taken = await self._continued(journal, session, found)
            if taken is not None:
                return taken
        await self._ended(found)
        return None

    async def _continued(
        self, journal: AgentTurnJournal, session: SessionData, found: Progress
    ) -> AgentSubmission | None:
        """Rows 4 to 7: an open turn goes on where it can."""
        partial = await self._partial_answer(journal, found)
        if partial is not None:
            await self._continue_stream(journal, session, partial)
            taken = await self._replace()
            if taken is not None:
                return taken
        begun = journal.phase in ("before_provider", "provider_started")
        is_open = found is Progress.UNCERTAIN and journal.phase == "before_provider"
        if begun and (found is Progress.CONTINUABLE or is_open):
            taken = await self._replace()
            if taken is not None:
                return taken
        if journal.phase == "tool_request_recorded" and isinstance(journal.tool_request, dict):
            calls: Any = journal.tool_request["toolCalls"]
            missing = unanswered(calls, session, self._mine.submission_id)
            if missing:
                await self._answer_for(missing, session)
                return await self._replace()
            if found is Progress.CONTINUABLE:
                return await self._replace()
        return None

    async def _ended(self, found: Progress) -> None:
        """Rows 8 to 11: nothing goes on under this attempt."""
        store = self.stores.submissions
        if self.submission.input_applied_at is None:
            if found is Progress.ABSENT:
                await store.requeue_submission_before_input_applied(self._mine)
            else:
                await self._terminal("interrupted_before_input_marker")
        elif found is not Progress.COMPLETED:
            await self._terminal("interrupted_after_input_application")
        elif await store.complete_submission(self._mine):
            self._note_settled()

    async def _partial_answer(self, journal: AgentTurnJournal, found: Progress) -> str | None:
        """Return the text that was streamed before the attempt was lost, where that is all."""
        if found is Progress.COMPLETED or journal.phase != "provider_started":
            return None
        if journal.stream_key is None or journal.stream_consumed_at is not None:
            return None
        segments = await self.stores.submissions.get_stream_chunk_segments(journal.stream_key)
        events = [event for segment in segments for event in json.loads(segment.body)]
        texts = [event["text"] for event in events if event["type"] == "text"]
        return "".join(texts) if texts and len(texts) == len(events) else None

    async def _continue_stream(
        self, journal: AgentTurnJournal, session: SessionData, text: str
    ) -> None:
        assert journal.stream_key is not None
        since = since_input(session, self._mine.submission_id) or []
        if not any(entry.get("streamKey") == journal.stream_key for entry in since):
            continued = extended(
                session,
                answer_entry(text, stop="aborted"),
                signal_entry("stream_interrupted", streamKey=journal.stream_key),
                signal_entry("stream_continued", streamKey=journal.stream_key),
            )
            await self.stores.sessions.save(self.submission.session_key, continued)
        store = self.stores.submissions
        await store.mark_stream_consumed(self._mine, journal.stream_key)
        await store.delete_stream_chunk_segments(journal.stream_key)

    async def _answer_for(self, missing: list[Entry], session: SessionData) -> None:
        """Say of tools of which nobody knows how they ended that they were interrupted."""
        results = [result_entry(call, "interrupted", is_error=True) for call in missing]
        repaired = extended(session, *results)
        await self.stores.sessions.save(self.submission.session_key, repaired)
        checkpoint = TurnJournalUpdate(checkpoint_leaf_id=repaired["leafId"])
        await self.stores.submissions.update_turn_journal_phase(
            self._mine, "before_provider", checkpoint
        )

    async def _replace(self) -> AgentSubmission | None:
        return await self.stores.submissions.replace_turn_journal_attempt(
            self._mine, self.new_attempt(), self.lease
        )

    async def _terminal(self, reason: str) -> None:
        told = {
            "submissionId": self._mine.submission_id,
            "kind": self.submission.kind,
            "reason": reason,
        }
        entry = signal_entry("submission_interrupted", submissionTerminal=told)
        key = self.submission.session_key
        session = await self.stores.sessions.load(key) or empty_session()
        await self.stores.sessions.save(key, extended(session, entry))
        if await self.stores.submissions.fail_submission(self._mine, RuntimeError(reason)):
            self._note_settled()

    def _note_settled(self) -> None:
        self.effects.note(Kind.SETTLED, self._mine.submission_id, self._mine.attempt_id)

    @property
    def _mine(self) -> SubmissionAttemptRef:
        assert self.submission.attempt_id is not None
        return SubmissionAttemptRef(self.submission.submission_id, self.submission.attempt_id)
