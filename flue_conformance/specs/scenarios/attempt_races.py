"""Endings and replacements of one attempt that race. LIFECYCLE-10, JOURNAL-17."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import permutations

from flue_conformance.contract import AgentSubmission, SubmissionLease
from flue_conformance.specs.scenarios.journal_steps import expect_changed
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue_and_start,
    read,
    read_journal,
)
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import only_winner, together


async def race_endings(handles: list[Handle], expect: Expect) -> None:
    """Race completions and failures by the owner, one through each handle; one counts."""
    submissions = handles[0].submissions
    # Completions have no error. In each order, for that in which calls begin decides what they see.
    orders = permutations((None, "first error", None, "second error"))
    for number, errors in enumerate(orders):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name)

        racers = await together(
            [
                partial(handle.submissions.complete_submission, mine)
                if error is None
                else partial(handle.submissions.fail_submission, mine, RuntimeError(error))
                for handle, error in zip(handles, errors, strict=True)
            ]
        )

        winner = only_winner(racers, bool, "endings that returned true")
        found = await read(submissions, name)
        expect.equal(found.status, "settled", "the status after the race")
        if winner is not None:
            expect.equal(found.error, errors[winner], "the error of the ending that counted")


async def race_replacements(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race replacements of one attempt, one through each handle; one succeeds."""
    submissions = handles[0].submissions
    for number in range(rounds):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)
        before = await begin_turn(submissions, name)

        racers = await together(
            [
                partial(
                    handle.submissions.replace_turn_journal_attempt,
                    mine,
                    f"next-{place}",
                    SubmissionLease(f"owner-{place}", now() + 30_000 + place),
                )
                for place, handle in enumerate(handles)
            ]
        )

        winner = only_winner(racers, _granted, "replacements that returned the submission")
        found = await read(submissions, name)
        journal = await read_journal(submissions, name)
        if winner is not None:
            expect.equal(found, racers[winner].value, "the submission after the race")
        expect.equal(found.attempt_count, 2, "the attempts after the race")
        expect_changed(expect, journal, before, attempt_id=found.attempt_id)


async def race_replacements_with_endings(handles: list[Handle], rounds: int) -> None:
    """Race a replacement of an attempt with its completion; one of them applies."""
    submissions = handles[0].submissions
    for number in range(rounds):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)
        one, two, *_ = (handle.submissions for handle in handles)
        calls: list[Callable[[], Awaitable[object]]] = [
            partial(one.replace_turn_journal_attempt, mine, "attempt-2"),
            partial(two.complete_submission, mine),
        ]
        # Each begins first in every second round.
        racers = await together(calls[:: -1 if number % 2 else 1])

        only_winner(racers, bool, "calls that applied, of a replacement and a completion")


def _granted(submission: AgentSubmission | None) -> bool:
    return submission is not None
