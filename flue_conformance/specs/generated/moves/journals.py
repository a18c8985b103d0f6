"""Moves of turn journals."""

from __future__ import annotations

from typing import Any, Final

from flue_conformance.contract import (
    ABSENT,
    CreateTurnJournalInput,
    SubmissionAttemptRef,
    TurnJournalUpdate,
)
from flue_conformance.model.records import Journal
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import attempts
from flue_conformance.specs.generated.moves.queues import look_at_all
from flue_conformance.specs.generated.player import Player

_BEGIN: Final = "submissions.begin_turn_journal"
_UPDATE: Final = "submissions.update_turn_journal_phase"
_COMMIT: Final = "submissions.commit_turn_journal"
_CONSUME: Final = "submissions.mark_stream_consumed"

_PHASES: Any = ("before_provider", "provider_started", "tool_request_recorded")
_LEAVES: Final = (None, "leaf-1", "leaf-2", "é", "")
_OPERATIONS: Final = ("op-1", "op-2", "Op-1", "日本 e\u0301 😀")
_TURNS: Final = ("turn-1", "turn-2", "日本 e\u0301 😀", "Turn-1", "")
_REQUESTS: Final[tuple[Any, ...]] = (
    ABSENT,
    {"toolCalls": [{"type": "toolCall", "id": "c1", "name": "look", "arguments": {}}]},
    {"further": None},
    None,
    {},
    [],
    0,
    "",
    False,
)


def stream_key(player: Player, choices: Choices) -> str:
    """Return a stream key."""
    return player.key(choices.mostly(("k1", "k2"), ("K1", "k1 ", "k", "k_", "%", "k10"), 5))


async def begin(player: Player, choices: Choices) -> None:
    """Begin a turn; mostly of the attempt that runs."""
    by = attempts.attempt(player, choices)
    submission = player.state.submissions.get(by.submission_id)
    if (submission is None or not submission.belongs_to(by)) and not choices.rarely(6):
        return
    await _begin(player, choices, by)


async def _begin(player: Player, choices: Choices, by: SubmissionAttemptRef) -> None:
    submission = player.state.submissions.get(by.submission_id)
    begun = CreateTurnJournalInput(
        submission_id=by.submission_id,
        session_key=submission.session_key if submission else "agent-session:[]",
        kind=submission.kind if submission else "dispatch",  # type: ignore[arg-type]
        attempt_id=by.attempt_id,
        operation_id=choices.among(_OPERATIONS),
        turn_id=choices.among(_TURNS),
        phase=choices.among(_PHASES),
        checkpoint_leaf_id=choices.among(_LEAVES),
        tool_request=_request(choices),
    )
    await player.call(_BEGIN, begun, handle=choices.among((0, 1)))


async def update(player: Player, choices: Choices) -> None:
    """Move the journal on."""
    by, phase = attempts.attempt(player, choices), choices.among(_PHASES)
    handle = choices.among((0, 1))
    if choices.rarely(4):
        await player.call(_UPDATE, by, phase, handle=handle)
        return
    update = TurnJournalUpdate(
        checkpoint_leaf_id=choices.among(_LEAVES),
        tool_request=_request(choices),
        stream_key=choices.among((stream_key(player, choices), None)),
    )
    await player.call(_UPDATE, by, phase, update, handle=handle)


async def commit(player: Player, choices: Choices) -> None:
    """Commit the journal."""
    leaf = choices.text()
    handle = choices.among((0, 1))
    await player.call(_COMMIT, attempts.attempt(player, choices), leaf, handle=handle)


async def consume(player: Player, choices: Choices) -> None:
    """Mark the stream as consumed, the journal's own or another; often twice."""
    by = attempts.attempt(player, choices)
    own = getattr(player.state.journals.get(by.submission_id), "stream_key", None)
    other = choices.among((stream_key(player, choices), ""))
    picked = own if own and not choices.rarely(4) else other
    handle = choices.among((0, 1))
    for _ in range(choices.among((1, 2))):
        await player.call(_CONSUME, by, picked, handle=handle)


async def take_a_turn(player: Player, choices: Choices) -> None:
    """Go through a turn as a runtime does, as far as it comes."""
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    if not running:
        return
    by = attempts.owner(player, choices.among(running).submission_id)
    handle = choices.among((0, 1))
    goes_on = [choices.among((True, False)) for _ in range(4)]
    key = stream_key(player, choices)
    await _begin(player, choices, by)
    streaming = TurnJournalUpdate(stream_key=key, checkpoint_leaf_id="leaf-3")
    await player.call(_UPDATE, by, "provider_started", streaming, handle=handle)
    await player.call("submissions.append_stream_chunk_segment", key, 0, "half an ans")
    if goes_on[0]:
        await player.call(_CONSUME, by, key, handle=handle)
    if goes_on[1]:
        asked = TurnJournalUpdate(tool_request=_request(choices))
        await player.call(_UPDATE, by, "tool_request_recorded", asked, handle=handle)
    if goes_on[2]:
        await player.call(_COMMIT, by, "leaf-4", handle=handle)
        if goes_on[3]:
            await player.call("submissions.complete_submission", by, handle=handle)
    for other in list(player.state.journals)[-3:]:
        await player.call("submissions.get_turn_journal", other, handle=handle)


async def go_on_anyway(player: Player, choices: Choices) -> None:
    """Go on with a turn that is committed, or whose submission runs no longer. JOURNAL-06, -10."""
    over = [
        journal
        for name, journal in player.state.journals.items()
        if isinstance(journal, Journal)
        and (
            journal.committed
            or (found := player.state.submissions.get(name)) is None
            or not found.belongs_to(journal)
        )
    ]
    if not over:
        return
    journal = choices.among(over)
    by = SubmissionAttemptRef(journal.submission_id, journal.attempt_id)
    key, leaf = journal.stream_key or player.key("k3"), journal.committed_leaf_id or "leaf-5"
    update = TurnJournalUpdate(checkpoint_leaf_id="leaf-6", tool_request={"late": 1})
    handle = choices.among((0, 1))
    await player.call(_UPDATE, by, choices.among(_PHASES), update, handle=handle)
    await player.call(_CONSUME, by, key, handle=handle)
    for again in (leaf, leaf, "leaf-7"):
        await player.call(_COMMIT, by, again, handle=handle)
    await player.call(_CONSUME, by, key, handle=handle)


async def intrude(player: Player, choices: Choices) -> None:
    """Try all that is done to a journal by an attempt that does not have it. JOURNAL-19."""
    intruder, handle = attempts.stranger(player, choices), choices.among((0, 1))
    own = getattr(player.state.journals.get(intruder.submission_id), "stream_key", None)
    update = TurnJournalUpdate(checkpoint_leaf_id="leaf-8", stream_key=player.key("k4"))
    await player.call(_CONSUME, intruder, own or player.key("k4"), handle=handle)
    await player.call(_UPDATE, intruder, choices.among(_PHASES), update, handle=handle)
    await player.call(_COMMIT, intruder, "leaf-9", handle=handle)


def _request(choices: Choices) -> Any:
    """Return a tool request, or none."""
    return choices.document() if choices.rarely(4) else choices.among(_REQUESTS)


MOVES = (begin, update, look_at_all, commit, consume, update, go_on_anyway, intrude)
