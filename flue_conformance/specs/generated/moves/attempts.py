"""Moves of attempts: those that own their submission, and those that lost it."""

from __future__ import annotations

from flue_conformance.contract import SubmissionAttemptRef, SubmissionDurability, SubmissionLease
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.queues import (
    ALIKE_ATTEMPTS,
    ATTEMPTS,
    OWNERS,
    look_at_all,
    submission_id,
)
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import TEXTS
from flue_conformance.specs.scenarios.values import now

ERRORS = (*map(RuntimeError, (*TEXTS, "long " * 300)), "plain text", ValueError(), KeyError("a"))


def attempt(player: Player, choices: Choices) -> SubmissionAttemptRef:
    """Return an attempt: mostly one that runs something."""
    running = [
        each.submission_id for each in player.state.submissions.values() if each.status == "running"
    ]
    named = choices.among(running) if running else submission_id(player, choices)
    if choices.rarely(4):
        # One that lost its submission, or never had one.
        stale = [SubmissionAttemptRef(named, each) for each in (*ATTEMPTS, *ALIKE_ATTEMPTS)]
        return choices.among((*player.attempts[:6], *stale))
    owner = player.attempt(named)
    player.attempts = [owner, *player.attempts][:12]
    return owner


async def mark(player: Player, choices: Choices) -> None:
    """Mark the input as applied."""
    durability = choices.among(
        (
            None,
            SubmissionDurability(3, now() + 1_000),
            SubmissionDurability(0, 0),
            SubmissionDurability(1_000, 9_000_000_000_000),
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
        choices.among(ERRORS),
        handle=choices.among((0, 1)),
    )


async def take_over(player: Player, choices: Choices) -> None:
    """Replace the attempt."""
    owner = choices.among(OWNERS)
    lease = choices.among(
        (
            None,
            SubmissionLease(owner, now() + 30_000),
            SubmissionLease(owner, 0),
            SubmissionLease(owner, now() - 5_000),
        )
    )
    given = (attempt(player, choices), choices.among((*ATTEMPTS, "t4", "t5")))
    name, handle = "submissions.replace_turn_journal_attempt", choices.among((0, 1))
    await player.call(name, *given, *(() if lease is None else (lease,)), handle=handle)


async def _by(player: Player, choices: Choices, method: str) -> None:
    await player.call(
        f"submissions.{method}", attempt(player, choices), handle=choices.among((0, 1))
    )


ENDINGS = (complete, fail)
MOVES = (complete, mark, requeue, take_over, request_recovery, fail, look_at_all)
