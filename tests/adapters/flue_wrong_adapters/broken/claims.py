"""Adapters that hand out the head of a session wrongly."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import replace
from typing import ClassVar

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    SubmissionClaimRef,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions
from reference_adapters import clock

_RUN = (
    "UPDATE flue_agent_submissions AS mine SET status = 'running', attempt_id = :attempt,"
    " owner_id = :owner, lease_expires_at = :expiry, started_at = :now, max_retry = 10,"
    " timeout_at = :now + 3600000, attempt_count = attempt_count + 1 WHERE submission_id = :id"
)


class OwnClaims(Submissions):
    """Claims in one statement: a `claimable` submission behind nothing that `blocks` it."""

    claimable: ClassVar[str] = "mine.status = 'queued'"
    session: ClassVar[str] = "earlier.session_key = mine.session_key"
    order: ClassVar[str] = "earlier.sequence < mine.sequence"
    blocks: ClassVar[str] = "earlier.status <> 'settled'"

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        """Claim as the wrapped store would, were it not for what a subclass changes."""
        head = (
            f"({self.claimable}) AND NOT EXISTS (SELECT 1 FROM flue_agent_submissions AS earlier"
            f" WHERE ({self.session}) AND ({self.order}) AND ({self.blocks}))"
        )
        if not await self.run(claim, head):
            return None
        return await self.right.get_submission(claim.submission_id)

    async def run(self, claim: SubmissionClaimRef, condition: str) -> bool:
        """Start the attempt where a condition on the submission, `mine`, holds."""
        started = await self.sql(
            f"{_RUN} AND {condition} RETURNING sequence",
            id=claim.submission_id,
            attempt=claim.attempt_id,
            owner=claim.owner_id,
            expiry=claim.lease_expires_at,
            now=clock.now(),
        )
        return bool(started)


@broken("CLAIM-01", "The retry budget is never used up: a claim does not count as an attempt.")
class LeavesAttemptsUncounted(Submissions):
    """Leaves the number of attempts at 0."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET attempt_count = 0 WHERE submission_id = :id",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-01", "Prompts time out as soon as they start: the hour is counted in seconds.")
class TimesOutInSeconds(Submissions):
    """Adds seconds to milliseconds."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET timeout_at = started_at + 3600"
            " WHERE submission_id = :id",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-01", "A prompt that waited long has run for hours the moment that it starts.")
class StartsAtTheAcceptance(Submissions):
    """Takes the acceptance time for the start."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET started_at = accepted_at WHERE submission_id = :id",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-01", "A chat's prompt runs on for ever: only dispatches get a timeout.")
class GivesPromptsNoTimeout(Submissions):
    """Sets the timeout of dispatches alone."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET timeout_at = 0"
            " WHERE submission_id = :id AND kind = 'direct'",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-01", "A session's first prompt waits for ever: the head is sought by its id.")
class SeeksTheHeadById(OwnClaims):
    """Takes the least id for the head."""

    order = "earlier.submission_id < mine.submission_id"


@broken("CLAIM-01", "A session waits for another one whose name differs in case only.")
class TakesSessionsForOneWhateverTheirCase(OwnClaims):
    """Compares session keys without case."""

    session = "lower(earlier.session_key) = lower(mine.session_key)"


@broken("CLAIM-01", "A session named 100% waits for others: its name is taken for a pattern.")
class TakesSessionKeysForPatterns(OwnClaims):
    """Compares session keys with LIKE."""

    session = "earlier.session_key LIKE mine.session_key"


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


@broken("CLAIM-02", "A worker that asks twice is told twice to start, and runs a prompt twice.")
class AnswersARepeatedClaim(Submissions):
    """Returns the submission to the attempt that has it already."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        found = claimed or await self.right.get_submission(claim.submission_id)
        return found if found and found.attempt_id == claim.attempt_id else None


@broken("CLAIM-02", "A prompt that failed, and was answered so, is run again unasked.")
class ClaimsWhatFailed(Submissions):
    """Claims a failed submission as if it were queued."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        await self.sql(
            "UPDATE flue_agent_submissions SET status = 'queued', error = NULL, attempt_id = NULL,"
            " started_at = NULL, owner_id = NULL, input_applied_at = NULL"
            " WHERE submission_id = :id AND status = 'settled' AND error IS NOT NULL",
            id=claim.submission_id,
        )
        return await self.right.claim_submission(claim)


@broken("CLAIM-02", "Two prompts of one chat run at once when a worker is late with its lease.")
class ClaimsPastAHeadWhoseLeaseHasPassed(OwnClaims):
    """Lets a head under a lease that has passed block nothing."""

    blocks = (
        "earlier.status = 'queued'"
        " OR (earlier.status = 'running' AND earlier.lease_expires_at >= :now)"
    )


@broken("CLAIM-02", "A prompt that was given back is overtaken by the next one.")
class ClaimsPastARequeuedHead(OwnClaims):
    """Lets a queued head that was attempted before block nothing."""

    blocks = (
        "earlier.status = 'running' OR (earlier.status = 'queued' AND earlier.attempt_count = 0)"
    )


@broken("CLAIM-02", "From the tenth prompt on, a session loses its order.")
class OrdersSequencesAsText(OwnClaims):
    """Compares sequences as text."""

    order = "CAST(earlier.sequence AS TEXT) < CAST(mine.sequence AS TEXT)"


@broken("CLAIM-02", "A dispatch runs while the chat's prompt is still waiting or running.")
class WaitsForItsOwnKindOnly(OwnClaims):
    """Keeps a queue for each kind."""

    session = "earlier.session_key = mine.session_key AND earlier.kind = mine.kind"


@broken("CLAIM-02", "A prompt with an old date overtakes those that were there before it.")
class ClaimsByAcceptanceTime(OwnClaims):
    """Orders a session by acceptance time, and by sequence where that is the same."""

    order = (
        "earlier.accepted_at < mine.accepted_at"
        " OR (earlier.accepted_at = mine.accepted_at AND earlier.sequence < mine.sequence)"
    )


@broken("CLAIM-02", "Two agents work on one session at once.")
class WaitsForItsOwnAgentOnly(OwnClaims):
    """Keeps a queue for each agent of a session."""

    session = (
        "earlier.session_key = mine.session_key"
        " AND json_extract(earlier.payload, '$.agent') = json_extract(mine.payload, '$.agent')"
    )


@broken("CLAIM-02", "A worker that was refused is written down as the owner all the same.")
class ARefusedClaimLeavesItsOwner(Submissions):
    """Changes owner and lease of what it does not hand out."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        if claimed is None:
            await self.sql(
                "UPDATE flue_agent_submissions SET owner_id = :owner, lease_expires_at = :expiry"
                " WHERE submission_id = :id AND status = 'running'",
                id=claim.submission_id,
                owner=claim.owner_id,
                expiry=claim.lease_expires_at,
            )
        return claimed


@broken("CLAIM-02", "A prompt that waits uses up its retries.")
class ARefusedClaimCountsAnAttempt(Submissions):
    """Counts an attempt before it looks whether there will be one."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        if claimed is None:
            await self.sql(
                "UPDATE flue_agent_submissions SET attempt_count = attempt_count + 1"
                " WHERE submission_id = :id AND status = 'queued'",
                id=claim.submission_id,
            )
        return claimed


@broken("CLAIM-03", "Two workers that ask at once both run the prompt.")
class LooksBeforeItClaims(OwnClaims):
    """Looks in one transaction and claims in the next."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        heads = await self.right.list_runnable_submissions()
        if claim.submission_id not in [head.submission_id for head in heads]:
            return None
        await self.run(claim, "TRUE")
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-03", "Two servers run one prompt: each is careful within its own process only.")
class LocksClaimsInItsOwnMemory(OwnClaims):
    """Guards looking and claiming with a lock that other handles do not know."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._lock = asyncio.Lock()

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        async with self._lock:
            heads = await self.right.list_runnable_submissions()
            if claim.submission_id not in [head.submission_id for head in heads]:
                return None
            await self.run(claim, "TRUE")
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-04", "Two prompts of one chat that are claimed at once both run.")
class LooksForRunningWorkBeforeItClaims(OwnClaims):
    """Looks in one transaction whether the session is busy, and claims in the next."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        busy = await self.sql(
            "SELECT 1 FROM flue_agent_submissions AS mine JOIN flue_agent_submissions AS beside"
            " ON beside.session_key = mine.session_key AND beside.status = 'running'"
            " WHERE mine.submission_id = :id",
            id=claim.submission_id,
        )
        if busy or not await self.run(claim, "mine.status = 'queued'"):
            return None
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-04", "Two servers work on one chat at once: each looks after itself only.")
class LocksSessionsInItsOwnMemory(OwnClaims):
    """Guards looking for running work and claiming with a lock that other handles do not know."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._lock = asyncio.Lock()

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        async with self._lock:
            claimed = await self.right.get_submission(claim.submission_id)
            running = await self.right.list_running_submissions()
            busy = {beside.session_key for beside in running}
            if claimed is None or claimed.session_key in busy:
                return None
            started = await self.run(claim, "mine.status = 'queued'")
        return await self.right.get_submission(claim.submission_id) if started else None


@broken("CLAIM-04", "A prompt overtakes one that is being given back just then.")
class LooksForTheHeadInTwoSteps(OwnClaims):
    """Looks for what is queued, then for what runs, and claims when neither is in the way."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        mine = await self.right.get_submission(claim.submission_id)
        queued = await self.right.list_runnable_submissions()
        running = await self.right.list_running_submissions()
        if mine is None or any(
            each.session_key == mine.session_key and each.sequence < mine.sequence
            for each in (*queued, *running)
        ):
            return None
        started = await self.run(claim, "mine.status = 'queued'")
        return await self.right.get_submission(claim.submission_id) if started else None


@broken("CLAIM-05", "A prompt claimed without a lease is held for a month by a worker that died.")
class TakesANegativeLeaseForNone(Submissions):
    """Stores 0 for a negative lease."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        return await self.right.claim_submission(
            replace(claim, lease_expires_at=max(0, claim.lease_expires_at))
        )


@broken("CLAIM-05", "Work that is meant to be taken over at once is left alone instead.")
class RefusesALeaseThatHasPassed(Submissions):
    """Refuses a claim under a lease that has passed."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if 0 < claim.lease_expires_at < clock.now():
            return None
        return await self.right.claim_submission(claim)


@broken("CLAIM-05", "A long lease ends after a day, and the work is done twice.")
class ShortensALongLease(Submissions):
    """Stores no lease longer than a day."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        latest = clock.now() + 86_400_000
        return await self.right.claim_submission(
            replace(claim, lease_expires_at=min(latest, claim.lease_expires_at))
        )


@broken("CLAIM-05", "A worker with a Japanese name cannot renew what it owns.")
class StoresOwnersInLatin1(Submissions):
    """Loses what Latin-1 does not have."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        owner = claim.owner_id.encode("latin-1", "replace").decode("latin-1")
        return await self.right.claim_submission(replace(claim, owner_id=owner))


@broken("CLAIM-05", "A worker on a Mac is not recognised as the owner of its own work.")
class ComposesTheLettersOfOwners(Submissions):
    """Stores the composed form of an owner's name."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        owner = unicodedata.normalize("NFC", claim.owner_id)
        return await self.right.claim_submission(replace(claim, owner_id=owner))


@broken("CLAIM-06", "A dispatch that was given back has to wait behind those that came later.")
class ClaimsMoveToTheEnd(Submissions):
    """Gives what is claimed a new sequence."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions"
            " SET sequence = (SELECT max(sequence) + 1 FROM flue_agent_submissions)"
            " WHERE submission_id = :id",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-06", "A dispatch whose input is null arrives without any input.")
class ClaimsWithoutNulls(Submissions):
    """Leaves members out of what it returns whose value is null."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        if claimed is None:
            return None
        given = {name: value for name, value in claimed.input.items() if value is not None}
        return replace(claimed, input=given)  # type: ignore[arg-type] # a member less


@broken("CLAIM-06", "A prompt is lost for good when its worker dies before it read it.")
class TakesTheInputForAppliedAtTheClaim(Submissions):
    """Stamps the input mark at the claim."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET input_applied_at = started_at"
            " WHERE submission_id = :id",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-06", "A prompt that was given back seems to have come in just now.")
class AcceptsAnewAtTheSecondClaim(Submissions):
    """Returns the start as the acceptance time of a second claim."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        if claimed is None or claimed.started_at is None or claimed.attempt_count == 1:
            return claimed
        return replace(claimed, accepted_at=claimed.started_at)


@broken("CLAIM-08", "Each time that a prompt is given back it has fewer retries left.")
class ReclaimsWithWhatIsLeftOfTheBudget(Submissions):
    """Takes earlier attempts off the retry budget."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        if await self.right.claim_submission(claim) is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET max_retry = 11 - attempt_count"
            " WHERE submission_id = :id",
            id=claim.submission_id,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-08", "A prompt keeps the retry budget of a setting that is gone.", place="sqlite")
class KeepsAnEarlierBudget(Submissions):
    """Leaves the retry budget to what was claimed before."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        queued = await self.right.get_submission(claim.submission_id)
        if await self.right.claim_submission(claim) is None or queued is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET max_retry = :budget WHERE submission_id = :id",
            id=claim.submission_id,
            budget=queued.max_retry,
        )
        return await self.right.get_submission(claim.submission_id)


@broken("CLAIM-09", "A worker believes that its second attempt is the first.")
class CountsEveryClaimAsTheFirst(Submissions):
    """Returns another number of attempts than it stores."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        return claimed and replace(claimed, attempt_count=1)


@broken("CLAIM-09", "A worker is told that the prompt which it got is still waiting.")
class ReturnsWhatWasQueued(Submissions):
    """Returns the submission as it was before the claim."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        queued = await self.right.get_submission(claim.submission_id)
        return await self.right.claim_submission(claim) and queued
