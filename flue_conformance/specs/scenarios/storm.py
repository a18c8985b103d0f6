"""A storm of admissions, claims, requeues, replacements and settlements over few sessions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from flue_conformance.contract import AgentSubmission, AgentSubmissionStore, SubmissionAttemptRef
from flue_conformance.specs.scenarios.values import claim, dispatch_input
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.racing import outlasting, through_contention


@dataclass(slots=True)
class Watch:
    """What the storm's callers knew to be running, and what they saw that may not be.

    A submission is known to run from the answer to its claim to the call that settles or requeues
    it: a store may take longer, but not less.
    """

    running: dict[str, str] = field(default_factory=dict)
    overlaps: list[str] = field(default_factory=list)
    settled: int = 0

    def begins(self, submission: AgentSubmission) -> None:
        """Note that a claim was granted."""
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
            settled = await outlasting(partial(self.store.fail_submission, attempt, failure))
            self.watch.settled += settled
        else:
            settled = await outlasting(partial(self.store.complete_submission, attempt))
            self.watch.settled += settled

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
