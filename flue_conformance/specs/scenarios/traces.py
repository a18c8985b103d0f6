"""What a settled submission leaves: its row, its journal and the chunks of its stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from flue_conformance.contract import (
    AgentSubmissionStore,
    JsonValue,
    StreamChunkSegment,
    SubmissionAttemptRef,
)
from flue_conformance.specs.scenarios.journal_steps import streaming_journal
from flue_conformance.specs.scenarios.steps import State, queue_and_start, start, stored
from flue_conformance.specs.scenarios.values import attempt, direct_input

Traces: TypeAlias = tuple[State, Sequence[StreamChunkSegment]]

GONE: Final[Traces] = ((None, None), [])
"""Nothing of a submission."""


async def settle_dispatch(
    submissions: AgentSubmissionStore,
    name: str,
    *,
    fail: bool = False,
    commit: bool = False,
    **changes: JsonValue,
) -> None:
    """Settle a dispatch that leaves a journal, and chunks whose key is its name."""
    mine = await queue_and_start(submissions, name, **changes)
    await _stream(submissions, mine)
    if commit:
        await submissions.commit_turn_journal(mine, "0000000a")
    if fail:
        await submissions.fail_submission(mine, RuntimeError("refused"))
    else:
        await submissions.complete_submission(mine)


async def settle_prompt(submissions: AgentSubmissionStore, name: str, **changes: JsonValue) -> None:
    """Settle a direct prompt that leaves a journal, and chunks whose key is its name."""
    await submissions.admit_direct(direct_input(name, **changes))
    await start(submissions, name)
    await _stream(submissions, attempt(name))
    await submissions.complete_submission(attempt(name))


async def traces(submissions: AgentSubmissionStore, names: Sequence[str]) -> list[Traces]:
    """Return each submission with its journal and with the chunks whose key is its name."""
    states = await stored(submissions, *names)
    return [
        (state, await submissions.get_stream_chunk_segments(name))
        for state, name in zip(states, names, strict=True)
    ]


async def _stream(submissions: AgentSubmissionStore, mine: SubmissionAttemptRef) -> None:
    await streaming_journal(submissions, mine, mine.submission_id)
    for index in range(2):
        await submissions.append_stream_chunk_segment(mine.submission_id, index, "[]")
