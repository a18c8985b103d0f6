"""Moves that look at queues, claim, renew leases and delete sessions."""

from __future__ import annotations

from functools import partial

from flue_conformance.contract import MAX_INTEGER, SubmissionClaimRef, session_key
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import admission, sessions
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import ALIKE_NAMES, NAMES
from flue_conformance.specs.scenarios.values import now

OWNERS = ("owner", "other", "Owner", "owner ", "日本", "e\u0301", "")
ATTEMPTS = ("t1", "t2", "t3")


def submission_id(player: Player, choices: Choices) -> str:
    """Return the id of a submission that is there, or of none."""
    known = list(player.state.submissions)
    if known and not choices.rarely(8):
        return choices.among(known[:16])
    return player.key(choices.mostly(NAMES, ALIKE_NAMES))


async def claim_a_head(player: Player, choices: Choices) -> None:
    """Claim what can be claimed."""
    waiting = heads(player)
    if waiting:
        await _claim(player, choices, choices.among(waiting))


async def claim(player: Player, choices: Choices) -> None:
    """Claim: mostly what can be claimed."""
    waiting, other = heads(player), submission_id(player, choices)
    picked = choices.among(waiting) if waiting and choices.rarely(2) else other
    await _claim(player, choices, picked)


def heads(player: Player) -> list[str]:
    """Return the ids of all that can be claimed."""
    return [
        head.submission_id
        for key in player.state.lanes
        if (head := player.state.head(key)) and head.status == "queued"
    ]


async def _claim(player: Player, choices: Choices, picked: str) -> None:
    lease = choices.among(
        (
            now() + 30_000,
            now() - 300,
            now() - 20_000,
            now() + 700,
            now() + 10_000_000_000,
            0,
            -5,
            MAX_INTEGER,
            1,
        )
    )
    wanted = SubmissionClaimRef(
        picked,
        choices.mostly(ATTEMPTS[:1], ATTEMPTS, 2),
        choices.mostly(OWNERS[:1], OWNERS, 2),
        lease,
    )
    await player.call("submissions.claim_submission", wanted, handle=choices.among((0, 1)))


async def look_at_lists(player: Player, choices: Choices) -> None:
    """List what can run, what runs, and what has expired."""
    handle = choices.among((0, 1))
    await player.call("submissions.list_runnable_submissions", handle=handle)
    await player.call("submissions.list_running_submissions", handle=handle)
    await player.call("submissions.list_expired_submissions", handle=handle)


async def admit_and_claim_several(player: Player, choices: Choices) -> None:
    """Have work in several sessions, claim it, and look at the lists."""
    for number in range(choices.mostly((3, 5), (11,), 4)):
        name = f"many-{choices.among(range(4))}-{number}"
        given = admission.new_dispatch(player, choices)
        given |= {"dispatchId": player.key(name), "session": f"many-{number}", "input": number}
        await player.call(admission.DISPATCH, given)
        if not choices.rarely(3):
            await claim_a_head(player, choices)
    await look_at_lists(player, choices)
    await renew(player, choices)


async def renew_and_look(player: Player, choices: Choices) -> None:
    """Renew leases and look at all that they may concern."""
    await renew(player, choices)
    handle = choices.among((0, 1))
    await player.call("submissions.list_running_submissions", handle=handle)
    await player.call("submissions.list_expired_submissions", handle=handle)
    resting = [each for each in player.state.submissions.values() if each.status != "running"]
    for each in resting[-4:]:
        await player.call("submissions.get_submission", each.submission_id, handle=handle)


async def look_at_work(player: Player, choices: Choices) -> None:
    """Ask whether anything is unsettled."""
    await player.call("submissions.has_unsettled_submissions", handle=choices.among((0, 1)))


async def look_at_all(player: Player, choices: Choices) -> None:
    """Read every submission, and its journal."""
    handle = choices.among((0, 1))
    for name in list(player.state.submissions)[:6]:
        await player.call("submissions.get_submission", name, handle=handle)
        await player.call("submissions.get_turn_journal", name, handle=handle)


async def renew(player: Player, choices: Choices) -> None:
    """Renew leases: mostly by one that has some, of all that there is or of a part."""
    known = list(player.state.submissions)
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    held = [each.submission_id for each in running]
    several: tuple[list[str], ...] = (
        known,
        held[:1],
        [*known, player.key("nobody")],
        held[::2] + held[:1],
        known + known,
        known[:1],
        [player.key("nobody"), *known[::-1]],
        [],
    )
    owners = list(dict.fromkeys(str(each.owner_id) for each in running))
    owner = choices.mostly(owners or OWNERS[:1], OWNERS, 3)
    await player.call(
        "submissions.renew_leases", owner, choices.among(several), handle=choices.among((0, 1))
    )


async def delete_session(player: Player, choices: Choices) -> None:
    """Delete a session, and make calls in the callback."""
    known = [key for key in player.state.lanes if key not in player.deleting]
    settled = [key for key in known if player.state.head(key) is None]
    if player.deleting:
        # One within another may wait for it.
        return
    key = session_key(player.key("agent"), admission.session(choices))
    if settled and not choices.rarely(4):
        key = choices.among(settled)
    elif known and not choices.rarely(3):
        key = choices.among(known)
    within = choices.among(
        (_nothing, _look, _replay, _admit, _touch_records, _admit_elsewhere, _look, _replay)
    )
    await player.delete_session(
        key,
        partial(within, player, choices),
        raising=choices.rarely(5),
        handle=choices.among((0, 1)),
    )


async def settle_and_delete(player: Player, choices: Choices) -> None:
    """Settle all that there is, and delete a session."""
    if player.deleting:
        return
    await player.finish()
    await delete_session(player, choices)


async def _nothing(player: Player, choices: Choices) -> None:
    del player, choices


async def _look(player: Player, choices: Choices) -> None:
    await look_at_all(player, choices)
    await look_at_lists(player, choices)


async def _replay(player: Player, choices: Choices) -> None:
    await admission.replay(player, choices)
    await admission.replay_the_removed(player, choices)


async def _admit(player: Player, choices: Choices) -> None:
    (key, *_) = player.deleting
    made = admission.new_dispatch(player, choices)
    sent = [given for _, given in player.sent if session_key(given["id"], given["session"]) == key]
    if sent:
        made |= {"id": sent[0]["id"], "session": sent[0]["session"]}
    await admission.admit(player, choices, admission.DISPATCH, made)
    await admission.direct(player, choices)


async def _admit_elsewhere(player: Player, choices: Choices) -> None:
    made = admission.new_dispatch(player, choices) | {"session": "elsewhere"}
    await admission.admit(player, choices, admission.DISPATCH, made)
    await look_at_lists(player, choices)


async def _touch_records(player: Player, choices: Choices) -> None:
    await sessions.save(player, choices)
    await sessions.load_all(player, choices)
    await sessions.delete(player, choices)


CLAIMS = (claim, claim)
MOVES = (
    claim,
    look_at_lists,
    claim,
    look_at_all,
    look_at_work,
    renew_and_look,
    look_at_lists,
    renew_and_look,
    admit_and_claim_several,
)
DELETIONS = (delete_session, settle_and_delete)
