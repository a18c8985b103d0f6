"""A submission store that shows submissions otherwise than it keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentSubmission,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionLease,
)
from flue_wrong_adapters.wrappers import Submissions


class ShowsSubmissions(Submissions):
    """Passes each submission that it returns through `shown`."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        """Return what the caller gets to see."""
        raise NotImplementedError

    async def admit_dispatch(self, dispatch: Any) -> AgentDispatchAdmission:
        admission = await self.right.admit_dispatch(dispatch)
        if isinstance(admission, AdmittedSubmission):
            return replace(admission, submission=self.shown(admission.submission))
        return admission

    async def admit_direct(self, direct: Any) -> AgentSubmission:
        return self.shown(await self.right.admit_direct(direct))

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        found = await self.right.get_submission(submission_id)
        return found and self.shown(found)

    async def list_runnable_submissions(self) -> Sequence[AgentSubmission]:
        return [self.shown(each) for each in await self.right.list_runnable_submissions()]

    async def list_running_submissions(self) -> Sequence[AgentSubmission]:
        return [self.shown(each) for each in await self.right.list_running_submissions()]

    async def list_expired_submissions(self) -> Sequence[AgentSubmission]:
        return [self.shown(each) for each in await self.right.list_expired_submissions()]

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        return claimed and self.shown(claimed)

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        replaced = await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        return replaced and self.shown(replaced)
