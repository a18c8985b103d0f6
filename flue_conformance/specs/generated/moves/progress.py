"""Moves that do what a runtime would do next, so that sequences come to deeper states."""

from __future__ import annotations

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import admission, attempts, journals, queues
from flue_conformance.specs.generated.player import Player


async def rest(player: Player, choices: Choices) -> None:
    """Do nothing."""
    del player, choices


async def work(player: Player, choices: Choices) -> None:
    """Admit, claim, and then whatever attempts do."""
    submissions = player.state.submissions.values()
    if not any(each.unsettled for each in submissions):
        await choices.among((admission.dispatch, admission.direct))(player, choices)
    elif not any(each.status == "running" for each in submissions):
        await queues.claim_a_head(player, choices)
    else:
        await choices.among(attempts.MOVES)(player, choices)


async def turn(player: Player, choices: Choices) -> None:
    """Admit, claim, begin a turn, and then whatever turns do."""
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    if not running:
        await work(player, choices)
    elif not any(each.submission_id in player.state.journals for each in running):
        await journals.begin(player, choices)
    else:
        await choices.among(journals.MOVES)(player, choices)


async def settle(player: Player, choices: Choices) -> None:
    """Admit, claim, complete, and delete the session."""
    submissions = player.state.submissions.values()
    if any(each.unsettled for each in submissions) or not submissions:
        if any(each.status == "running" for each in submissions):
            await choices.among((*attempts.ENDINGS, journals.begin, journals.update))(
                player, choices
            )
        else:
            await work(player, choices)
    else:
        await choices.among(queues.DELETIONS)(player, choices)
