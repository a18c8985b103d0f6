"""Admissions to one queue that race, and the turns that its submissions get. ORDERING-16."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from flue_conformance.contract import AgentSubmission, AgentSubmissionStore, session_key
from flue_conformance.specs.scenarios.steps import queue
from flue_conformance.specs.scenarios.values import attempt, claim
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import errors, outlasting, together


@dataclass(frozen=True, slots=True)
class Admission:
    """One admission: when it began and returned, on a clock that never goes back."""

    submission_id: str
    sequence: int
    began: int
    returned: int


@dataclass(slots=True)
class Admissions:
    """The admissions to one session of instance `agent-1`."""

    session: str
    returned: list[Admission] = field(default_factory=list)

    @property
    def session_key(self) -> str:
        """The key of the session."""
        return session_key("agent-1", self.session)

    async def make(self, handles: Sequence[Handle], name: str) -> None:
        """Admit a dispatch through each handle, one after the other."""
        for place, handle in enumerate(handles):
            began = time.perf_counter_ns()
            submission_id = f"{name}-{place}"
            admit = partial(queue, handle.submissions, submission_id, session=self.session)
            admitted = await outlasting(admit)
            returned = time.perf_counter_ns()
            self.returned.append(Admission(submission_id, admitted.sequence, began, returned))

    def in_turn(self) -> Iterator[tuple[Admission, Admission]]:
        """Return every two admissions of which the second began after the first returned."""
        for earlier in self.returned:
            for later in self.returned:
                if earlier.returned < later.began:
                    yield earlier, later


async def race_admissions(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Admit to one session through all handles at once, through each several times."""
    for number in range(rounds):
        admissions = Admissions(f"session-{number}")
        racers = await together(
            partial(admissions.make, handles[place:] + handles[:place], f"{number}-{place}")
            for place in range(len(handles))
        )

        expect.equal(errors(racers), [], "errors of admissions that were made again and again")
        for earlier, later in admissions.in_turn():
            expect.that(
                earlier.sequence < later.sequence,
                came_back=(earlier.sequence, later.sequence),
                expected="the first less than the second",
                about="sequences of two admissions, the second begun after the first returned",
            )


async def race_admissions_with_a_claim(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Claim the first of a session that is there while others are admitted."""
    for number in range(rounds):
        admissions = Admissions(f"session-{number}")
        first: list[AgentSubmission] = []
        racers = await together(
            [
                *(
                    partial(admissions.make, [handle], f"{number}-{place}")
                    for place, handle in enumerate(handles * 2)
                ),
                partial(_take_first, handles[number % len(handles)], admissions, first),
            ]
        )

        expect.equal(errors(racers), [], "errors of calls that were made again and again")
        running, *_ = first
        others = {each.sequence for each in admissions.returned} - {running.sequence}
        expect.that(
            running.sequence < min(others),
            came_back=(running.sequence, sorted(others)),
            expected="the one that runs before all that wait",
            about="the sequences of a session in which one was claimed while others came",
        )


async def race_admissions_with_turns(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Complete the work of a session while further work is admitted."""
    *admitting, claiming = handles
    for number in range(rounds // 2):
        admissions = Admissions(f"session-{number}")
        turns: list[AgentSubmission] = []
        racers = await together(
            [
                *(
                    partial(admissions.make, [handle] * 3, f"{number}-{place}")
                    for place, handle in enumerate(admitting)
                ),
                partial(_drain, claiming, admissions, 3 * len(admitting), turns),
            ]
        )

        expect.equal(errors(racers), [], "errors of calls that were made again and again")
        expect_growing(expect, [each.sequence for each in turns], "sequences in order of turns")
        admitted = sorted(admission.submission_id for admission in admissions.returned)
        expect.equal(sorted(each.submission_id for each in turns), admitted, "what had its turn")


def expect_growing(expect: Expect, sequences: Sequence[int], about: str) -> None:
    """Expect sequences that grow."""
    expect.that(
        all(before < after for before, after in pairwise(sequences)),
        came_back=sequences,
        expected="each greater than the one before",
        about=about,
    )


async def _take_first(handle: Handle, admissions: Admissions, first: list[AgentSubmission]) -> None:
    """Claim what a session offers as soon as it offers anything, and leave it running.

    Raises `BrokenRule` when something is admitted, and nothing offered.
    """
    while not first:
        over = bool(admissions.returned)
        mine = await _heads(handle, admissions)
        first += [await _claim(handle.submissions, head) for head in mine]
        if over and not mine:
            raise _nothing_runnable(len(first), 1)


async def _drain(
    handle: Handle, admissions: Admissions, expected: int, turns: list[AgentSubmission]
) -> None:
    """Claim and complete what a session offers until `expected` submissions had their turn.

    Raises `BrokenRule` when all are admitted, and one that had no turn is never offered.
    """
    while len(turns) < expected:
        over = len(admissions.returned) == expected
        mine = await _heads(handle, admissions)
        for head in mine:
            running = await _claim(handle.submissions, head)
            turns.append(running)
            done = attempt(running.submission_id)
            await outlasting(partial(handle.submissions.complete_submission, done))
        if over and not mine:
            raise _nothing_runnable(len(turns), expected)


async def _heads(handle: Handle, admissions: Admissions) -> list[AgentSubmission]:
    heads = await outlasting(handle.submissions.list_runnable_submissions)
    return [head for head in heads if head.session_key == admissions.session_key]


async def _claim(submissions: AgentSubmissionStore, head: AgentSubmission) -> AgentSubmission:
    """Claim a head, and return it as it is while it runs."""
    submission_id = head.submission_id
    await outlasting(partial(submissions.claim_submission, claim(submission_id)))
    running = await outlasting(partial(submissions.get_submission, submission_id))
    if running is None or running.status != "running":
        raise BrokenRule(
            about="a claim of the head that a list just showed, by the only one who claims",
            came_back=repr(running),
            expected="the submission, running",
        )
    return running


def _nothing_runnable(turns: int, expected: int) -> BrokenRule:
    return BrokenRule(
        about="a queue whose submissions were admitted",
        came_back=f"nothing runnable after {turns} turns",
        expected=f"a turn for each of {expected} submissions",
    )
