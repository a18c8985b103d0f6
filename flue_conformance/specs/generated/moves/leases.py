"""Moves of leases: servers that hold the work of many sessions, and lose it."""

from __future__ import annotations

from typing import Final

from flue_conformance.contract import SubmissionClaimRef, SubmissionLease
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import admission, attempts, queues
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.scenarios.values import now

_MANY: Final = 105
"""How many are more than a page that somebody might think large enough."""


async def lose_a_server(player: Player, choices: Choices) -> None:
    """Claim work of several sessions under leases that have passed, and renew a part of them."""
    count = choices.mostly((3, 4, 5, 12), (_MANY,), 100)
    handle = choices.among((0, 1))
    held = [player.key(f"lost-{number}") for number in range(count)]
    renewed = choices.among((held, held[1:], held[::2] + held[:1], held[::-1]))
    for number, name in enumerate(held):
        given = admission.new_dispatch(player, choices)
        given |= {"dispatchId": name, "session": f"lost-{number}", "input": number}
        await player.call(admission.DISPATCH, given)
    await queues.look_at_lists(player, choices)
    for number, name in enumerate(held):
        # What came last was lost first.
        claim = SubmissionClaimRef(name, "t1", "lost", now() - 1_000 * (number + 1))
        await player.call("submissions.claim_submission", claim, handle=handle)
    await queues.look_at_lists(player, choices)
    await player.call("submissions.renew_leases", "lost", renewed, handle=handle)
    await queues.look_at_lists(player, choices)


async def renew_for_others(player: Player, choices: Choices) -> None:
    """Take something over, and have it renewed by all who do not own it. LEASE-02."""
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    if not running:
        return
    found, server = choices.among(running), choices.among(queues.OWNERS)
    handle = choices.among((0, 1))
    lease = SubmissionLease(server, now() - 5_000)
    owner = attempts.owner(player, found.submission_id)
    successor = choices.among(attempts.NEXT_ATTEMPTS)
    await player.call("submissions.replace_turn_journal_attempt", owner, successor, lease)
    for other in queues.OWNERS:
        if other != server:
            held = [found.submission_id]
            await player.call("submissions.renew_leases", other, held, handle=handle)
    await player.call("submissions.list_expired_submissions", handle=handle)


MOVES = (lose_a_server, renew_for_others, renew_for_others)
