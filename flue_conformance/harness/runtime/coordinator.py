"""The coordinator of one process: claims, runs and recovers submissions, sections 5.1 to 5.5."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from typing import Final

from flue_conformance.contract import (
    AgentSubmission,
    Stores,
    SubmissionClaimRef,
    SubmissionLease,
)
from flue_conformance.harness.runtime.attempt import Attempt
from flue_conformance.harness.runtime.effects import Effects, Kind
from flue_conformance.harness.runtime.reconciliation import Reconciliation

LONG_PASSED: Final = 1
"""The end of a lease that has passed already: whoever dies is recovered at once."""


class Coordinator:
    """Drives the stores one call at a time, so that the same state brings the same calls.

    `owner` names the process. `agents` are those that are deployed here, None: every one; what is
    for others is left alone. Nothing is caught: a call that raises ends the process's work.
    """

    def __init__(
        self,
        stores: Stores,
        effects: Effects,
        owner: str,
        *,
        agents: Iterable[str] | None = None,
        lease_expires_at: int = LONG_PASSED,
    ) -> None:
        self._stores = stores
        self._effects = effects
        self._lease = SubmissionLease(owner, lease_expires_at)
        self._agents = None if agents is None else frozenset(agents)
        self._numbers = itertools.count(1)

    async def work(self, *, passes: int | None = None) -> None:
        """Claim and run what can be claimed until there is nothing left, at most `passes` times."""
        for _ in itertools.count() if passes is None else range(passes):
            runnable = await self._stores.submissions.list_runnable_submissions()
            claimed = [await self._claim(head) for head in self._deployed(runnable)]
            for submission in claimed:
                if submission is not None:
                    await self._attempt(submission)
            if not any(claimed):
                return

    async def recover(self) -> int:
        """Reconcile every submission whose lease has passed; returns how many there were."""
        expired = await self._stores.submissions.list_expired_submissions()
        mine = self._deployed(expired)
        for submission in mine:
            taken = await self.reconcile(submission)
            if taken is not None:
                await self._started(taken)
                await self._attempt(taken)
        return len(mine)

    async def reconcile(self, submission: AgentSubmission) -> AgentSubmission | None:
        """Decide about one expired submission; returns it where this process is to run it on."""
        return await Reconciliation(
            self._stores,
            self._effects,
            submission,
            self._new_attempt,
            self._lease,
            time.time_ns() // 1_000_000,
        ).run()

    async def _claim(self, head: AgentSubmission) -> AgentSubmission | None:
        claim = SubmissionClaimRef(
            head.submission_id,
            self._new_attempt(),
            self._lease.owner_id,
            self._lease.lease_expires_at,
        )
        claimed = await self._stores.submissions.claim_submission(claim)
        if claimed is not None:
            await self._started(claimed)
        return claimed

    async def _started(self, submission: AgentSubmission) -> None:
        name = submission.submission_id
        self._effects.note(Kind.STARTED, name, str(submission.attempt_id))

    async def _attempt(self, submission: AgentSubmission) -> None:
        await Attempt(self._stores, self._effects, submission).run()

    def _new_attempt(self) -> str:
        return f"{self._lease.owner_id}-attempt-{next(self._numbers)}"

    def _deployed(self, listed: Iterable[AgentSubmission]) -> list[AgentSubmission]:
        return [
            submission
            for submission in listed
            if self._agents is None or submission.input["agent"] in self._agents
        ]
