"""Moves: what a generated sequence can do next, one module a surface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from hypothesis import example

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import (
    admission,
    attempts,
    chunks,
    claims,
    columns,
    deletions,
    events,
    handles,
    index,
    interruptions,
    journals,
    leases,
    listeners,
    lives,
    neighbours,
    progress,
    queues,
    runs,
    sessions,
    streams,
)
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.support.ground import Ground

Move: TypeAlias = Callable[[Player, Choices], Awaitable[None]]

MOVES: Mapping[str, Sequence[Move]] = MappingProxyType(
    {
        "sessions": (
            progress.rest,
            *sessions.MOVES * 3,
            *handles.MOVES,
            *neighbours.MOVES * 2,
        ),
        "admission": (
            progress.rest,
            *admission.MOVES * 3,
            *[lives.follow] * 6,
            *queues.MOVES,
            *deletions.MOVES,
            *[progress.settle] * 4,
            *handles.MOVES,
        ),
        "claims": (
            progress.rest,
            admission.dispatch,
            admission.direct,
            *[progress.work] * 14,
            *queues.MOVES,
            *claims.MOVES,
            *leases.MOVES,
            *attempts.MOVES,
            attempts.intrude,
            admission.replay,
            *handles.MOVES,
        ),
        "journals": (
            progress.rest,
            *[progress.turn] * 16,
            *attempts.MOVES,
            *journals.MOVES,
            *handles.MOVES,
        ),
        "chunks": (progress.rest, *chunks.MOVES * 4, *handles.MOVES),
        "deletion": (
            progress.rest,
            *[progress.settle] * 8,
            *[lives.follow] * 10,
            *deletions.MOVES * 2,
            *admission.MOVES,
            *chunks.MOVES,
            *sessions.MOVES,
            *queues.MOVES,
            *handles.MOVES,
        ),
        "runs": (progress.rest, *runs.MOVES * 4, index.start, index.end, *handles.MIGRATIONS),
        "events": (
            progress.rest,
            *runs.MOVES,
            *events.MOVES * 3,
            *events.LARGE,
            *handles.MIGRATIONS,
        ),
        "streams": (progress.rest, *streams.MOVES * 3, *listeners.MOVES * 3, *handles.MOVES),
        "adapter": (
            progress.rest,
            *columns.MOVES * 3,
            *interruptions.MOVES,
            *handles.OPENINGS,
            *[progress.settle] * 4,
            *[progress.work] * 2,
            chunks.append,
            sessions.save,
        ),
        "index": (progress.rest, *index.MOVES * 2, runs.live, *handles.MIGRATIONS),
    }
)
"""The moves of sequences about each area; several times those that are made more often."""


def chosen(move: Move, *choices: int) -> Move:
    """Return a move whose choices are made, for an explicit example of a sequence."""

    async def made(player: Player, _: Choices) -> None:
        await move(player, Choices(bytes(choices)))

    return made


Spec = TypeVar("Spec", bound=Callable[..., object])


def played_once(*sequences: Sequence[Move]) -> Callable[[Spec], Spec]:
    """Have a spec play these moves besides what is drawn, each with its plainest choices."""

    def with_examples(spec: Spec) -> Spec:
        for moves in sequences:
            spec = example(decisions=list(moves))(spec)
        return spec

    return with_examples


async def play(ground: Ground, area: str, decisions: Sequence[bytes | Move]) -> None:
    """Make one move a decision, and settle in the end what is left unsettled.

    An explicit example names moves instead, which take the plainest choices.

    Raises `BrokenRule` where the adapter and the model go separate ways.
    """
    if ground.shrinking.leaves_out(tuple(decisions)):
        return
    player = Player(ground)
    try:
        for decision in decisions:
            if isinstance(decision, bytes):
                choices = Choices(decision)
                move = choices.among(MOVES[area])
            else:
                choices, move = Choices(b""), decision
            await move(player, choices)
            if not choices.rarely(2):
                await player.look(choices.among((1, 0)))
        if player.state.submissions:
            await player.finish()
    except BaseException:
        ground.littered = True
        ground.shrinking.failed(tuple(decisions))
        raise
