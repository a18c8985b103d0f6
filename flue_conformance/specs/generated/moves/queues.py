"""Moves that look at queues, claim and renew leases."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

from flue_conformance.contract import MAX_INTEGER, SubmissionClaimRef
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import admission
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import ALIKE_NAMES, NAMES, TIMES
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


def leases() -> tuple[int, ...]:
    """Return instants at which leases end."""
    return (
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


async def _claim(player: Player, choices: Choices, picked: str) -> None:
    wanted = SubmissionClaimRef(
        picked,
        choices.mostly(ATTEMPTS[:1], ATTEMPTS, 2),
        choices.mostly(OWNERS[:1], OWNERS, 2),
        choices.among(leases()),
    )
    await player.call("submissions.claim_submission", wanted, handle=choices.among((0, 1)))


async def look_at_lists(player: Player, choices: Choices) -> None:
    """List what can run, what runs, and what has expired."""
    handle = choices.among((0, 1))
    await player.call("submissions.list_runnable_submissions", handle=handle)
    await player.call("submissions.list_running_submissions", handle=handle)
    await player.call("submissions.list_expired_submissions", handle=handle)


async def work_in_several_sessions(player: Player, choices: Choices) -> None:
    """Have queues in several sessions, their heads in different states, and look at the lists."""
    start, handle = choices.among(range(16)), choices.among((0, 1))
    several = range(choices.mostly((3, 4), (11,), 6))
    names = [f"{9 - start % 7}-{len(player.state.submissions)}-{number}" for number in several]
    for place in ("first", "second"):
        for number in several:
            name, time = (
                player.key(f"{names[number]}-{place}"),
                TIMES[(start - number) % len(TIMES)],
            )
            given = admission.plain(player, name, names[number], time)
            await player.call(admission.DISPATCH, given, handle=handle)
    heads = [player.key(f"{name}-first") for name in names]
    for number, (head, lease) in enumerate(zip(heads, cycle(leases()[start % 9 :]), strict=False)):
        claim = replace(player.claim(head), lease_expires_at=lease)
        await player.call("submissions.claim_submission", claim, handle=handle)
        ending = _ENDINGS[(start + number) % len(_ENDINGS)]
        if ending:
            await player.call(f"submissions.{ending}", player.attempt(head), handle=handle)
    await look_at_lists(player, choices)
    for name in choices.among((heads, [player.key(f"{name}-second") for name in names])):
        await player.call("submissions.claim_submission", player.claim(name, "t2"))
    await look_at_lists(player, choices)
    await renew(player, choices)


_ENDINGS = (
    "",
    "requeue_submission_before_input_applied",
    "request_submission_recovery",
    "",
    "requeue_submission_before_input_applied",
    "complete_submission",
    "",
)
"""What becomes of a submission that was claimed."""


async def watch(player: Player, choices: Choices) -> None:
    """Look by one handle, make a change by the other, and look again."""
    handle, read = choices.among((0, 1)), f"submissions.{choices.among(_LISTS)}"
    await player.call(read, handle=handle)
    waiting = heads(player)
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    if running and choices.rarely(3):
        attempt = player.attempt(choices.among(running[:8]).submission_id)
        await player.call("submissions.complete_submission", attempt, handle=1 - handle)
    elif waiting and choices.rarely(2):
        claim = player.claim(choices.among(waiting[:8]))
        await player.call("submissions.claim_submission", claim, handle=1 - handle)
    else:
        number = len(player.state.submissions)
        given = admission.plain(player, player.key(f"seen-{number}"), f"seen-{number}")
        await player.call(admission.DISPATCH, given, handle=1 - handle)
    await player.call(read, handle=handle)


_LISTS = (
    "list_runnable_submissions",
    "list_runnable_submissions",
    "list_running_submissions",
    "has_unsettled_submissions",
    "list_expired_submissions",
)


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
    work_in_several_sessions,
    work_in_several_sessions,
    watch,
    watch,
)
