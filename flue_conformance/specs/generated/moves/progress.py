"""Moves that do what a runtime would do next, so that sequences come to deeper states."""

from __future__ import annotations

from typing import Final

from flue_conformance.model.records import Journal
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import (
    admission,
    attempts,
    chunks,
    deletions,
    journals,
    queues,
)
from flue_conformance.specs.generated.player import Player

_QUEUE: Final = 4
"""How many may wait before work is done."""


async def rest(player: Player, choices: Choices) -> None:
    """Do nothing."""
    del player, choices


async def work(player: Player, choices: Choices) -> None:
    """Admit, claim, and then whatever attempts do."""
    submissions = player.state.submissions.values()
    waiting = sum(each.unsettled for each in submissions)
    if not waiting or (waiting < _QUEUE and choices.rarely(3)):
        await _admit(player, choices)
    elif not (running := _running(player)) or (running == 1 and choices.rarely(3)):
        await queues.claim_a_head(player, choices)
    else:
        await choices.among(attempts.MOVES)(player, choices)
    if choices.rarely(3):
        await queues.look_at_lists(player, choices)


async def _admit(player: Player, choices: Choices) -> None:
    """Admit something new, mostly to the first of two sessions; two ids differ in case alone."""
    half, odd = divmod(len(player.state.submissions), 2)
    name = player.key(f"{9 - half % 10}-{half}{'aA'[odd]}")
    session = choices.among(("one", "one", "two"))
    if choices.rarely(2):
        direct = admission.new_direct(player, choices)
        direct |= {"submissionId": name, "session": session}
        await admission.admit(player, choices, admission.DIRECT, direct)
    else:
        dispatch = admission.new_dispatch(player, choices)
        dispatch |= {"dispatchId": name, "session": session}
        if choices.rarely(4):
            dispatch["input"] = None
        await admission.admit(player, choices, admission.DISPATCH, dispatch)


def _running(player: Player) -> int:
    return sum(each.status == "running" for each in player.state.submissions.values())


async def turn(player: Player, choices: Choices) -> None:
    """Have something that runs, begin a turn of it, and then do whatever turns do."""
    if not (running := _running(player)) or (running == 1 and choices.rarely(6)):
        if not queues.heads(player):
            await _admit(player, choices)
        await queues.claim_a_head(player, choices)
    if _has_an_open_turn(player) or choices.rarely(4):
        await choices.among(_TURNS)(player, choices)
    else:
        await choices.among((journals.begin, journals.take_a_turn))(player, choices)


def _has_an_open_turn(player: Player) -> bool:
    return any(
        isinstance(journal, Journal)
        and not journal.committed
        and (found := player.state.submissions.get(name)) is not None
        and found.status == "running"
        for name, journal in player.state.journals.items()
    )


_TURNS: Final = (
    journals.update,
    journals.take_a_turn,
    attempts.take_over,
    journals.consume,
    attempts.change_hands,
    journals.update,
    journals.take_a_turn,
    attempts.take_over,
    journals.consume,
    journals.intrude,
    journals.commit,
    journals.begin,
    attempts.mark,
    attempts.request_recovery,
    attempts.requeue,
    attempts.requeue,
)


_SETTLING: Final = (
    *attempts.ENDINGS,
    journals.begin,
    *attempts.ENDINGS,
    journals.update,
    chunks.append_to_a_turn,
    attempts.requeue,
    journals.commit,
)


async def settle(player: Player, choices: Choices) -> None:
    """Admit, claim, complete, and delete the session."""
    submissions = player.state.submissions.values()
    if submissions and choices.rarely(6):
        await deletions.delete_session(player, choices)
    elif any(each.unsettled for each in submissions) or not submissions:
        if any(each.status == "running" for each in submissions):
            await choices.among(_SETTLING)(player, choices)
        else:
            await work(player, choices)
    else:
        await choices.among(deletions.MOVES)(player, choices)
