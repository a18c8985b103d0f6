"""Adapters that show, keep or hand out work wrongly when opened, raced or interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    SessionData,
    SessionStore,
    Storage,
    StreamChunkSegment,
    SubmissionAttemptRef,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Adapter, OwnClaims, Sessions, Submissions


@broken("DURABILITY-03", "A server answers with the session of a moment ago, saved over elsewhere.")
class RemembersSessionsThatItRead(Sessions):
    """Has a cache that its own writes alone bring up to date."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._read: dict[str, SessionData | None] = {}

    async def load(self, key: str) -> SessionData | None:
        if self._read.get(key) is None:
            self._read[key] = await self.right.load(key)
        return self._read[key]

    async def save(self, key: str, data: SessionData) -> None:
        await self.right.save(key, data)
        self._read.pop(key, None)

    async def delete(self, key: str) -> None:
        await self.right.delete(key)
        self._read.pop(key, None)


@broken(
    "DURABILITY-03", "A session that another server began is not found by one that looked early."
)
class RemembersThatASessionIsMissing(Sessions):
    """Caches what it did not find."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._missing: set[str] = set()

    async def load(self, key: str) -> SessionData | None:
        found = None if key in self._missing else await self.right.load(key)
        if found is None:
            self._missing.add(key)
        return found

    async def save(self, key: str, data: SessionData) -> None:
        await self.right.save(key, data)
        self._missing.discard(key)


@broken("DURABILITY-03", "Work of a session that was deleted is shown by whoever saw it before.")
class RemembersWhatIsSettled(Submissions):
    """Caches what will not change any more."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._settled: dict[str, AgentSubmission] = {}

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        if submission_id in self._settled:
            return self._settled[submission_id]
        found = await self.right.get_submission(submission_id)
        if found and found.status == "settled":
            self._settled[submission_id] = found
        return found


@broken("DURABILITY-03", "The last piece of a turn is read by its own server alone.")
class StoresTheLastChunkWithTheNextOne(Submissions):
    """Answers first and writes later, and hides that from itself."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._late: tuple[str, int, str] | None = None

    async def append_stream_chunk_segment(self, key: str, index: int, body: str) -> bool:
        await self._flush()
        self._late = key, index, body
        return True

    async def get_stream_chunk_segments(self, key: str) -> list[StreamChunkSegment]:
        stored = list(await self.right.get_stream_chunk_segments(key))
        late = [StreamChunkSegment(*self._late[1:])] if self._late and self._late[0] == key else []
        return stored + late

    async def delete_stream_chunk_segments(self, key: str) -> None:
        self._late = None
        await self.right.delete_stream_chunk_segments(key)

    async def _flush(self) -> None:
        if self._late:
            await self.right.append_stream_chunk_segment(*self._late)


@broken("DURABILITY-04", "A restart does work again that is being done.", place="sqlite")
class RequeuesWorkThatHadNotBegunWhenItOpens(Adapter):
    """Takes everybody for dead when it starts."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions SET status = 'queued', attempt_id = NULL,"
            " started_at = NULL, owner_id = NULL, lease_expires_at = 0,"
            " recovery_requested_at = NULL"
            " WHERE status = 'running' AND input_applied_at IS NULL"
        )


@broken("DURABILITY-04", "A restart gives up work that was late but alive.", place="sqlite")
class FailsOverdueWorkWhenItOpens(Adapter):
    """Tidies up when it starts."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions SET status = 'settled', settled_at = timeout_at,"
            " error = 'timed out' WHERE status = 'running' AND timeout_at BETWEEN 1 AND 1000"
        )


@broken("DURABILITY-04", "Work uses its retries up by restarts alone.", place="sqlite")
class CountsARestartAsAnAttempt(Adapter):
    """Counts what it finds running when it starts."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions SET attempt_count = attempt_count + 1"
            " WHERE status = 'running'"
        )


@broken("DURABILITY-04", "Work without a lease is lost when a server restarts.", place="sqlite")
class LeasesWhatHasNoLeaseWhenItOpens(Adapter):
    """Supplies a lease that is missing."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions SET lease_expires_at = started_at + 30000"
            " WHERE status = 'running' AND lease_expires_at = 0"
        )


@broken("DURABILITY-05", "A restart hands work out that another server is doing.", place="sqlite")
class LetsAllLeasesExpireWhenItOpens(Adapter):
    """Keeps leases in memory."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions SET lease_expires_at = min(lease_expires_at, 1)"
        )


@broken("DURABILITY-05", "Each restart puts off the recovery of lost work.", place="sqlite")
class RenewsExpiredLeasesWhenItOpens(Adapter):
    """Gives whoever was away a moment to come back."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions"
            " SET lease_expires_at = max(lease_expires_at, strftime('%s', 'now') * 1000 + 30000)"
            " WHERE status = 'running'"
        )


@broken("DURABILITY-05", "After a restart two prompts of one session run at once.", place="sqlite")
class RequeuesExpiredWorkWhenItOpens(Adapter):
    """Recovers by itself what has expired."""

    async def migrate(self) -> None:
        await self.right.migrate()
        await self.sql(
            "UPDATE flue_agent_submissions SET status = 'queued', attempt_id = NULL,"
            " started_at = NULL, owner_id = NULL, lease_expires_at = 0"
            " WHERE status = 'running' AND lease_expires_at < strftime('%s', 'now') * 1000"
        )


@broken(
    "DURABILITY-06", "A server that was believed dead ends what another one does.", place="sqlite"
)
class KnowsAnAttemptByItsOwner(Submissions):
    """Lets an owner end what it owns, whichever attempt it means."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        rows = await self.sql(
            "SELECT attempt_id FROM flue_agent_submissions"
            " WHERE submission_id = :id AND owner_id = 'owner-1' AND status = 'running'",
            id=attempt.submission_id,
        )
        current = rows[0].attempt_id if rows else attempt.attempt_id
        return await self.right.complete_submission(
            SubmissionAttemptRef(attempt.submission_id, current)
        )


@broken("DURABILITY-06", "An attempt that was given back ends the next one's work.", place="sqlite")
class CompletesWhatWasRequeued(Submissions):
    """Looks for a submission that no other attempt has."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        rows = await self.sql(
            "UPDATE flue_agent_submissions SET status = 'settled', settled_at = accepted_at"
            " WHERE submission_id = :id AND status = 'queued' RETURNING 1",
            id=attempt.submission_id,
        )
        return bool(rows) or await self.right.complete_submission(attempt)


@broken(
    "DURABILITY-06",
    "A server that was believed dead is fenced only after a restart.",
    place="sqlite",
)
class TrustsItsOwnClaims(OwnClaims):
    """Remembers what it claimed, and asks nobody."""

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        known = await self.right.request_submission_recovery(attempt)
        return known or attempt in self.mine


@broken("DURABILITY-06", "A turn goes on under an attempt that never began it.", place="sqlite")
class MovesTheJournalOfTheAttemptBefore(Submissions):
    """Asks who has the submission, where it should ask whom the journal names."""

    async def update_turn_journal_phase(
        self,
        attempt: SubmissionAttemptRef,
        phase: TurnPhase,
        options: TurnJournalUpdate | None = None,
    ) -> bool:
        current = await self.right.get_submission(attempt.submission_id)
        if current and current.status == "running" and current.attempt_id == attempt.attempt_id:
            await self.sql(
                "UPDATE flue_agent_turn_journals SET attempt_id = :attempt"
                " WHERE submission_id = :id",
                id=attempt.submission_id,
                attempt=attempt.attempt_id,
            )
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("DURABILITY-06", "What an attempt says at its end is lost with it.", place="sqlite")
class KeepsASessionThatOthersSaved(Sessions):
    """Saves over its own saves alone."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._saved: dict[str, SessionData] = {}

    async def save(self, key: str, data: SessionData) -> None:
        stored = await self.right.load(key)
        if stored is None or stored == self._saved.get(key):
            await self.right.save(key, data)
            self._saved[key] = data


@broken("DURABILITY-07", "Two servers recover one prompt, and both answer it.", place="sqlite")
class TakesOverInTwoSteps(Submissions):
    """Looks whether the attempt is current, and replaces then whichever is, until it succeeds."""

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        looked = await self.right.get_submission(attempt.submission_id)
        if looked is None or looked.attempt_id != attempt.attempt_id:
            return None
        moved = None
        while moved is None:
            found = await self.right.get_submission(attempt.submission_id)
            current = SubmissionAttemptRef(attempt.submission_id, str(found and found.attempt_id))
            moved = await self.right.replace_turn_journal_attempt(current, next_attempt_id, lease)
        return moved


@broken("DURABILITY-07", "A prompt that one server recovered is given to another.", place="sqlite")
class RequeuesInTwoSteps(Submissions):
    """Looks whether the attempt is current, and requeues then whichever is."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        looked = await self.right.get_submission(attempt.submission_id)
        if looked is None or looked.attempt_id != attempt.attempt_id:
            return False
        found = await self.right.get_submission(attempt.submission_id)
        current = SubmissionAttemptRef(attempt.submission_id, str(found and found.attempt_id))
        return await self.right.requeue_submission_before_input_applied(current)


class Interrupted(Submissions):
    """Notices calls that raise or are cancelled."""

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Awaitable[object]] = getattr(self.right, name)

        async def call(*arguments: object) -> object:
            try:
                return await self.answer(method, *arguments)
            except asyncio.CancelledError:
                await self.cancelled()
                raise
            except Exception:
                self.refused()
                raise

        return call

    async def answer(self, method: Callable[..., Awaitable[object]], *arguments: object) -> object:
        return await method(*arguments)

    async def cancelled(self) -> None:
        """Do something about a call that was cancelled."""

    def refused(self) -> None:
        """Do something about a call that raised."""


class WithSlots(Interrupted):
    """Has as many slots as a pool has connections."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self.slots = 20

    async def answer(self, method: Callable[..., Awaitable[object]], *arguments: object) -> object:
        if self.slots <= 0:
            raise Storage("No connection came free.")
        return await method(*arguments)


@broken("DURABILITY-08", "A server that was asked for nonsense now and then stops one day.")
class LosesAConnectionWhenACallIsRefused(WithSlots):
    """Gives connections back where nothing goes wrong."""

    def refused(self) -> None:
        self.slots -= 1


@broken("DURABILITY-08", "A server whose clients hang up now and then stops one day.")
class LosesAConnectionWhenACallIsCancelled(WithSlots):
    """Gives connections back unless it is interrupted."""

    async def cancelled(self) -> None:
        self.slots -= 1


@broken("DURABILITY-08", "A client that hangs up takes somebody else's last words with it.")
class RollsBackTheNeighbourOfACancelledCall(Interrupted):
    """Has one connection for all calls, and rolls it back when one is cancelled."""

    async def cancelled(self) -> None:
        await self.sql(
            "DELETE FROM flue_agent_stream_chunks"
            " WHERE rowid = (SELECT max(rowid) FROM flue_agent_stream_chunks)"
        )


@broken("DURABILITY-08", "What is saved right after an error is lost.")
class LosesASaveAfterARefusal(Sessions):
    """Goes on in a transaction that has failed."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._failed = False

    async def save(self, key: str, data: SessionData) -> None:
        try:
            if not self._failed:
                await self.right.save(key, data)
        except Exception:
            self._failed = True
            raise
        self._failed = False


@broken("DURABILITY-08", "A session whose deletion was interrupted can never be deleted.")
class NeverEndsACancelledDeletion(Submissions):
    """Joins a deletion that is under way, and takes a cancelled one for one."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._under_way: set[str] = set()

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        if session_key in self._under_way:
            return
        self._under_way.add(session_key)
        await self.right.delete_session(session_key, delete_session_tree)
        self._under_way.discard(session_key)
