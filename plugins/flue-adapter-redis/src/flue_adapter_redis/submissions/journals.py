"""Turn journals: how far the current turn of a submission came, one slot for each submission."""

from __future__ import annotations

from typing import cast

from flue_adapter_redis import clock
from flue_adapter_redis.database import Database
from flue_adapter_redis.fields import Hash, hash_of, pairs
from flue_adapter_redis.stored import as_value
from flue_conformance.contract import (
    ABSENT,
    Absent,
    AgentTurnJournal,
    CreateTurnJournalInput,
    JsonValue,
    SubmissionAttemptRef,
    SubmissionKind,
    TurnJournalUpdate,
    TurnPhase,
    json_text,
)


class Journals:
    """The turn journals of one database, with the columns of section 4.3 of the contract."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, submission_id: str) -> AgentTurnJournal | None:
        """Return a submission's journal, or None; raises `MalformedRecord`. JOURNAL-01."""
        key = self._database.key("journal", submission_id)
        journal = hash_of(await self._database.ask("HGETALL", key))
        if not journal:
            return None
        consumed_at = journal.get("stream_consumed_at")
        return AgentTurnJournal(
            submission_id=submission_id,
            session_key=journal["session_key"],
            kind=cast("SubmissionKind", journal["kind"]),
            attempt_id=journal["attempt_id"],
            operation_id=journal["operation_id"],
            turn_id=journal["turn_id"],
            phase=cast("TurnPhase", journal["phase"]),
            revision=int(journal["revision"]),
            created_at=int(journal["created_at"]),
            updated_at=int(journal["updated_at"]),
            committed=journal["committed"] == "1",
            checkpoint_leaf_id=journal.get("checkpoint_leaf_id"),
            tool_request=_tool_request(journal),
            stream_key=journal.get("stream_key"),
            stream_consumed_at=None if consumed_at is None else int(consumed_at),
            committed_leaf_id=journal.get("committed_leaf_id"),
        )

    async def begin(self, turn: CreateTurnJournalInput) -> None:
        """Start a turn, in place of any earlier one. JOURNAL-02 to -05."""
        members = {
            "attempt_id": turn.attempt_id,
            "operation_id": turn.operation_id,
            "turn_id": turn.turn_id,
            "phase": turn.phase,
            "checkpoint_leaf_id": turn.checkpoint_leaf_id,
            "tool_request_json": _text(turn.tool_request),
        }
        await self._database.write(
            "begin_journal",
            turn.submission_id,
            clock.now(),
            turn.session_key,
            turn.kind,
            *pairs(members),
        )

    async def move_on(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: TurnJournalUpdate
    ) -> bool:
        """Set the phase and the members that are given. JOURNAL-06 to -08."""
        return await self._advance(
            attempt,
            {
                "phase": phase,
                "checkpoint_leaf_id": options.checkpoint_leaf_id,
                "tool_request_json": _text(options.tool_request),
                "stream_key": options.stream_key,
            },
        )

    async def commit(self, attempt: SubmissionAttemptRef, committed_leaf_id: str) -> bool:
        """Close the journal for good. JOURNAL-09, JOURNAL-10."""
        return await self._advance(
            attempt,
            {"phase": "committed", "committed": True, "committed_leaf_id": committed_leaf_id},
        )

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        """Stamp that the partial stream was used; once in a journal. JOURNAL-11, JOURNAL-12."""
        return bool(
            await self._database.write(
                "consume_stream", attempt.submission_id, attempt.attempt_id, clock.now(), stream_key
            )
        )

    async def _advance(self, attempt: SubmissionAttemptRef, members: dict[str, object]) -> bool:
        """Change the open journal of an attempt, if there is one."""
        return bool(
            await self._database.write(
                "advance_journal",
                attempt.submission_id,
                attempt.attempt_id,
                clock.now(),
                *pairs(members),
            )
        )


def _text(tool_request: JsonValue | Absent) -> str | None:
    """Return the stored form: null is a text of its own, and None stands for absent."""
    return None if tool_request is ABSENT else json_text(tool_request)


def _tool_request(journal: Hash) -> JsonValue | Absent:
    if "tool_request_json" not in journal:
        return ABSENT
    return as_value(journal["tool_request_json"].encode(), "tool request")
