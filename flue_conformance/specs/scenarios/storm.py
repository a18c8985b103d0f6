"""A storm of admissions, claims, requeues, replacements and settlements over few sessions."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from flue_conformance.contract import AgentSubmission, AgentSubmissionStore, SubmissionAttemptRef
from flue_conformance.specs.scenarios.steps import read
from flue_conformance.specs.scenarios.values import claim, dispatch_input
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import outlasting, through_contention


@dataclass(slots=True)
class Watch:
    """What the storm's callers knew to be running, and what they saw that may not be.

    A submission is known to run from the answer to its claim to the call that settles or requeues
    it: a store may take longer, but not less.
    """

    running: dict[str, str] = field(default_factory=dict)
    overlaps: list[str] = field(default_factory=list)
    admitted: list[str] = field(default_factory=list)
    granted: list[tuple[AgentSubmission, float]] = field(default_factory=list)
    """What was claimed, and when that was known."""
    ending: dict[str, float] = field(default_factory=dict)
    """When a call began that settles a submission."""
    ended: Counter[str] = field(default_factory=Counter)
    """How often settling it returned true."""

    @property
    def settled(self) -> int:
        """How many calls settled something."""
        return self.ended.total()

    def begins(self, submission: AgentSubmission) -> None:
        """Note that a claim was granted."""
        self.granted.append((submission, time.monotonic()))
        beside = self.running.get(submission.session_key)
        if beside is not None:
            self.overlaps.append(f"{submission.submission_id} beside {beside}")
        self.running[submission.session_key] = submission.submission_id

    def may_end(self, submission: AgentSubmission) -> None:
        """Note that the submission is about to be settled or requeued."""
        if self.running.get(submission.session_key) == submission.submission_id:
            del self.running[submission.session_key]


async def storm(handles: Sequence[Handle], *, sessions: int, steps: int) -> Watch:
    """Let every handle do `steps` rounds of work on the same `sessions` at once."""
    watch = Watch()
    workers = [
        _Worker(place, handle.submissions, watch).work(sessions, steps)
        for place, handle in enumerate(handles)
    ]
    await asyncio.gather(*workers)
    left = await handles[0].submissions.list_running_submissions()
    together = Counter(submission.session_key for submission in left)
    watch.overlaps += [f"{n} of {key} in the end" for key, n in together.items() if n > 1]
    return watch


async def expect_orderly(watch: Watch, handles: Sequence[Handle], expect: Expect) -> None:
    """Expect that each submission of a storm had its turn in order, and was settled once at most.

    Whatever runs or waits afterwards is found by lists as it is found one by one.
    """
    expect.equal(watch.overlaps, [], "submissions that ran beside another of their session")
    often = [name for name, times in watch.ended.items() if times > 1]
    expect.equal(often, [], "submissions that were settled more than once")
    store = handles[-1].submissions
    found = [await read(store, name) for name in watch.admitted]
    for later, known in watch.granted:
        for earlier in found:
            if (
                earlier.session_key == later.session_key
                and earlier.sequence < later.sequence
                and watch.ending.get(earlier.submission_id, known) >= known
            ):
                raise BrokenRule(
                    about=f"the turn of {later.submission_id}",
                    came_back=f"it ran before anybody settled {earlier.submission_id}",
                    expected="its turn after all that was admitted to its session before",
                )
    running = sorted(each.submission_id for each in found if each.status == "running")
    listed = sorted(each.submission_id for each in await store.list_running_submissions())
    expect.equal(listed, running, "the list of what runs, and what runs")
    settled = sorted(each.submission_id for each in found if each.status == "settled")
    expect.equal(sorted(watch.ending), settled, "what callers settled, and what is settled")
    heads: dict[str, AgentSubmission] = {}
    for each in sorted(found, key=lambda each: each.sequence):
        if each.status != "settled":
            heads.setdefault(each.session_key, each)
    expect.equal(
        await store.list_runnable_submissions(),
        [head for head in heads.values() if head.status == "queued"],
        "the list of what can run, and the first of each queue",
    )


@dataclass(frozen=True, slots=True)
class _Worker:
    place: int
    store: AgentSubmissionStore
    watch: Watch

    async def work(self, sessions: int, steps: int) -> None:
        for step in range(steps):
            name = f"{self.place}-{step}"
            admitted = dispatch_input(name, session=f"session-{step % sessions}")
            await outlasting(partial(self.store.admit_dispatch, admitted))
            self.watch.admitted.append(name)
            heads = await outlasting(self.store.list_runnable_submissions)
            # Its own, whatever the list says: a claim must not rely on callers who ask first.
            candidates = [*(head.submission_id for head in heads), name]
            for number, candidate in enumerate(candidates):
                attempt = SubmissionAttemptRef(candidate, f"{name}-{number}")
                await self._attempt(attempt, fate=(self.place + step) % 4)

    async def _attempt(self, attempt: SubmissionAttemptRef, fate: int) -> None:
        granted = await self._claim(attempt)
        if granted is None:
            return
        self.watch.begins(granted)
        # Others get a chance to claim what they must not.
        await outlasting(partial(self.store.get_submission, attempt.submission_id))
        if fate == 0:
            later = f"{attempt.attempt_id}-later"
            await outlasting(partial(self.store.replace_turn_journal_attempt, attempt, later))
            attempt = SubmissionAttemptRef(attempt.submission_id, later)
        self.watch.may_end(granted)
        if fate == 1:
            await outlasting(partial(self.store.requeue_submission_before_input_applied, attempt))
        elif fate == 2:
            failure = RuntimeError("storm")
            await self._settle(attempt, partial(self.store.fail_submission, attempt, failure))
        else:
            await self._settle(attempt, partial(self.store.complete_submission, attempt))

    async def _settle(
        self, attempt: SubmissionAttemptRef, settle: Callable[[], Awaitable[bool]]
    ) -> None:
        self.watch.ending.setdefault(attempt.submission_id, time.monotonic())
        self.watch.ended[attempt.submission_id] += await outlasting(settle)

    async def _claim(self, attempt: SubmissionAttemptRef) -> AgentSubmission | None:
        wanted = claim(attempt.submission_id, attempt.attempt_id)
        racer = await through_contention(partial(self.store.claim_submission, wanted))
        if racer.error:
            raise racer.error
        if racer.value is None and racer.tries > 1:
            # A try that raised may have been granted.
            found = await outlasting(partial(self.store.get_submission, attempt.submission_id))
            return found if found and found.attempt_id == attempt.attempt_id else None
        return racer.value
