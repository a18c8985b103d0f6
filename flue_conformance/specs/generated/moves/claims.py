"""Moves that claim: what may not be claimed, and one submission of a session after the other."""

from __future__ import annotations

from typing import Final

from flue_conformance.contract import SubmissionClaimRef, session_key
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import admission, attempts, queues
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import FAMILIES
from flue_conformance.specs.scenarios.values import now

_CLAIM: Final = "submissions.claim_submission"
_LONG: Final = 12
"""How many have sequences of more digits than some before them."""


async def claim_out_of_turn(player: Player, choices: Choices) -> None:
    """Claim what cannot be claimed: what waits behind another, runs, or is settled. CLAIM-02."""
    heads = queues.heads(player)
    handle = choices.among((0, 1))
    others = [each for each in player.state.submissions.values() if each.submission_id not in heads]
    for each in others[-4:]:
        named = choices.among((str(each.attempt_id), "t1", "t2"))
        claim = SubmissionClaimRef(each.submission_id, named, "thief", now() + 40_000)
        await player.call(_CLAIM, claim, handle=handle)


async def overtake(player: Player, choices: Choices) -> None:
    """Give something back, and claim what came later to its session. CLAIM-02, ORDERING-07."""
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    if not running:
        return
    found = choices.among(running)
    handle = choices.among((0, 1))
    later = player.key(f"later-{len(player.state.submissions)}")
    session = {name: found.input.value[name] for name in ("id", "session")}
    given = admission.new_dispatch(player, choices) | session
    given |= {"dispatchId": later, "agent": choices.among(("other", "triage"))}
    await player.call(admission.DISPATCH, given)
    owner = attempts.owner(player, found.submission_id)
    await player.call("submissions.requeue_submission_before_input_applied", owner, handle=handle)
    await player.call(_CLAIM, player.claim(later), handle=handle)
    await player.call("submissions.list_runnable_submissions", handle=handle)


async def work_off_a_queue(player: Player, choices: Choices) -> None:
    """Have several wait in one session, and do one after the other. ORDERING-03."""
    agent, session = player.key("agent"), "queue"
    handle = choices.among((0, 1))
    for number in range(choices.mostly((3,), (_LONG,), 16)):
        given = admission.new_dispatch(player, choices)
        given |= {"dispatchId": player.key(f"queue-{number}"), "id": agent, "session": session}
        await player.call(admission.DISPATCH, given | {"input": number}, handle=handle)
    await queues.look_at_lists(player, choices)
    while (head := player.state.head(session_key(agent, session))) is not None:
        if head.status == "queued":
            await player.call(_CLAIM, player.claim(head.submission_id), handle=handle)
        await player.call("submissions.complete_submission", player.attempt(head.submission_id))


async def claim_in_alike_sessions(player: Player, choices: Choices) -> None:
    """Claim in sessions whose names are alike; behind each, something of the other kind waits."""
    made, handle = len(player.state.submissions), choices.among((0, 1))
    sessions = {name: player.key(f"alike-{made}-{name}") for name in choices.among(FAMILIES)}
    for place, (session, work) in enumerate(sessions.items()):
        dispatch = {"dispatchId": work, "id": player.key("agent"), "session": session}
        prompt = {"submissionId": f"{work} next", "id": player.key("agent"), "session": session}
        dispatch = admission.new_dispatch(player, choices) | dispatch | {"input": None}
        calls = [
            (admission.DISPATCH, dispatch),
            (admission.DIRECT, admission.new_direct(player, choices) | prompt),
        ]
        for name, given in calls if place % 2 else calls[::-1]:
            await player.call(name, given, handle=handle)
    for work in sessions.values():
        for name in (f"{work} next", work):
            await player.call(_CLAIM, player.claim(name), handle=handle)
    await queues.look_at_lists(player, choices)


MOVES = (
    claim_out_of_turn,
    overtake,
    claim_out_of_turn,
    work_off_a_queue,
    overtake,
    claim_in_alike_sessions,
)
