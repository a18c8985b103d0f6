"""Adapters that leave work alone for too long, or not for long enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    SubmissionAttemptRef,
    SubmissionClaimRef,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions
from reference_adapters import clock

_EXPIRED = (
    "SELECT submission_id FROM flue_agent_submissions"
    " WHERE status = 'running' AND lease_expires_at > 0 AND lease_expires_at < :now"
)


class OneByOne(Submissions):
    """Changes submissions one by one, or reads them in an order of its own."""

    async def change(
        self, owner_id: str, submission_ids: Sequence[str], changes: str, condition: str = "TRUE"
    ) -> None:
        """Change what an owner runs, where the condition holds."""
        for submission_id in submission_ids:
            await self.sql(
                f"UPDATE flue_agent_submissions SET {changes} WHERE submission_id = :id"
                f" AND status = 'running' AND owner_id = :owner AND ({condition})",
                id=submission_id,
                owner=owner_id,
            )

    async def select(self, statement: str, **values: object) -> list[AgentSubmission]:
        """Return the submissions whose ids a statement selects."""
        rows = await self.sql(statement, **values)
        found = [await self.right.get_submission(row.submission_id) for row in rows]
        return [submission for submission in found if submission]


@broken("LEASE-01", "A worker that died holds its work for eight hours.")
class RenewsInSeconds(OneByOne):
    """Takes 30 000 for seconds."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases(owner_id, submission_ids)
        late = f"lease_expires_at = {clock.now() + 30_000_000}"
        await self.change(owner_id, submission_ids, late)


@broken("LEASE-01", "A busy server loses the work beyond the first ten prompts.")
class RenewsTheFirstTen(Submissions):
    """Renews ten leases a call."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases(owner_id, submission_ids[:10])


@broken("LEASE-01", "Work that a server has long forgotten is held as long as the server lives.")
class RenewsAllOfItsOwner(Submissions):
    """Renews everything of the owner once something is listed."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        running = await self.right.list_running_submissions() if submission_ids else []
        await self.right.renew_leases(owner_id, [each.submission_id for each in running])


@broken("LEASE-01", "A sign of life takes back the report that the worker was lost.")
class ARenewalForgetsARecoveryRequest(OneByOne):
    """Clears the recovery request of what it renews."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases(owner_id, submission_ids)
        await self.change(owner_id, submission_ids, "recovery_requested_at = NULL")


@broken("LEASE-01", "Work that was given back once is lost by its next worker.")
class RenewsFirstAttemptsOnly(Submissions):
    """Passes over what was attempted before."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        found = [await self.right.get_submission(each) for each in submission_ids]
        first = [each.submission_id for each in found if each and each.attempt_count == 1]
        await self.right.renew_leases(owner_id, first)


@broken("LEASE-02", "One prompt that has ended makes a server lose all the others.")
class RenewsAllOrNothing(Submissions):
    """Renews nothing when one of the ids cannot be renewed."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        running = await self.right.list_running_submissions()
        own = [each.submission_id for each in running if each.owner_id == owner_id]
        if set(submission_ids) <= set(own):
            await self.right.renew_leases(owner_id, submission_ids)


@broken("LEASE-02", "What comes behind a prompt that has ended is not renewed.")
class StopsAtWhatItCannotRenew(Submissions):
    """Renews one id after the other, up to the first that does not run."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        for submission_id in submission_ids:
            found = await self.right.get_submission(submission_id)
            if found is None or found.status != "running":
                return
            await self.right.renew_leases(owner_id, [submission_id])


@broken("LEASE-02", "A prompt that has ended seems to be held by a worker still.")
class RenewsWhatIsSettled(Submissions):
    """Renews without a look at the status."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        for submission_id in submission_ids:
            await self.sql(
                "UPDATE flue_agent_submissions SET lease_expires_at = :expiry"
                " WHERE submission_id = :id AND owner_id = :owner",
                id=submission_id,
                owner=owner_id,
                expiry=clock.now() + 30_000,
            )


@broken("LEASE-02", "A server keeps the work of another alive that has died.")
class KnowsOwnersWhateverTheirCase(Submissions):
    """Compares owners without case."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        running = await self.right.list_running_submissions()
        owners = {each.owner_id for each in running if each.owner_id}
        for owner in owners | {owner_id}:
            if owner.lower() == owner_id.lower():
                await self.right.renew_leases(owner, submission_ids)


@broken("LEASE-02", "Work of a server without a name is kept alive by all the others.")
class RenewsWhatHasAnEmptyOwner(Submissions):
    """Takes an empty owner for none, whose work anybody may renew."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases("", submission_ids)
        await self.right.renew_leases(owner_id, submission_ids)


@broken("LEASE-03", "An idle server keeps work alive that it has given up.")
class AnEmptyListMeansAll(Submissions):
    """Renews everything of the owner when no id is listed."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        if not submission_ids:
            running = await self.right.list_running_submissions()
            submission_ids = [each.submission_id for each in running]
        await self.right.renew_leases(owner_id, submission_ids)


@broken("LEASE-03", "A prompt that is listed twice is held for twice as long.")
class DuplicatesAddUp(OneByOne):
    """Adds thirty seconds for each further mention."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases(owner_id, submission_ids)
        for submission_id, mentions in Counter(submission_ids).items():
            more = f"lease_expires_at = lease_expires_at + {(mentions - 1) * 30_000}"
            await self.change(owner_id, [submission_id], more)


@broken("LEASE-03", "A prompt that is listed twice is not renewed at all.")
class ExpectsARowForEachId(Submissions):
    """Renews nothing unless it meets as many rows as it was given ids of submissions."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        running = await self.right.list_running_submissions()
        listed = [each for each in running if each.submission_id in submission_ids]
        known = [await self.right.get_submission(each) for each in submission_ids]
        if len(listed) == len([each for each in known if each]):
            await self.right.renew_leases(owner_id, submission_ids)


@broken("LEASE-04", "A lease that was meant to be short is never shortened.")
class KeepsALongerLease(OneByOne):
    """Renews a lease only where that makes it longer."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        expiry = clock.now() + 30_000
        shorter = f"lease_expires_at < {expiry}"
        await self.change(owner_id, submission_ids, f"lease_expires_at = {expiry}", shorter)


@broken("LEASE-04", "A server that was busy for a moment loses its work, though nobody took it.")
class RevivesNoLeaseThatHasPassed(OneByOne):
    """Leaves leases that have passed."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        now = clock.now()
        alive = f"lease_expires_at <= 0 OR lease_expires_at >= {now}"
        await self.change(owner_id, submission_ids, f"lease_expires_at = {now + 30_000}", alive)


@broken("LEASE-04", "Work claimed without a lease never gets one, and stays with a dead server.")
class LeavesWhatHasNoLease(OneByOne):
    """Takes a lease of 0 for a wish to have none."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        expiry = f"lease_expires_at = {clock.now() + 30_000}"
        await self.change(owner_id, submission_ids, expiry, "lease_expires_at <> 0")


@broken("LEASE-04", "A server that renews often holds its work for hours after its death.")
class ExtendsTheLease(OneByOne):
    """Adds thirty seconds to the lease."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        more = "lease_expires_at = lease_expires_at + 30000"
        await self.change(owner_id, submission_ids, more)


@broken("LEASE-05", "A server loses the work that it took over.")
class RenewsTheAttemptsThatItClaimed(Submissions):
    """Renews nothing whose attempt is another than it claimed."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._claimed: dict[str, str] = {}

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        self._claimed[claim.submission_id] = claim.attempt_id
        return await self.right.claim_submission(claim)

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        found = [await self.right.get_submission(each) for each in submission_ids]
        same = [
            each.submission_id
            for each in found
            if each and self._claimed.get(each.submission_id) == each.attempt_id
        ]
        await self.right.renew_leases(owner_id, same)


@broken("LEASE-05", "A server that came back keeps alive what another has taken over and lost.")
class RenewsForAFormerOwner(Submissions):
    """Renews for whoever claimed the submission first."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._owners: dict[str, str] = {}

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        self._owners[claim.submission_id] = claim.owner_id
        return await self.right.claim_submission(claim)

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases(owner_id, submission_ids)
        for submission_id in submission_ids:
            found = await self.right.get_submission(submission_id)
            if found and found.owner_id and self._owners.get(submission_id) == owner_id:
                await self.right.renew_leases(found.owner_id, [submission_id])


@broken("LEASE-07", "Work that a runtime keeps without a lease is taken away from it.")
class ListsWhatHasNoLease(OneByOne):
    """Takes a lease of 0 for one that has passed."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        statement = _EXPIRED.replace("> 0", ">= 0") + " ORDER BY sequence"
        return await self.select(statement, now=clock.now())


@broken("LEASE-07", "Work under a lease below zero is taken away from who has it.")
class ListsNegativeLeases(OneByOne):
    """Leaves out a lease of 0 alone."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        statement = _EXPIRED.replace("> 0", "<> 0") + " ORDER BY sequence"
        return await self.select(statement, now=clock.now())


@broken("LEASE-07", "After a crash a prompt waits for a minute longer than it has to.")
class ListsAfterAGracePeriod(OneByOne):
    """Lists a submission a minute after its lease has passed."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        return await self.select(f"{_EXPIRED} ORDER BY sequence", now=clock.now() - 60_000)


@broken("LEASE-07", "Work is taken away a little before its lease ends, and done twice.")
class ListsASecondEarly(OneByOne):
    """Lists a submission before its lease has passed, to be on the safe side."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        return await self.select(f"{_EXPIRED} ORDER BY sequence", now=clock.now() + 1000)


@broken("LEASE-07", "What is lost after a server started is found by none but the next one.")
class LooksAtTheClockOnce(OneByOne):
    """Compares leases with the time at which it was connected."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._connected_at = clock.now()

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        return await self.select(f"{_EXPIRED} ORDER BY sequence", now=self._connected_at)


@broken("LEASE-07", "A prompt that was lost late is taken up before those that wait for longer.")
class ListsByLease(OneByOne):
    """Lists in the order in which leases have passed."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        return await self.select(f"{_EXPIRED} ORDER BY lease_expires_at", now=clock.now())


@broken("LEASE-07", "Of lost prompts the tenth is taken up before the second.")
class ListsExpiredSequencesAsText(OneByOne):
    """Sorts sequences as text."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        return await self.select(f"{_EXPIRED} ORDER BY CAST(sequence AS TEXT)", now=clock.now())


@broken("LEASE-07", "When a big server dies, most of its prompts have to wait.")
class ListsAHundredExpired(Submissions):
    """Lists the first hundred."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        return list(await self.right.list_expired_submissions())[:100]


@broken("LEASE-07", "What a dead server had is found by nobody else.")
class ListsWhatItClaimedItself(Submissions):
    """Lists what was claimed through the same store object."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._claimed: set[str] = set()

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        self._claimed.add(claim.submission_id)
        return await self.right.claim_submission(claim)

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        expired = await self.right.list_expired_submissions()
        return [each for each in expired if each.submission_id in self._claimed]


@broken("LEASE-07", "A prompt that was answered in time is taken up and answered again.")
class ListsWhatIsSettled(OneByOne):
    """Lists what was settled under a lease that has passed since."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        statement = _EXPIRED.replace("= 'running'", "<> 'queued'") + " ORDER BY sequence"
        return await self.select(statement, now=clock.now())


@broken("LEASE-08", "A lost prompt is shown to one server, which may not take it, and then hidden.")
class ListingHidesForAWhile(Submissions):
    """Extends the lease of what it lists, as message queues do."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        expired = list(await self.right.list_expired_submissions())
        for each in expired:
            await self.sql(
                "UPDATE flue_agent_submissions SET lease_expires_at = :expiry"
                " WHERE submission_id = :id",
                id=each.submission_id,
                expiry=clock.now() + 30_000,
            )
        return expired


@broken("LEASE-08", "A server that only looks reports every late prompt as lost.")
class ListingRequestsRecovery(Submissions):
    """Stamps a recovery request on what it lists."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        expired = list(await self.right.list_expired_submissions())
        for each in expired:
            attempt = SubmissionAttemptRef(each.submission_id, each.attempt_id or "")
            await self.right.request_submission_recovery(attempt)
        return expired


@broken("LEASE-08", "A worker that is late by a moment finds its prompt back in the queue.")
class ListingRequeues(Submissions):
    """Puts back what it lists, if its input was not applied."""

    async def list_expired_submissions(self) -> list[AgentSubmission]:
        expired = list(await self.right.list_expired_submissions())
        for each in expired:
            attempt = SubmissionAttemptRef(each.submission_id, each.attempt_id or "")
            await self.right.requeue_submission_before_input_applied(attempt)
        return expired


@broken("LEASE-09", "An answer is thrown away because it came a second late.")
class CompletesUnderALeaseOnly(Submissions):
    """Refuses to complete once the lease has passed."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and 0 < running.lease_expires_at < clock.now():
            return False
        return await self.right.complete_submission(attempt)


@broken("LEASE-09", "A finished turn is run again because its worker was late.")
class CommitsUnderALeaseOnly(Submissions):
    """Refuses to commit a turn once the lease has passed."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and 0 < running.lease_expires_at < clock.now():
            return False
        return await self.right.commit_turn_journal(attempt, committed_leaf_id)


@broken("LEASE-09", "A worker without a lease can begin its work, and never end it.")
class CompletesNothingWithoutALease(Submissions):
    """Refuses to complete without a lease."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and running.lease_expires_at <= 0:
            return False
        return await self.right.complete_submission(attempt)


@broken("LEASE-09", "A prompt that failed a second late is asked again instead of reported.")
class FailsUnderALeaseOnly(Submissions):
    """Refuses to fail once the lease has passed."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and 0 < running.lease_expires_at < clock.now():
            return False
        return await self.right.fail_submission(attempt, error)


@broken("LEASE-09", "A prompt that is still being answered can be claimed by anybody.")
class OffersWhatHasExpired(Submissions):
    """Lists a head under a lease that has passed as one that can be claimed."""

    async def list_runnable_submissions(self) -> list[AgentSubmission]:
        runnable = await self.right.list_runnable_submissions()
        return [*runnable, *await self.right.list_expired_submissions()]


@broken("LEASE-09", "What is late is no longer known to run.")
class ListsAsRunningWhatHasALease(Submissions):
    """Leaves what has expired out of what runs."""

    async def list_running_submissions(self) -> list[AgentSubmission]:
        running = await self.right.list_running_submissions()
        return [each for each in running if not 0 < each.lease_expires_at < clock.now()]
