"""Moves: what a generated sequence can do next, one module a surface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import (
    admission,
    attempts,
    chunks,
    handles,
    index,
    journals,
    queues,
    runs,
    sessions,
    streams,
)
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.support.ground import Ground

Move: TypeAlias = Callable[[Player, Choices], Awaitable[None]]

_WORK: Sequence[Move] = (*queues.MOVES, *attempts.MOVES)

MOVES: Mapping[str, Sequence[Move]] = MappingProxyType(
    {
        "sessions": (*sessions.MOVES * 3, *handles.MOVES, admission.MOVES[0], *queues.DELETIONS),
        "admission": (
            *admission.MOVES * 4,
            *queues.MOVES,
            *queues.DELETIONS * 2,
            *attempts.ENDINGS,
            *handles.MOVES,
        ),
        "claims": (admission.MOVES[0], admission.MOVES[0], *_WORK, *_WORK, *handles.MOVES),
        "journals": (
            admission.MOVES[0],
            *queues.CLAIMS,
            *journals.MOVES * 3,
            *attempts.MOVES,
            *handles.MOVES,
        ),
        "chunks": (*chunks.MOVES * 4, *handles.MOVES),
        "deletion": (
            admission.MOVES[0],
            *admission.MOVES,
            *queues.CLAIMS * 2,
            *attempts.ENDINGS * 2,
            *queues.DELETIONS * 4,
            *journals.MOVES,
            *chunks.MOVES,
            *sessions.MOVES,
            *queues.MOVES,
            *handles.MOVES,
        ),
        "runs": (*runs.MOVES * 3, *index.MOVES, *handles.MIGRATIONS),
        "events": (*runs.MOVES, *runs.EVENTS * 3, *handles.MIGRATIONS),
        "streams": (*streams.MOVES * 4, *handles.MOVES),
        "index": (*index.MOVES * 4, *runs.MOVES, *handles.MIGRATIONS),
    }
)
"""The moves of sequences about each area; several times those that are made more often."""


async def play(ground: Ground, area: str, decisions: Sequence[bytes]) -> None:
    """Make one move a decision, and settle in the end what is left unsettled.

    Raises `BrokenRule` where the adapter and the model go separate ways.
    """
    player = Player(ground)
    try:
        for decision in decisions:
            choices = Choices(decision)
            await choices.among(MOVES[area])(player, choices)
        if player.state.submissions:
            await player.finish()
    except BaseException:
        ground.littered = True
        raise
