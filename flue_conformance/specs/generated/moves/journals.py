"""Moves of turn journals."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import ABSENT, CreateTurnJournalInput, TurnJournalUpdate
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.attempts import attempt
from flue_conformance.specs.generated.moves.queues import look_at_all
from flue_conformance.specs.generated.player import Player

_PHASES: Any = ("before_provider", "provider_started", "tool_request_recorded")
_LEAVES = (None, "leaf-1", "leaf-2", "é", "")


def stream_key(player: Player, choices: Choices) -> str:
    """Return a stream key."""
    return player.key(choices.mostly(("k1", "k2"), ("K1", "k1 ", "k", "k_", "%", "k10"), 5))


async def begin(player: Player, choices: Choices) -> None:
    """Begin a turn; mostly of the attempt that runs."""
    owner = attempt(player, choices)
    submission = player.state.submissions.get(owner.submission_id)
    if (submission is None or not submission.belongs_to(owner)) and not choices.rarely(6):
        return
    begun = CreateTurnJournalInput(
        submission_id=owner.submission_id,
        session_key=submission.session_key if submission else "agent-session:[]",
        kind=submission.kind if submission else "dispatch",  # type: ignore[arg-type]
        attempt_id=owner.attempt_id,
        operation_id=choices.among(("op-1", "op-2", "日本")),
        turn_id=choices.among(("turn-1", "turn-2", "")),
        phase=choices.among(_PHASES),
        checkpoint_leaf_id=choices.among(_LEAVES),
        tool_request=choices.among((ABSENT, choices.document())),
    )
    await player.call("submissions.begin_turn_journal", begun, handle=choices.among((0, 1)))


async def update(player: Player, choices: Choices) -> None:
    """Move the journal on."""
    owner, phase = attempt(player, choices), choices.among(_PHASES)
    name, handle = "submissions.update_turn_journal_phase", choices.among((0, 1))
    if choices.rarely(4):
        await player.call(name, owner, phase, handle=handle)
        return
    update = TurnJournalUpdate(
        checkpoint_leaf_id=choices.among(_LEAVES),
        tool_request=choices.among((ABSENT, choices.document())),
        stream_key=choices.among((stream_key(player, choices), None)),
    )
    await player.call(name, owner, phase, update, handle=handle)


async def commit(player: Player, choices: Choices) -> None:
    """Commit the journal."""
    leaf = choices.text()
    handle = choices.among((0, 1))
    owner = attempt(player, choices)
    await player.call("submissions.commit_turn_journal", owner, leaf, handle=handle)


async def consume(player: Player, choices: Choices) -> None:
    """Mark the stream as consumed; mostly the journal's own."""
    owner = attempt(player, choices)
    journal = player.state.journals.get(owner.submission_id)
    own = getattr(journal, "stream_key", None)
    key = stream_key(player, choices)
    picked = own if own and not choices.rarely(4) else key
    handle = choices.among((0, 1))
    await player.call("submissions.mark_stream_consumed", owner, picked, handle=handle)


MOVES = (begin, update, look_at_all, commit, consume, update)
