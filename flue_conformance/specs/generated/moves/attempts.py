"""Moves of attempts: those that own their submission, and those that lost it."""

from __future__ import annotations

from typing import Final

from flue_conformance.contract import (
    MAX_INTEGER,
    SubmissionAttemptRef,
    SubmissionDurability,
    SubmissionLease,
)
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.queues import (
    ATTEMPTS,
    OWNERS,
    look_at_all,
    submission_id,
)
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import TEXTS
from flue_conformance.specs.scenarios.values import now

NEXT_ATTEMPTS: Final = (*ATTEMPTS, "t4", "t5", "T1", "日本 e\u0301 😀")
ERRORS: Final = (
    RuntimeError("text"),
    RuntimeError(f" {'long ' * 300}{' '.join(TEXTS)}\r\n"),
    *map(RuntimeError, TEXTS),
    "plain text",
    ValueError(),
    KeyError("a"),
)
_BEYOND_THE_BUDGET: Final = 11
"""How many attempts are more than a submission has unless told otherwise."""


def attempt(player: Player, choices: Choices) -> SubmissionAttemptRef:
    """Return an attempt: mostly one that runs something."""
    running = [
        each.submission_id for each in player.state.submissions.values() if each.status == "running"
    ]
    named = choices.among(running) if running else submission_id(player, choices)
    if choices.rarely(6):
        return stranger(player, choices)
    return owner(player, named)


def owner(player: Player, submission_id: str) -> SubmissionAttemptRef:
    """Return the attempt that runs a submission, and remember it for when it does no longer."""
    found = player.attempt(submission_id)
    player.attempts = list(dict.fromkeys([found, *player.attempts]))[:12]
    return found


def stranger(player: Player, choices: Choices) -> SubmissionAttemptRef:
    """Return an attempt that owns nothing: it did once, or is spelled much like one that does."""
    submissions = player.state.submissions
    former = [
        each
        for each in player.attempts
        if (found := submissions.get(each.submission_id)) is None or not found.belongs_to(each)
    ]
    alike = [
        SubmissionAttemptRef(each.submission_id, spelled)
        for each in submissions.values()
        if each.status == "running"
        for spelled in _alike(each.attempt_id)
    ]
    nobody = [SubmissionAttemptRef(submission_id(player, choices), "nobody")]
    return choices.among(choices.among([each for each in (former, alike) if each] or [nobody]))


def _alike(name: str) -> list[str]:
    """Return what a sloppy comparison takes for a name."""
    spelled = (name.swapcase(), f"{name} ", "%", "_" * len(name), f"{name[:1]}%", name[:-1], "")
    return [each for each in spelled if each != name]


async def mark(player: Player, choices: Choices) -> None:
    """Mark the input as applied."""
    durability = choices.among(
        (
            None,
            SubmissionDurability(3, now() + 1_000),
            SubmissionDurability(0, 0),
            SubmissionDurability(1, now() - 1_000),
            SubmissionDurability(1_000, MAX_INTEGER),
        )
    )
    name, handle = "submissions.mark_submission_input_applied", choices.among((0, 1))
    if durability is None:
        await player.call(name, attempt(player, choices), handle=handle)
    else:
        await player.call(name, attempt(player, choices), durability, handle=handle)


async def request_recovery(player: Player, choices: Choices) -> None:
    """Request recovery."""
    await _by(player, choices, "request_submission_recovery")


async def requeue(player: Player, choices: Choices) -> None:
    """Give the attempt back."""
    await _by(player, choices, "requeue_submission_before_input_applied")


async def complete(player: Player, choices: Choices) -> None:
    """Complete."""
    await _by(player, choices, "complete_submission")


async def fail(player: Player, choices: Choices) -> None:
    """Fail."""
    await player.call(
        "submissions.fail_submission",
        attempt(player, choices),
        choices.mostly(ERRORS[:2], ERRORS, 2),
        handle=choices.among((0, 1)),
    )


async def take_over(player: Player, choices: Choices) -> None:
    """Replace the attempt."""
    await _replace(player, choices, attempt(player, choices), choices.among(NEXT_ATTEMPTS))


async def change_hands(player: Player, choices: Choices) -> None:
    """Take a submission over again and again, whatever its limits, and keep it. JOURNAL-18."""
    running = [each for each in player.state.submissions.values() if each.status == "running"]
    if not running:
        return
    named = choices.among(running).submission_id
    times = choices.mostly((2, 3), (_BEYOND_THE_BUDGET,), 16)
    if choices.rarely(2):
        spent = SubmissionDurability(1, now() - 1_000)
        name = "submissions.mark_submission_input_applied"
        await player.call(name, owner(player, named), spent)
    for number in range(times):
        await _replace(player, choices, owner(player, named), f"t{number + 4}")
    server = player.state.submissions[named].owner_id
    await player.call("submissions.renew_leases", server, [named], handle=choices.among((0, 1)))


async def _replace(
    player: Player, choices: Choices, former: SubmissionAttemptRef, successor: str
) -> None:
    server = choices.among(OWNERS)
    lease = choices.among(
        (
            None,
            SubmissionLease(server, now() + 30_000),
            SubmissionLease(server, 0),
            SubmissionLease(server, now() - 5_000),
            SubmissionLease(server, -5),
        )
    )
    name, handle = "submissions.replace_turn_journal_attempt", choices.among((0, 1))
    given = () if lease is None else (lease,)
    await player.call(name, former, successor, *given, handle=handle)


async def intrude(player: Player, choices: Choices) -> None:
    """Try all that an attempt does by one that owns nothing. LIFECYCLE-01, JOURNAL-19."""
    intruder, handle = stranger(player, choices), choices.among((0, 1))
    durability = SubmissionDurability(7, now() + 7_000)
    lease = SubmissionLease("intruder", now() + 70_000)
    for method, *given in (
        ("mark_submission_input_applied", durability),
        ("request_submission_recovery",),
        ("requeue_submission_before_input_applied",),
        ("complete_submission",),
        ("fail_submission", RuntimeError("an intruder")),
        ("replace_turn_journal_attempt", "intruder", lease),
    ):
        await player.call(f"submissions.{method}", intruder, *given, handle=handle)


async def _by(player: Player, choices: Choices, method: str) -> None:
    await player.call(
        f"submissions.{method}", attempt(player, choices), handle=choices.among((0, 1))
    )


ENDINGS = (complete, fail)
MOVES = (
    complete,
    mark,
    requeue,
    take_over,
    request_recovery,
    fail,
    look_at_all,
    intrude,
    change_hands,
)
