"""Adapters that lose the order of a queue, or list what is in it wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import cycle
from typing import Any, ClassVar

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentSubmissionStore,
    MalformedRecord,
    Stores,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Adapter, Submissions


class Queues(Submissions):
    """Knows inputs as documents of any shape."""

    right: Any


class ListsHeads(Queues):
    """Lists as runnable what a query finds."""

    heads: ClassVar[str]
    """Selects ids, in the order of the list."""

    async def list_runnable_submissions(self) -> Any:
        return [await self.right.get_submission(row[0]) for row in await self.sql(self.heads)]


_QUEUED_HEADS = """
    SELECT head.submission_id FROM flue_agent_submissions head
    WHERE head.status = 'queued' AND NOT EXISTS (
        SELECT 1 FROM flue_agent_submissions earlier
        WHERE earlier.sequence < head.sequence AND earlier.status != 'settled' AND {same_queue}
    ) ORDER BY head.sequence
"""
_FIRST_BY = """
    SELECT submission_id FROM (
        SELECT submission_id, sequence, status, row_number() OVER (
            PARTITION BY session_key ORDER BY status DESC, {order}, sequence
        ) AS place FROM flue_agent_submissions WHERE status != 'settled'
    ) WHERE place = 1 AND status = 'queued' ORDER BY sequence
"""
_IN_SESSION = "earlier.session_key = head.session_key"
_FORGET_DELETED_NUMBERS = """
    UPDATE sqlite_sequence SET seq = (
        SELECT coalesce(max(sequence), 0) FROM flue_agent_submissions
    ) WHERE name = 'flue_agent_submissions'
"""


@broken("ORDERING-01", "After a session was deleted, new work has the numbers of old work.")
class CountsFromTheGreatestSequence(Queues):
    """Numbers submissions from the greatest number that is left."""

    async def delete_session(self, key: str, callback: Any) -> None:
        await self.right.delete_session(key, callback)
        await self.sql(_FORGET_DELETED_NUMBERS)


@broken("ORDERING-01", "After a restart, new work has the numbers of deleted work.", place="sqlite")
class ForgetsItsCounterAtARestart(Adapter):
    """Counts on from the greatest number in the table when it is opened."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        await Submissions(stores.submissions).sql(_FORGET_DELETED_NUMBERS)
        return stores


@broken("ORDERING-02", "Work that was sent late overtakes what has waited longer.")
class QueuesByAcceptanceTime(ListsHeads):
    """Orders a session's queue by acceptance time."""

    heads = _FIRST_BY.format(order="accepted_at")


@broken("ORDERING-02", "Sessions whose work was sent earlier always come first.")
class ListsHeadsByAcceptanceTime(Queues):
    """Sorts the runnable ones by acceptance time."""

    async def list_runnable_submissions(self) -> Any:
        heads = await self.right.list_runnable_submissions()
        return sorted(heads, key=lambda head: head.accepted_at)


@broken("ORDERING-03", "A worker is offered work that it cannot have yet.")
class ListsAllThatIsQueued(ListsHeads):
    """Lists what is queued in sessions where nothing runs."""

    heads = f"""
        SELECT submission_id FROM flue_agent_submissions head
        WHERE status = 'queued' AND NOT EXISTS (
            SELECT 1 FROM flue_agent_submissions earlier
            WHERE {_IN_SESSION} AND earlier.status = 'running'
        ) ORDER BY sequence
    """


@broken("ORDERING-03", "With a hundred agents at work, the rest are never served.")
class ListsAHundredHeads(Queues):
    """Lists one page."""

    async def list_runnable_submissions(self) -> Any:
        heads = await self.right.list_runnable_submissions()
        return heads[:100]


@broken("ORDERING-03", "Sessions with requeued work are served before all others.")
class ListsWhatWasTriedBeforeFirst(ListsHeads):
    """Orders the list by an index that begins with the count of attempts."""

    heads = _QUEUED_HEADS.format(same_queue=_IN_SESSION).replace(
        "head.sequence\n", "head.attempt_count DESC, head.sequence\n"
    )


@broken("ORDERING-04", "Two prompts of one conversation run at once when a worker is slow.")
class OffersASessionWhoseLeaseHasPassed(ListsHeads):
    """Takes a lease that has passed for the end of the work."""

    heads = _QUEUED_HEADS.format(
        same_queue=f"{_IN_SESSION} AND (earlier.status = 'queued' OR"
        " earlier.lease_expires_at > strftime('%s', 'now') * 1000)"
    )


@broken("ORDERING-04", "Two prompts of one conversation run at once when one was given up.")
class OffersASessionWhoseRecoveryIsRequested(ListsHeads):
    """Takes a request for recovery for the end of the work."""

    heads = _QUEUED_HEADS.format(
        same_queue=f"{_IN_SESSION} AND earlier.recovery_requested_at IS NULL"
    )


@broken("ORDERING-04", "Two prompts of one conversation run at once when a worker takes no leases.")
class OffersASessionWithoutALease(ListsHeads):
    """Takes a lease of 0 for the end of the work."""

    heads = _QUEUED_HEADS.format(
        same_queue=f"{_IN_SESSION} AND (earlier.status = 'queued' OR earlier.lease_expires_at != 0)"
    )


@broken("ORDERING-05", "A prompt and a dispatch change the same conversation at once.")
class QueuesPromptsByThemselves(ListsHeads):
    """Has a queue for each kind."""

    heads = _QUEUED_HEADS.format(same_queue=f"{_IN_SESSION} AND earlier.kind = head.kind")


@broken("ORDERING-05", "While people talk to an agent, its dispatches never have their turn.")
class PrefersPrompts(ListsHeads):
    """Orders a session's queue by kind."""

    heads = _FIRST_BY.format(order="kind")


@broken("ORDERING-06", "All conversations of an agent wait for the slowest.")
class QueuesByInstance(ListsHeads):
    """Has a queue for each instance."""

    heads = _QUEUED_HEADS.format(
        same_queue="json_extract(earlier.payload, '$.id') = json_extract(head.payload, '$.id')"
    )


@broken("ORDERING-06", "A conversation waits for another whose name is spelled in capitals.")
class QueuesWithoutCase(ListsHeads):
    """Compares session keys without regard to case."""

    heads = _QUEUED_HEADS.format(same_queue=f"{_IN_SESSION} COLLATE NOCASE")


@broken("ORDERING-06", "One conversation runs twice at once for two agents.")
class QueuesByAgent(ListsHeads):
    """Has a queue for each agent of a session."""

    heads = _QUEUED_HEADS.format(
        same_queue=f"{_IN_SESSION} AND"
        " json_extract(earlier.payload, '$.agent') = json_extract(head.payload, '$.agent')"
    )


@broken("ORDERING-07", "A prompt whose worker went away goes to the end of the queue.")
class RequeuesAtTheEnd(Queues):
    """Gives requeued work a new number."""

    async def requeue_submission_before_input_applied(self, attempt: Any) -> Any:
        requeued = await self.right.requeue_submission_before_input_applied(attempt)
        if requeued:
            await self.sql(
                "UPDATE flue_agent_submissions SET sequence ="
                " (SELECT max(sequence) + 1 FROM flue_agent_submissions)"
                " WHERE submission_id = :id",
                id=attempt.submission_id,
            )
        return requeued


@broken("ORDERING-07", "A prompt whose worker went away waits until all others had their turn.")
class RequeuesBehindFreshWork(ListsHeads):
    """Orders a session's queue by attempts."""

    heads = _FIRST_BY.format(order="attempt_count")


@broken("ORDERING-08", "After a failure a session stands still.")
class StopsAQueueAtAFailure(ListsHeads):
    """Offers nothing behind what failed."""

    heads = _QUEUED_HEADS.replace("earlier.status != 'settled'", "TRUE").format(
        same_queue=f"{_IN_SESSION} AND (earlier.status != 'settled' OR earlier.error IS NOT NULL)"
    )


@broken("ORDERING-08", "A worker finds the next prompt long after another one has made way.")
class CachesTheRunnable(Queues):
    """Lists again what it listed last, until it is itself called for something else."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._listed: Sequence[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        self._listed = None
        return getattr(self.right, name)

    async def list_runnable_submissions(self) -> Any:
        if self._listed is None:
            self._listed = await self.right.list_runnable_submissions()
        return self._listed


@broken("ORDERING-09", "A prompt is offered again and again, and nobody can have it.")
class ClaimsFirstAttemptsAlone(Queues):
    """Claims what has no attempts yet."""

    async def claim_submission(self, claim: Any) -> Any:
        found = await self.right.get_submission(claim.submission_id)
        if found is not None and found.status == "queued" and found.attempt_count:
            return None
        return await self.right.claim_submission(claim)


@broken("ORDERING-09", "A worker that guesses an id gets work before its turn.")
class ClaimsWhateverIsQueued(Queues):
    """Claims without a look at what else is queued."""

    async def claim_submission(self, claim: Any) -> Any:
        claimed = await self.right.claim_submission(claim)
        rows = claimed or await self.sql(
            "UPDATE flue_agent_submissions SET status = 'running', attempt_id = :attempt,"
            " attempt_count = attempt_count + 1, owner_id = :owner, started_at = accepted_at"
            " WHERE submission_id = :id AND status = 'queued' RETURNING 1",
            id=claim.submission_id,
            attempt=claim.attempt_id,
            owner=claim.owner_id,
        )
        return await self.right.get_submission(claim.submission_id) if rows else None


class ListsRunning(Queues):
    """Lists some of what runs."""

    def listed(self, running: Sequence[Any]) -> Sequence[Any]:
        """Return what is listed of it."""
        raise NotImplementedError

    async def list_running_submissions(self) -> Any:
        return self.listed(await self.right.list_running_submissions())


@broken("ORDERING-10", "What runs without a lease is overlooked when a worker was lost.")
class ListsLeasedSubmissionsAlone(ListsRunning):
    """Lists what has a lease, passed or not."""

    def listed(self, running: Sequence[Any]) -> Sequence[Any]:
        return [each for each in running if each.lease_expires_at > 0]


@broken("ORDERING-10", "What was taken over last is recovered before what came first.")
class ListsRunningByStart(ListsRunning):
    """Sorts what runs by its start."""

    def listed(self, running: Sequence[Any]) -> Sequence[Any]:
        return sorted(running, key=lambda each: each.started_at)


@broken("ORDERING-10", "Of more than a hundred sessions at work, the rest is overlooked.")
class ListsAHundredRunning(ListsRunning):
    """Lists one page."""

    def listed(self, running: Sequence[Any]) -> Sequence[Any]:
        return running[:100]


@broken("ORDERING-10", "Work whose recovery was asked for is never recovered.")
class LeavesOutWhatIsToBeRecovered(ListsRunning):
    """Takes a request for recovery for the end of a run."""

    def listed(self, running: Sequence[Any]) -> Sequence[Any]:
        return [each for each in running if each.recovery_requested_at is None]


@broken("ORDERING-11", "A process that starts anew does not know that work waits for it.")
class CountsWhatItQueuedItself(Queues):
    """Looks into the database only after it admitted something."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._has_admitted = False

    async def admit_dispatch(self, dispatch: Any) -> Any:
        self._has_admitted = True
        return await self.right.admit_dispatch(dispatch)

    async def admit_direct(self, direct: Any) -> Any:
        self._has_admitted = True
        return await self.right.admit_direct(direct)

    async def has_unsettled_submissions(self) -> Any:
        return self._has_admitted and await self.right.has_unsettled_submissions()


@broken("ORDERING-11", "A worker stops although a prompt waits for a retry.")
class OverlooksWhatRunsUnlessItExpired(Queues):
    """Asks whether anything can be done just now."""

    async def has_unsettled_submissions(self) -> Any:
        return bool(
            await self.right.list_runnable_submissions()
            or await self.right.list_expired_submissions()
        )


@broken("ORDERING-11", "A worker never rests once something has failed.")
class CountsFailuresAsUnsettled(Queues):
    """Asks for what did not complete."""

    async def has_unsettled_submissions(self) -> Any:
        return bool(
            await self.sql(
                "SELECT 1 FROM flue_agent_submissions"
                " WHERE status != 'settled' OR error IS NOT NULL LIMIT 1"
            )
        )


@broken("ORDERING-12", "A request for an unknown prompt ends in an error.")
class RaisesForAnUnknownSubmission(Queues):
    """Takes an unknown id for an error."""

    async def get_submission(self, submission_id: str) -> Any:
        found = await self.right.get_submission(submission_id)
        if found is None:
            raise LookupError(submission_id)
        return found


@broken("ORDERING-12", "A request for one prompt is answered with another.")
class FindsSubmissionsByPattern(Queues):
    """Looks for ids with LIKE."""

    async def get_submission(self, submission_id: str) -> Any:
        rows = await self.sql(
            "SELECT submission_id FROM flue_agent_submissions WHERE :id LIKE submission_id",
            id=submission_id,
        )
        return await self.right.get_submission(rows[0][0] if rows else submission_id)


@broken("ORDERING-13", "One damaged row keeps all sessions from being served.", place="sqlite")
class RaisesAtAMalformedRow(Queues):
    """Reads each row, and lets the error out."""

    async def list_runnable_submissions(self) -> Any:
        for row in await self.sql(
            "SELECT submission_id FROM flue_agent_submissions WHERE status = 'queued'"
        ):
            await self.right.get_submission(row[0])
        return await self.right.list_runnable_submissions()


@broken("ORDERING-13", "A damaged prompt blocks its session for ever.", place="sqlite")
class OmitsMalformedRows(Queues):
    """Leaves damaged rows out of a list, and leaves them as they are."""

    async def list_runnable_submissions(self) -> Any:
        return await self._without_settling(self.right.list_runnable_submissions)

    async def list_running_submissions(self) -> Any:
        return await self._without_settling(self.right.list_running_submissions)

    async def _without_settling(self, listing: Any) -> Any:
        unsettled = await self.sql(
            "SELECT sequence, status FROM flue_agent_submissions WHERE status != 'settled'"
        )
        listed = await listing()
        for row in unsettled:
            await self.sql(
                "UPDATE flue_agent_submissions SET status = :status, error = NULL"
                " WHERE sequence = :sequence AND status = 'settled'",
                sequence=row.sequence,
                status=row.status,
            )
        return listed


@broken("ORDERING-13", "A damaged prompt ends as if it had been answered.", place="sqlite")
class SettlesMalformedRowsWithoutAnError(Queues):
    """Settles what it cannot read, and does not say why."""

    async def list_runnable_submissions(self) -> Any:
        listed = await self.right.list_runnable_submissions()
        await self.sql(
            "UPDATE flue_agent_submissions SET error = NULL WHERE error LIKE '%alformed%'"
        )
        return listed


@broken("ORDERING-13", "A damaged prompt that runs blocks its session for ever.", place="sqlite")
class LeavesMalformedRowsToOtherLists(Queues):
    """Leaves damaged rows alone when it lists what has expired."""

    async def list_expired_submissions(self) -> Any:
        expired = []
        for row in await self.sql(
            "SELECT submission_id FROM flue_agent_submissions WHERE status = 'running'"
            " AND lease_expires_at BETWEEN 1 AND strftime('%s', 'now') * 1000 ORDER BY sequence"
        ):
            try:
                expired.append(await self.right.get_submission(row[0]))
            except MalformedRecord:
                continue
        return expired


class Believes(Queues):
    """Takes some damaged rows for healthy ones."""

    mending: ClassVar[str]
    """Makes such rows healthy, which is as good as believing them."""

    async def list_runnable_submissions(self) -> Any:
        await self.sql(self.mending)
        return await self.right.list_runnable_submissions()

    async def list_running_submissions(self) -> Any:
        await self.sql(self.mending)
        return await self.right.list_running_submissions()


@broken(
    "ORDERING-14", "A prompt that was changed in the database runs as a dispatch.", place="sqlite"
)
class BelievesThePayloadsKind(Believes):
    """Takes the kind from the payload, and ignores its column."""

    mending = """
        UPDATE flue_agent_submissions SET kind = json_extract(payload, '$.kind')
        WHERE json_valid(payload) AND json_extract(payload, '$.kind') IS NOT NULL
    """


@broken("ORDERING-14", "A prompt runs in a session that it was not sent to.", place="sqlite")
class BelievesThePayloadsSession(Believes):
    """Takes the session from the payload, and ignores the column of its key."""

    mending = """
        UPDATE flue_agent_submissions SET session_key = 'agent-session:' || json_array(
            json_extract(payload, '$.id'), 'default', json_extract(payload, '$.session')
        ) WHERE json_valid(payload)
    """


@broken("ORDERING-14", "A prompt is older or younger than its input says.", place="sqlite")
class BelievesTheTimeOfAcceptance(Believes):
    """Never compares the acceptance time with the payload's."""

    mending = """
        UPDATE flue_agent_submissions SET accepted_at = strftime(
            '%s', json_extract(payload, '$.acceptedAt')
        ) * 1000 + substr(json_extract(payload, '$.acceptedAt'), 21, 3)
        WHERE json_valid(payload) AND json_extract(payload, '$.acceptedAt') LIKE '____-__-__T%'
    """


@broken("ORDERING-14", "A prompt that was begun before begins as if it were new.", place="sqlite")
class BelievesWhatIsQueued(Believes):
    """Ignores traces of an attempt in what is queued."""

    mending = """
        UPDATE flue_agent_submissions SET attempt_id = NULL, started_at = NULL,
        input_applied_at = NULL, recovery_requested_at = NULL WHERE status = 'queued'
    """


@broken(
    "ORDERING-14", "What runs without an attempt can never be ended by anybody.", place="sqlite"
)
class BelievesWhatRuns(Believes):
    """Reads an attempt or a start that is missing as an empty one."""

    mending = """
        UPDATE flue_agent_submissions SET attempt_id = coalesce(attempt_id, ''),
        started_at = coalesce(started_at, 0) WHERE status = 'running'
    """


@broken(
    "ORDERING-14", "A dispatch for an agent that is no text is handed to a worker.", place="sqlite"
)
class BelievesAnyAgent(Believes):
    """Reads an agent that is no text as text."""

    mending = """
        UPDATE flue_agent_submissions SET payload = json_set(
            payload, '$.agent', CAST(coalesce(json_extract(payload, '$.agent'), '') AS TEXT)
        ) WHERE json_valid(payload) AND json_extract(payload, '$.kind') IS NOT NULL
    """


@broken(
    "ORDERING-14", "A paused prompt, which there is not, is handed to a worker.", place="sqlite"
)
class BelievesAnyStatus(Believes):
    """Takes every status but running and settled for queued."""

    mending = """
        UPDATE flue_agent_submissions SET status = 'queued'
        WHERE status NOT IN ('queued', 'running', 'settled')
    """


@broken("ORDERING-16", "Who writes through another connection overtakes those who wrote before.")
class DrawsNumbersInBlocks(Queues):
    """Has a block of numbers for each store object, as a cached database sequence has."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._block = iter(range(0))

    async def admit_dispatch(self, dispatch: Any) -> Any:
        found = await self.right.get_submission(dispatch["dispatchId"])
        admission = await self.right.admit_dispatch(dispatch)
        if found is not None or not isinstance(admission, AdmittedSubmission):
            return admission
        await self.sql(
            "UPDATE flue_agent_submissions SET sequence = :number WHERE submission_id = :id",
            number=await self._number(),
            id=dispatch["dispatchId"],
        )
        return AdmittedSubmission(await self.right.get_submission(dispatch["dispatchId"]))

    async def _number(self) -> int:
        number = next(self._block, None)
        if number is None:
            rows = await self.sql(
                "UPDATE sqlite_sequence SET seq = seq + 100"
                " WHERE name = 'flue_agent_submissions' RETURNING seq"
            )
            self._block = iter(range(rows[0][0] - 98, rows[0][0] + 1))
            return int(rows[0][0]) - 99
        return number


@broken("ORDERING-16", "A prompt appears before the one that runs already.")
class DrawsANumberBeforeItQueues(Queues):
    """Draws a number, and inserts in a second transaction that may take its time."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._pauses = cycle((0.02, 0.0, 0.0))

    async def admit_dispatch(self, dispatch: Any) -> Any:
        drawn = await self.sql(
            "UPDATE sqlite_sequence SET seq = seq + 1"
            " WHERE name = 'flue_agent_submissions' RETURNING seq"
        )
        await asyncio.sleep(next(self._pauses))
        await self.right.admit_dispatch(dispatch)
        for row in drawn:
            await self.sql(
                "UPDATE flue_agent_submissions SET sequence = :number WHERE submission_id = :id",
                number=row[0],
                id=dispatch["dispatchId"],
            )
        return AdmittedSubmission(await self.right.get_submission(dispatch["dispatchId"]))


@broken("ORDERING-17", "A worker that asks for expired work on a quiet day gets an error.")
class ListsNothingAsNone(Queues):
    """Returns None for a list of nothing."""

    async def list_expired_submissions(self) -> Any:
        return await self.right.list_expired_submissions() or None


@broken("ORDERING-17", "A recovery ends in an error where no text had arrived.")
class ReadsNoChunksAsNone(Queues):
    """Returns None for an unknown stream."""

    async def get_stream_chunk_segments(self, stream_key: str) -> Any:
        return await self.right.get_stream_chunk_segments(stream_key) or None
