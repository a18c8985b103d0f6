"""One attempt at a submission, from its claim to its end: section 5.2 of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from flue_conformance.contract import (
    DEFAULT_MAX_RETRY,
    DEFAULT_TIMEOUT_MS,
    AgentSubmission,
    CreateTurnJournalInput,
    SessionData,
    Stores,
    SubmissionAttemptRef,
    SubmissionDurability,
    TurnJournalUpdate,
)
from flue_conformance.contract.json_text import JsonValue
from flue_conformance.harness.runtime import conversation, script
from flue_conformance.harness.runtime.effects import Effects, Kind

_MOST_TURNS: Final = 4


def stream_path(submission: AgentSubmission) -> str:
    """Return the path of the stream that an agent instance's events go to. Edition 0.11."""
    return f"agents/{submission.input['agent']}/{submission.input['id']}"


@dataclass(slots=True)
class Attempt:
    """Runs a submission that this process has claimed or taken over."""

    stores: Stores
    effects: Effects
    submission: AgentSubmission

    @property
    def _mine(self) -> SubmissionAttemptRef:
        assert self.submission.attempt_id is not None
        return SubmissionAttemptRef(self.submission.submission_id, self.submission.attempt_id)

    async def run(self) -> None:
        """Go on until the submission is settled, or belongs to somebody else."""
        if self.stores.event_streams is not None:
            await self.stores.event_streams.create_stream(stream_path(self.submission))
        current = await self.stores.submissions.get_submission(self._mine.submission_id)
        if current is None or current.attempt_id != self._mine.attempt_id:
            return
        if current.status != "running":
            return
        session = await self._with_input()
        if not await self._mark_applied(current):
            return
        await self._tell("agent_start")
        for number in range(1, _MOST_TURNS):
            turn_id = f"{self._mine.attempt_id}:turn-{number}"
            session, is_final = await self._turn(session, turn_id)
            if is_final:
                break
        if await self.stores.submissions.complete_submission(self._mine):
            self._note(Kind.SETTLED, self._mine.attempt_id)
        await self._tell("agent_end")

    async def _with_input(self) -> SessionData:
        """Return the session with the input among its entries: steps 5 and 6."""
        key = self.submission.session_key
        session = await self.stores.sessions.load(key)
        if session is None:
            session = conversation.empty_session()
            await self.stores.sessions.save(key, session)
        if conversation.since_input(session, self.submission.submission_id) is None:
            session = conversation.extended(session, conversation.input_entry(self.submission))
            await self.stores.sessions.save(key, session)
        return session

    async def _mark_applied(self, current: AgentSubmission) -> bool:
        """Take step 7; an earlier attempt's timeout goes on counting."""
        timeout_at = current.timeout_at
        if current.input_applied_at is None:
            timeout_at = (current.started_at or 0) + DEFAULT_TIMEOUT_MS
        durability = SubmissionDurability(DEFAULT_MAX_RETRY, timeout_at)
        return await self.stores.submissions.mark_submission_input_applied(self._mine, durability)

    async def _turn(self, session: SessionData, turn_id: str) -> tuple[SessionData, bool]:
        """Take steps 8 to 12; return the session, and whether that was the last turn."""
        store, mine, key = self.stores.submissions, self._mine, self.submission.session_key
        stream_key = f"{mine.submission_id}:{turn_id}"
        await store.begin_turn_journal(
            CreateTurnJournalInput(
                submission_id=mine.submission_id,
                session_key=key,
                kind=self.submission.kind,
                attempt_id=mine.attempt_id,
                operation_id=f"{mine.attempt_id}:operation",
                turn_id=turn_id,
                phase="before_provider",
                checkpoint_leaf_id=session["leafId"],
            )
        )
        started = TurnJournalUpdate(checkpoint_leaf_id=session["leafId"], stream_key=stream_key)
        await store.update_turn_journal_phase(mine, "provider_started", started)
        self._note(Kind.PROVIDER, mine.attempt_id)
        since = conversation.since_input(session, mine.submission_id) or []
        answer = script.answer(self.submission, turn_id, since)
        await store.append_stream_chunk_segment(stream_key, 0, answer.chunk())

        session = conversation.extended(
            session, conversation.answer_entry(answer.text, answer.calls)
        )
        await self.stores.sessions.save(key, session)
        if answer.calls:
            session = await self._run_tools(session, answer)
        else:
            await store.commit_turn_journal(mine, str(session["leafId"]))
        await store.delete_stream_chunk_segments(stream_key)
        return session, not answer.calls

    async def _run_tools(self, session: SessionData, answer: script.Answer) -> SessionData:
        """Take steps 9 and 10; return the session with what the tools came to."""
        store, mine = self.stores.submissions, self._mine
        recorded = TurnJournalUpdate(
            checkpoint_leaf_id=session["leafId"],
            tool_request=cast("JsonValue", {"toolCalls": list(answer.calls)}),
        )
        await store.update_turn_journal_phase(mine, "tool_request_recorded", recorded)
        results = []
        for call in answer.calls:
            self._note(Kind.TOOL, call["name"])
            results.append(conversation.result_entry(call, "ok"))
        session = conversation.extended(session, *results)
        await self.stores.sessions.save(self.submission.session_key, session)
        checkpoint = TurnJournalUpdate(checkpoint_leaf_id=session["leafId"])
        await store.update_turn_journal_phase(mine, "before_provider", checkpoint)
        return session

    async def _tell(self, event_type: str) -> None:
        """Append an event; unlike the runtime, wait for it, so that the order of calls is known."""
        if self.stores.event_streams is not None:
            path = stream_path(self.submission)
            event = {"type": event_type, "attemptId": self._mine.attempt_id}
            await self.stores.event_streams.append_event(path, event)

    def _note(self, kind: Kind, detail: str) -> None:
        self.effects.note(kind, self._mine.submission_id, detail)
