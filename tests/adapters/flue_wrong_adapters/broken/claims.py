"""Adapters that hand out the head of a session wrongly."""

from __future__ import annotations

from flue_conformance.contract import AgentSubmission, SubmissionClaimRef
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions


@broken("CLAIM-02", "A prompt that is running already is handed out to a second worker.")
class ASecondClaimTakesOver(Submissions):
    """Claims what is running as well."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Requeue what runs, then claim."""
        await self.sql(
            "UPDATE flue_agent_submissions SET status = 'queued', attempt_id = NULL,"
            " started_at = NULL, owner_id = NULL, input_applied_at = NULL"
            " WHERE submission_id = :id AND status = 'running'",
            id=claim.submission_id,
        )
        return await self.right.claim_submission(claim)
