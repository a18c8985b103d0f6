"""Steps and expectations of specs about turn journals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flue_conformance.contract import (
    AgentSubmissionStore,
    AgentTurnJournal,
    CreateTurnJournalInput,
    JsonValue,
    SubmissionAttemptRef,
    TurnJournalUpdate,
)
from flue_conformance.specs.scenarios.steps import begin_turn, read_journal
from flue_conformance.specs.support.expect import Expect

STREAM_KEY: Final = "dispatch-1:turn-1:attempt-1"
TOOL_REQUEST: Final[JsonValue] = {
    "toolCalls": [
        {"type": "toolCall", "id": "call-1", "name": "shell", "arguments": {"argv": ["make"]}},
        {"type": "toolCall", "id": "call-2", "name": "läs", "arguments": {"": None, "deep": [{}]}},
    ]
}
FULL_UPDATE: Final = TurnJournalUpdate(
    checkpoint_leaf_id="00000002", tool_request=TOOL_REQUEST, stream_key=STREAM_KEY
)


async def streaming_journal(
    submissions: AgentSubmissionStore, mine: SubmissionAttemptRef, key: str = STREAM_KEY
) -> AgentTurnJournal:
    """Let the attempt's turn stream under `key`, beginning one if there is none."""
    if await submissions.get_turn_journal(mine.submission_id) is None:
        await begin_turn(submissions, mine.submission_id, mine.attempt_id)
    options = replace(FULL_UPDATE, stream_key=key)
    await submissions.update_turn_journal_phase(mine, "provider_started", options)
    return await read_journal(submissions, mine.submission_id)


async def consumed_journal(
    submissions: AgentSubmissionStore, mine: SubmissionAttemptRef
) -> AgentTurnJournal:
    """Return an open journal of which every member is present."""
    await streaming_journal(submissions, mine)
    await submissions.mark_stream_consumed(mine, STREAM_KEY)
    return await read_journal(submissions, mine.submission_id)


def expect_begun(
    expect: Expect, journal: AgentTurnJournal, given: CreateTurnJournalInput, *, revision: int
) -> None:
    """Expect the journal of a turn that has just begun. JOURNAL-02, JOURNAL-03."""
    # Whether a further begin keeps session key and kind is JOURNAL-04, a SHOULD.
    first = revision == 1
    expected = AgentTurnJournal(
        submission_id=given.submission_id,
        session_key=given.session_key if first else journal.session_key,
        kind=given.kind if first else journal.kind,
        attempt_id=given.attempt_id,
        operation_id=given.operation_id,
        turn_id=given.turn_id,
        phase=given.phase,
        revision=revision,
        created_at=journal.created_at,
        updated_at=journal.updated_at,
        committed=False,
        checkpoint_leaf_id=given.checkpoint_leaf_id,
        tool_request=given.tool_request,
    )
    expect.equal(journal, expected, "the journal that began")


def expect_changed(
    expect: Expect, journal: AgentTurnJournal, before: AgentTurnJournal, **changes: Any
) -> None:
    """Expect one change of a journal: these members, the next revision, and nothing else."""
    changed = replace(
        before, revision=before.revision + 1, updated_at=journal.updated_at, **changes
    )
    expect.equal(journal, changed, "the journal afterwards")
