"""Adapters that lose or halve what they do when their process is killed, or trust the dead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from flue_conformance.contract import (
    AgentDispatchAdmission,
    AgentSubmission,
    CreateTurnJournalInput,
    DispatchInput,
    EventStreamReadResult,
    ReadEventsOpts,
    SessionData,
    SessionDeleting,
    Stores,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionLease,
    session_key,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Adapter, OwnClaims, Sessions, Streams, Submissions
from reference_adapters import clock

_SETTLE = (
    "UPDATE flue_agent_submissions SET status = 'settled', settled_at = 1"
    " WHERE submission_id = :id AND status = 'running'"
)
_PAUSE_S = 0.02


class Later:
    """Does what it has acknowledged a moment later, in the order in which it was asked."""

    def __init__(self) -> None:
        self._doing: asyncio.Task[Any] | None = None

    def do(self, work: Coroutine[Any, Any, object]) -> None:
        self._doing = asyncio.ensure_future(self._after(self._doing, work))

    async def done(self) -> None:
        if self._doing is not None:
            await self._doing

    async def _after(
        self, earlier: asyncio.Task[Any] | None, work: Coroutine[Any, Any, object]
    ) -> None:
        if earlier is not None:
            await earlier
        await asyncio.sleep(_PAUSE_S)
        await work


class Procrastinating:
    """Does some of its work later."""

    @cached_property
    def later(self) -> Later:
        """What is left to do."""
        return Later()


class Lazy(Procrastinating, Submissions):
    """Does some of its work later; every call but that waits for it."""

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.right, name)

        async def call(*arguments: object) -> object:
            await self.later.done()
            return await method(*arguments)

        return call


@broken("DURABILITY-01", "What an agent said last is gone when its server dies.", place="sqlite")
class SavesSessionsBehind(Sessions):
    """Keeps the last save in memory until there is another."""

    _kept: tuple[str, SessionData] | None = None

    async def save(self, key: str, data: SessionData) -> None:
        await self._flush()
        self._kept = key, data

    async def load(self, key: str) -> SessionData | None:
        await self._flush()
        return await self.right.load(key)

    async def delete(self, key: str) -> None:
        await self._flush()
        await self.right.delete(key)

    async def _flush(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            await self.right.save(*kept)


@broken("DURABILITY-01", "After a crash a provider's answer has a hole in it.", place="sqlite")
class AcknowledgesChunksEarly(Lazy):
    """Says that a chunk is stored, and stores it then."""

    async def append_stream_chunk_segment(self, key: str, index: int, body: str) -> bool:
        self.later.do(self._append(key, index, body))
        return True

    async def _append(self, key: str, index: int, body: str) -> None:
        await self.right.append_stream_chunk_segment(key, index, body)


@broken("DURABILITY-01", "A prompt that was answered is answered again.", place="sqlite")
class AcknowledgesSettlementsEarly(Lazy):
    """Says that a submission is settled, and settles it then."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        await self.later.done()
        found = await self.right.get_submission(attempt.submission_id)
        if found is None or found.status != "running" or found.attempt_id != attempt.attempt_id:
            return False
        self.later.do(self._complete(attempt))
        return True

    async def _complete(self, attempt: SubmissionAttemptRef) -> None:
        await self.right.complete_submission(attempt)


@broken("DURABILITY-01", "A server that lives is taken for dead after a restart.", place="sqlite")
class RenewsLeasesInTheBackground(Lazy):
    """Lets nobody wait for a heartbeat."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        self.later.do(self._renew(owner_id, submission_ids))

    async def _renew(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        await self.right.renew_leases(owner_id, submission_ids)


@broken("DURABILITY-01", "The last event that a client was told is gone.", place="sqlite")
class EndsStreamsLater(Procrastinating, Streams):
    """Says that a stream is closed, and closes it then; every other call waits for that."""

    async def close_stream(self, path: str) -> None:
        self.later.do(self._close(path))

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        await self.later.done()
        return await self.right.read_events(path, opts)

    async def _close(self, path: str) -> None:
        await self.right.close_stream(path)


@broken("DURABILITY-02", "A turn belongs to one server, and its prompt to another.", place="sqlite")
class TakesOverInTwoTransactions(Submissions):
    """Moves the journal first, and the submission then."""

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        found = await self.right.get_submission(attempt.submission_id)
        if found and found.status == "running" and found.attempt_id == attempt.attempt_id:
            await self.sql(
                "UPDATE flue_agent_turn_journals SET attempt_id = :next, revision = revision + 1"
                " WHERE submission_id = :id AND attempt_id = :old AND committed = 0",
                id=attempt.submission_id,
                old=attempt.attempt_id,
                next=next_attempt_id,
            )
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("DURABILITY-02", "A session is empty after a crash.", place="sqlite")
class SavesTheHeaderFirst(Sessions):
    """Saves the record without its entries, and the entries then."""

    async def save(self, key: str, data: SessionData) -> None:
        await self.right.save(key, {**data, "entries": []})
        await self.right.save(key, data)


@broken("DURABILITY-02", "A prompt hangs for ever when its server dies early.", place="sqlite")
class ClaimsWithoutALeaseAtFirst(Submissions):
    """Starts the attempt, and gives it its lease then."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(replace(claim, lease_expires_at=0))
        if claimed is None:
            return None
        await self.sql(
            "UPDATE flue_agent_submissions SET lease_expires_at = :expiry"
            " WHERE submission_id = :id",
            id=claim.submission_id,
            expiry=claim.lease_expires_at,
        )
        return replace(claimed, lease_expires_at=claim.lease_expires_at)


@broken("DURABILITY-02", "Half of a server's work is taken for lost.", place="sqlite")
class RenewsOneByOne(Submissions):
    """Renews each lease in a transaction of its own."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        for name in submission_ids:
            await self.right.renew_leases(owner_id, [name])


@broken("DURABILITY-02", "A prompt that failed looks like one that succeeded.", place="sqlite")
class SettlesBeforeItSaysWhy(Submissions):
    """Settles the submission, and stores the error then."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        settled = await self.right.complete_submission(attempt)
        if settled:
            await self.sql(
                "UPDATE flue_agent_submissions SET error = :error WHERE submission_id = :id",
                id=attempt.submission_id,
                error=str(error),
            )
        return settled


@broken("DURABILITY-02", "A crash between two turns ends the prompt.", place="sqlite")
class ReplacesJournalsInTwoSteps(Submissions):
    """Removes the turn before, and begins the next one then."""

    async def begin_turn_journal(self, given: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(given.submission_id)
        if before is None:
            return await self.right.begin_turn_journal(given)
        await self.sql(
            "DELETE FROM flue_agent_turn_journals WHERE submission_id = :id",
            id=given.submission_id,
        )
        begun = await self.right.begin_turn_journal(given)
        await self.sql(
            "UPDATE flue_agent_turn_journals SET revision = :revision, created_at = :created"
            " WHERE submission_id = :id",
            id=given.submission_id,
            revision=before.revision + 1,
            created=before.created_at,
        )
        return begun


@broken("DURABILITY-02", "A server that dies when it is new never starts again.", place="sqlite")
class TakesOneTableForAll(Adapter):
    """Makes a table, and the others in another transaction; one is a sign of all."""

    async def migrate(self) -> None:
        await self.right.connect()
        known = await self.sql("SELECT 1 FROM sqlite_master WHERE name = 'flue_migrated'")
        if not known:
            await self.sql("CREATE TABLE flue_migrated (version INTEGER)")
            await self.right.migrate()


@broken("DURABILITY-06", "A server that slept ends what another one does.", place="sqlite")
class SettlesWhateverItClaimed(OwnClaims):
    """Remembers what it claimed, and asks nobody."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        if attempt not in self.mine:
            return await self.right.complete_submission(attempt)
        self.mine -= {attempt}
        return bool(await self.sql(f"{_SETTLE} RETURNING 1", id=attempt.submission_id))


@broken("DURABILITY-06", "A server that slept keeps another one's work for itself.", place="sqlite")
class RenewsForSomebodyElse(Submissions):
    """Renews whatever it is asked for."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        del owner_id
        for name in submission_ids:
            await self.sql(
                "UPDATE flue_agent_submissions SET lease_expires_at = :expiry"
                " WHERE submission_id = :id AND status = 'running'",
                id=name,
                expiry=clock.now() + 30_000,
            )


@broken("DURABILITY-06", "A server that slept moves a turn that is another one's.", place="sqlite")
class MovesJournalsOfOthers(Submissions):
    """Takes the submission for what a journal is gated by."""

    async def commit_turn_journal(self, attempt: SubmissionAttemptRef, leaf: str) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        current = journal.attempt_id if journal else attempt.attempt_id
        mine = SubmissionAttemptRef(attempt.submission_id, current)
        return await self.right.commit_turn_journal(mine, leaf)


@broken(
    "DELETION-13", "A deletion that was cut short is forgotten, with its marker.", place="sqlite"
)
class BarsSessionsInItsOwnProcess(Submissions):
    """Knows in this process alone what is being deleted."""

    _deleting: set[str] = set()  # noqa: RUF012 - shared by all stores of the process

    async def delete_session(
        self, key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        async def delete() -> None:
            self._deleting.add(key)
            await self.sql("DELETE FROM flue_agent_session_deletions WHERE session_key = :k", k=key)
            await delete_session_tree()

        try:
            await self.right.delete_session(key, delete)
        finally:
            self._deleting.discard(key)

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        if session_key(given["id"], given["session"]) in self._deleting:
            raise SessionDeleting("The session is being deleted.")
        return await self.right.admit_dispatch(given)


@broken(
    "DELETION-13", "A restart lets prompts into a session that is half deleted.", place="sqlite"
)
class ForgetsMarkersWhenItOpens(Adapter):
    """Tidies up what a crash left."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        await self.sql("DELETE FROM flue_agent_session_deletions")
        return stores


@broken("DELETION-13", "A session whose deletion was cut short is barred for ever.", place="sqlite")
class NeverResumesADeletion(Submissions):
    """Takes a marker for a deletion that goes on."""

    async def delete_session(
        self, key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        marked = await self.sql(
            "SELECT 1 FROM flue_agent_session_deletions WHERE session_key = :k", k=key
        )
        if marked:
            raise SessionDeleting("The session is being deleted.")
        await self.right.delete_session(key, delete_session_tree)


@broken(
    "LEASE-10", "A server whose clock is wrong renews leases that have passed.", place="postgres"
)
class AsksTheDatabaseForTheTime(Submissions):
    """Renews by the database's clock."""

    async def renew_leases(self, owner_id: str, submission_ids: Sequence[str]) -> None:
        for name in submission_ids:
            await self.sql(
                "UPDATE flue_agent_submissions SET lease_expires_at ="
                " (extract(epoch FROM now()) * 1000)::bigint + 30000"
                " WHERE submission_id = :id AND owner_id = :owner AND status = 'running'",
                id=name,
                owner=owner_id,
            )
