"""Adapters that delete a session too early, too much, too little or for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar, TypeAlias

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentDispatchReceipt,
    AgentSubmission,
    AgentSubmissionStore,
    DirectAgentSubmissionInput,
    DispatchInput,
    RetainedReceipt,
    SessionBusy,
    SessionDeleting,
    Storage,
    Stores,
    acceptance_instant,
    json_text,
    session_key,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Adapter, Submissions
from reference_adapters import clock

DeleteTree: TypeAlias = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    pass


def _deleting(given: DispatchInput | DirectAgentSubmissionInput) -> SessionDeleting:
    return SessionDeleting(f"The session {given['session']!r} is being deleted.")


class OwnDeletions(Submissions):
    """Deletes step by step: looks, marks, calls back, cleans up and unmarks."""

    session: ClassVar[str] = "session_key = :key"
    busy: ClassVar[str] = "status <> 'settled'"
    removed: ClassVar[str] = "status = 'settled'"
    journals: ClassVar[str] = "TRUE"
    chunks: ClassVar[str] = "stream_key IN (SELECT stream_key FROM flue_agent_turn_journals WHERE"
    with_receipt: ClassVar[str] = "kind <> 'direct'"
    receipt: ClassVar[str] = "submission_id, accepted_at, :now"

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        """Delete as the wrapped store would, images and what a subclass changes apart."""
        await self.look(session_key)
        await self.mark(session_key)
        try:
            await delete_session_tree()
        except BaseException:
            await self.unmark(session_key)
            raise
        await self.clean_up(session_key)
        await self.unmark(session_key)

    async def look(self, key: str) -> None:
        """Raise for a session that has unsettled work."""
        if await self.run("SELECT 1 FROM flue_agent_submissions", key, self.busy):
            raise SessionBusy(f"The session {key!r} has queued or running work.")

    async def mark(self, key: str) -> None:
        """Keep further work from the session."""
        await self.sql(
            "INSERT INTO flue_agent_session_deletions VALUES (:key, :now)"
            " ON CONFLICT (session_key) DO NOTHING",
            key=key,
            now=clock.now(),
        )

    async def unmark(self, key: str) -> None:
        """Let work into the session."""
        await self.sql("DELETE FROM flue_agent_session_deletions WHERE session_key = :key", key=key)

    async def clean_up(self, key: str) -> None:
        """Remove what is settled, and what belongs to it."""
        await self.keep_receipts(key)
        await self.remove_turns(key)
        await self.run("DELETE FROM flue_agent_submissions", key, self.removed)

    async def keep_receipts(self, key: str) -> None:
        """Write down what is about to be removed."""
        await self.run(
            f"INSERT INTO flue_agent_dispatch_receipts SELECT {self.receipt}"
            " FROM flue_agent_submissions",
            key,
            f"({self.removed}) AND ({self.with_receipt})",
            " ON CONFLICT (dispatch_id) DO NOTHING",
        )

    async def remove_turns(self, key: str) -> None:
        """Remove journals, and the chunks of their streams."""
        named = (
            "submission_id IN (SELECT submission_id FROM flue_agent_submissions"
            f" WHERE ({self.session}) AND ({self.removed}))"
        )
        await self.run(f"DELETE FROM flue_agent_stream_chunks WHERE {self.chunks} {named})", key)
        await self.run(
            f"DELETE FROM flue_agent_turn_journals WHERE {named} AND ({self.journals})", key
        )

    async def run(self, statement: str, key: str, condition: str = "", end: str = "") -> object:
        """Run a statement about the session."""
        if condition:
            statement += f" WHERE ({self.session}) AND ({condition}){end}"
        known: dict[str, object] = {"key": key, "now": clock.now()}
        used = {name: value for name, value in known.items() if f":{name}" in statement}
        return await self.sql(statement, **used)


@broken("DELETION-01", "A chat is deleted while a prompt waits in it, and the answer goes nowhere.")
class DeletesBesideWhatIsQueued(OwnDeletions):
    """Takes running work alone for a hindrance."""

    busy = "status = 'running'"


@broken("DELETION-01", "A chat is deleted beside a worker that is late, and still writes to it.")
class DeletesBesideALeaseThatHasPassed(OwnDeletions):
    """Takes work under a lease that has passed for no hindrance."""

    busy = "status = 'queued' OR (status = 'running' AND lease_expires_at >= :now)"


@broken("DELETION-01", "A chat is deleted although a prompt was given back to it.")
class DeletesBesideWhatWasRequeued(OwnDeletions):
    """Takes what was attempted before for no hindrance when it is queued."""

    busy = "status = 'running' OR (status = 'queued' AND attempt_count = 0)"


@broken("DELETION-01", "A chat takes no more prompts after somebody tried to delete it.")
class ARefusedDeletionLeavesItsMarker(OwnDeletions):
    """Marks before it looks, and leaves the marker."""

    async def look(self, key: str) -> None:
        await self.mark(key)
        await super().look(key)


@broken("DELETION-01", "The history of a chat is gone although its deletion was refused.")
class CallsBackBeforeItLooks(OwnDeletions):
    """Calls back, then looks whether there is unsettled work."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        await delete_session_tree()
        await super().delete_session(session_key, _nothing)


@broken("DELETION-01", "A chat cannot be deleted while one is busy whose name differs in case.")
class LooksAtSessionsOfAnyCase(OwnDeletions):
    """Looks for unsettled work without regard to case."""

    async def look(self, key: str) -> None:
        if await self.sql(
            "SELECT 1 FROM flue_agent_submissions"
            " WHERE status <> 'settled' AND lower(session_key) = lower(:key)",
            key=key,
        ):
            raise SessionBusy(f"The session {key!r} has queued or running work.")


@broken("DELETION-02", "A prompt gets in while a chat's history is being deleted.")
class MarksAfterTheCallback(Submissions):
    """Calls back first, then does all the rest."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        await delete_session_tree()
        await self.right.delete_session(session_key, _nothing)


@broken("DELETION-02", "What was settled is gone before its history is, and nobody can tell why.")
class CleansUpBeforeTheCallback(OwnDeletions):
    """Cleans up, then calls back."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        await self.look(session_key)
        await self.mark(session_key)
        await self.clean_up(session_key)
        await delete_session_tree()
        await self.unmark(session_key)


@broken("DELETION-02", "A history is deleted twice, the second time without what it needs.")
class CallsBackTwice(Submissions):
    """Calls back once more, to be on the safe side."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        async def twice() -> None:
            await delete_session_tree()
            await delete_session_tree()

        await self.right.delete_session(session_key, twice)


@broken("DELETION-02", "A deleted chat refuses the prompt that is sent after it.", place="sqlite")
class CleansUpInTheBackground(Submissions):
    """Returns when the callback has; what is left takes a little longer."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._tasks: set[asyncio.Future[None]] = set()

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        called_back = asyncio.Event()

        async def callback() -> None:
            await delete_session_tree()
            called_back.set()
            await asyncio.sleep(0.02)

        deletion = asyncio.ensure_future(self.right.delete_session(session_key, callback))
        self._tasks.add(deletion)
        waiting = asyncio.create_task(called_back.wait())
        await asyncio.wait([deletion, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not waiting.cancel():
            return
        await deletion


@broken("DELETION-02", "Another server lets a prompt into a chat that is being deleted.")
class MarksInItsOwnMemory(OwnDeletions):
    """Keeps markers where no other handle sees them."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._marked: set[str] = set()

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        if session_key(given["id"], given["session"]) in self._marked:
            raise _deleting(given)
        return await self.right.admit_dispatch(given)

    async def mark(self, key: str) -> None:
        self._marked.add(key)

    async def unmark(self, key: str) -> None:
        self._marked.discard(key)


@broken("DELETION-03", "A chat that had no prompts cannot be got rid of: its history stays.")
class DeletesKnownSessionsOnly(Submissions):
    """Does nothing for a session that never had a submission."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        known = await self.sql(
            "SELECT 1 FROM flue_agent_submissions WHERE session_key = :key", key=session_key
        )
        if known:
            await self.right.delete_session(session_key, delete_session_tree)


@broken("DELETION-03", "A history that came back after a chat was deleted cannot be deleted.")
class DeletesASessionOnce(Submissions):
    """Does nothing for a session that it has deleted before and that had no work since."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._deleted: set[str] = set()

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        known = await self.sql(
            "SELECT 1 FROM flue_agent_submissions WHERE session_key = :key", key=session_key
        )
        if known or session_key not in self._deleted:
            await self.right.delete_session(session_key, delete_session_tree)
        self._deleted.add(session_key)


class ClosedWhileItDeletes(Submissions):
    """Knows whether it is deleting anything."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self.deleting = False

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        """Delete, and note that this goes on."""

        async def callback() -> None:
            self.deleting = True
            try:
                await delete_session_tree()
            finally:
                self.deleting = False

        await self.right.delete_session(session_key, callback)


@broken("DELETION-04", "No chat takes a prompt while one of them is being deleted.")
class AdmitsNothingWhileItDeletes(ClosedWhileItDeletes):
    """Refuses work for every session."""

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        if self.deleting:
            raise _deleting(given)
        return await self.right.admit_dispatch(given)


@broken("DELETION-04", "All work stands still while one chat is being deleted.")
class OffersNothingWhileItDeletes(ClosedWhileItDeletes):
    """Lists nothing as runnable."""

    async def list_runnable_submissions(self) -> list[AgentSubmission]:
        return [] if self.deleting else list(await self.right.list_runnable_submissions())


@broken("DELETION-04", "A deletion whose callback uses the store stands still until it gives up.")
class LocksItselfWhileItDeletes(Submissions):
    """Holds a lock around the callback for which its other calls wait in vain."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._lock = asyncio.Lock()

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        async with self._lock:
            await self.right.delete_session(session_key, delete_session_tree)

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        try:
            async with asyncio.timeout(0.2):
                await self._lock.acquire()
        except TimeoutError as error:
            raise Storage("The store is locked.") from error
        self._lock.release()
        return await self.right.admit_dispatch(given)


@broken("DELETION-05", "What a chat did cannot be looked up while its history is being deleted.")
class HidesWhatIsBeingDeleted(Submissions):
    """Finds no submission of a session that has a marker."""

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        found = await self.right.get_submission(submission_id)
        marked = await self.sql("SELECT session_key FROM flue_agent_session_deletions")
        return None if found and found.session_key in [row.session_key for row in marked] else found


@broken("DELETION-05", "A webhook that is delivered again is told of work that is about to go.")
class AnswersReplaysWhileItDeletes(Submissions):
    """Answers the replay of what is there still."""

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        found = await self.right.get_submission(given["dispatchId"])
        try:
            return await self.right.admit_dispatch(given)
        except SessionDeleting:
            if found is None:
                raise
            return AdmittedSubmission(found)


@broken("DELETION-05", "A user's prompt gets into a chat that is being deleted.")
class AdmitsPromptsWhileItDeletes(Submissions):
    """Looks for the marker when it admits a dispatch alone."""

    async def admit_direct(self, given: DirectAgentSubmissionInput) -> AgentSubmission:
        markers = await self.sql("DELETE FROM flue_agent_session_deletions RETURNING *")
        admitted = await self.right.admit_direct(given)
        for marker in markers:
            await self.sql(
                "INSERT INTO flue_agent_session_deletions VALUES (:key, :at)",
                key=marker.session_key,
                at=marker.started_at,
            )
        return admitted


@broken("DELETION-06", "What failed in a chat stays for ever.")
class LeavesWhatFailed(OwnDeletions):
    """Removes completed submissions alone."""

    removed = "status = 'settled' AND error IS NULL"


@broken("DELETION-06", "The last prompts of a chat stay when it is deleted right after them.")
class LeavesWhatWasJustAccepted(OwnDeletions):
    """Removes what was accepted some seconds before."""

    removed = "status = 'settled' AND accepted_at < :now - 5000"


@broken("DELETION-06", "What a deleted chat did can still be read in its journals.")
class LeavesJournals(OwnDeletions):
    """Removes no journals."""

    journals = "FALSE"


@broken("DELETION-06", "The finished turns of a deleted chat are kept.")
class LeavesCommittedJournals(OwnDeletions):
    """Removes open journals alone."""

    journals = "committed = 0"


@broken("DELETION-06", "The half answers of a deleted chat are kept.")
class LeavesChunks(OwnDeletions):
    """Removes no chunks."""

    chunks = "FALSE AND stream_key IN (SELECT stream_key FROM flue_agent_turn_journals WHERE"


@broken("DELETION-06", "Answers of other chats lose pieces when one chat is deleted.")
class RemovesChunksThatBeginAlike(OwnDeletions):
    """Removes the chunks of every key that begins with a journal's stream key."""

    chunks = (
        "EXISTS (SELECT 1 FROM flue_agent_turn_journals AS journal"
        " WHERE substr(flue_agent_stream_chunks.stream_key, 1, length(journal.stream_key))"
        " = journal.stream_key AND"
    )


@broken("DELETION-06", "A chat disappears when another is deleted whose name differs in case.")
class RemovesSessionsOfAnyCase(OwnDeletions):
    """Compares session keys without case."""

    session = "lower(session_key) = lower(:key)"


@broken("DELETION-06", "All chats of an agent disappear when one of them is deleted.")
class RemovesTheWholeInstance(OwnDeletions):
    """Removes whatever begins with the same instance."""

    session = "substr(session_key, 1, 24) = substr(:key, 1, 24)"


@broken("DELETION-06", "Of a long chat only the beginning is deleted.")
class RemovesAHundred(OwnDeletions):
    """Removes the first hundred submissions."""

    removed = (
        "status = 'settled' AND sequence IN (SELECT sequence FROM flue_agent_submissions"
        " WHERE session_key = :key ORDER BY sequence LIMIT 100)"
    )


@broken("DELETION-06", "The pictures of a deleted chat are kept.", place="sqlite")
class LeavesImages(OwnDeletions):
    """Removes no images that are stored apart."""


@broken("DELETION-06", "A prompt that came in just then is deleted with the chat, unanswered.")
class RemovesWhatComesMeanwhile(OwnDeletions):
    """Removes everything of the session, without a marker that keeps new work out."""

    removed = "TRUE"

    async def mark(self, key: str) -> None:
        pass


@broken("DELETION-07", "A webhook whose work failed is run again after its chat was deleted.")
class KeepsNoReceiptOfAFailure(OwnDeletions):
    """Leaves receipts of completed dispatches alone."""

    with_receipt = "kind = 'dispatch' AND error IS NULL"


@broken("DELETION-07", "A webhook cannot use an id that a prompt of a deleted chat had.")
class KeepsReceiptsOfPrompts(OwnDeletions):
    """Leaves a receipt of every submission."""

    with_receipt = "TRUE"


@broken("DELETION-07", "A webhook is told that it was accepted when its chat was deleted.")
class DatesReceiptsAtTheDeletion(OwnDeletions):
    """Takes the time of the deletion for that of the acceptance."""

    receipt = "submission_id, :now, :now"


@broken("DELETION-07", "A webhook is told a time that is up to a second off.")
class KeepsReceiptsInWholeSeconds(OwnDeletions):
    """Cuts milliseconds off."""

    receipt = "submission_id, accepted_at / 1000 * 1000, :now"


@broken("DELETION-07", "A webhook runs again once its chat has been deleted a second time.")
class ADeletionRemovesEarlierReceipts(OwnDeletions):
    """Keeps the receipts of the last deletion."""

    async def keep_receipts(self, key: str) -> None:
        await self.sql("DELETE FROM flue_agent_dispatch_receipts")
        await super().keep_receipts(key)


@broken("DELETION-07", "A prompt with the id of an old webhook makes that run again.")
class APromptTakesTheReceiptAway(OwnDeletions):
    """Removes the receipt of an id that a prompt has used since."""

    async def keep_receipts(self, key: str) -> None:
        await super().keep_receipts(key)
        await self.sql(
            "DELETE FROM flue_agent_dispatch_receipts WHERE dispatch_id IN (SELECT submission_id"
            " FROM flue_agent_submissions WHERE session_key = :key AND kind = 'direct')",
            key=key,
        )


@broken("DELETION-07", "A webhook of a deleted chat runs again after a restart.", place="sqlite")
class KeepsReceiptsInItsOwnMemory(OwnDeletions):
    """Remembers receipts where no other handle sees them."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._receipts: dict[str, int] = {}

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        accepted_at = self._receipts.get(given["dispatchId"])
        if accepted_at is None:
            return await self.right.admit_dispatch(given)
        return RetainedReceipt(AgentDispatchReceipt(given["dispatchId"], accepted_at))

    async def keep_receipts(self, key: str) -> None:
        rows = await self.sql(
            "SELECT submission_id, accepted_at FROM flue_agent_submissions"
            " WHERE session_key = :key AND kind = 'dispatch' AND status = 'settled'",
            key=key,
        )
        self._receipts |= {row.submission_id: row.accepted_at for row in rows}


@broken("DELETION-09", "A chat takes no more prompts after its deletion failed.")
class AFailedDeletionLeavesItsMarker(Submissions):
    """Marks the session again when the callback has failed."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        try:
            await self.right.delete_session(session_key, delete_session_tree)
        except SessionBusy:
            raise
        except Exception:
            await self.sql(
                "INSERT INTO flue_agent_session_deletions VALUES (:key, 1)", key=session_key
            )
            raise


@broken("DELETION-09", "A chat takes no more prompts after a bug in whoever deleted it.")
class UnmarksAfterAnAwaitedFailureOnly(OwnDeletions):
    """Guards what is awaited, and not the call that comes before."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        await self.look(session_key)
        await self.mark(session_key)
        callback = delete_session_tree()
        try:
            await callback
        except BaseException:
            await self.unmark(session_key)
            raise
        await self.clean_up(session_key)
        await self.unmark(session_key)


@broken("DELETION-09", "Why a chat could not be deleted is hidden behind another error.")
class WrapsTheCallbacksError(Submissions):
    """Raises an error of its own for that of the callback."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        async def callback() -> None:
            try:
                await delete_session_tree()
            except Exception as error:
                raise Storage(f"The session could not be deleted: {error}") from error

        await self.right.delete_session(session_key, callback)


@broken("DELETION-09", "A chat counts as deleted although its history is still there.")
class TakesATimeoutForSuccess(Submissions):
    """Goes on when the callback has timed out."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        async def callback() -> None:
            with suppress(TimeoutError):
                await delete_session_tree()

        await self.right.delete_session(session_key, callback)


@broken("DELETION-09", "The work of a chat is gone although its history could not be deleted.")
class CleansUpAfterAFailure(OwnDeletions):
    """Cleans up whatever becomes of the callback."""

    async def unmark(self, key: str) -> None:
        await self.clean_up(key)
        await super().unmark(key)


@broken("DELETION-09", "A chat counts as deleted although one below it could not be just then.")
class TakesItsOwnKindOfErrorForSuccess(Submissions):
    """Goes on when the callback met a session that is being deleted."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        async def callback() -> None:
            with suppress(SessionDeleting):
                await delete_session_tree()

        await self.right.delete_session(session_key, callback)


@broken("DELETION-10", "A history is deleted twice at once when its user clicks twice.")
class CallsBackForEachCaller(OwnDeletions):
    """Shares nothing."""


@broken("DELETION-10", "Whoever clicks second is told that a chat is gone which is still there.")
class ReturnsAtOnceToASecondCaller(Submissions):
    """Leaves the deletion to the first caller."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._running: set[str] = set()

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        if session_key in self._running:
            return
        self._running.add(session_key)
        try:
            await self.right.delete_session(session_key, delete_session_tree)
        finally:
            self._running.discard(session_key)


class SharesDeletions(Submissions):
    """Shares a running deletion by tasks of its own."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self.tasks: dict[str, asyncio.Future[None]] = {}

    def begin(self, key: str, delete_session_tree: DeleteTree) -> asyncio.Future[None]:
        """Begin the deletion, under a key to find it by."""
        deletion = self.right.delete_session
        self.tasks[key] = asyncio.ensure_future(deletion(key, delete_session_tree))
        return self.tasks[key]


@broken("DELETION-10", "Whoever waits for a deletion that fails believes that it went well.")
class TellsTheFirstCallerAloneOfAFailure(SharesDeletions):
    """Lets the others wait for the end, whatever it is."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        running = self.tasks.get(session_key)
        if running is None or running.done():
            await self.begin(session_key, delete_session_tree)
        else:
            await asyncio.wait([running])


@broken("DELETION-10", "A chat can be deleted once; what comes later stays.")
class RemembersTheDeletion(SharesDeletions):
    """Shares a deletion that is over."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        running = self.tasks.get(session_key)
        await asyncio.shield(running or self.begin(session_key, delete_session_tree))


@broken("DELETION-10", "After a deletion has failed each further one fails with its error.")
class RemembersAFailedDeletion(SharesDeletions):
    """Forgets a deletion only when it went well."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        running = self.tasks.get(session_key)
        await asyncio.shield(running or self.begin(session_key, delete_session_tree))
        self.tasks.pop(session_key, None)


@broken("DELETION-10", "Of two chats that are deleted at once one stays.")
class DeletesOneSessionAtATime(SharesDeletions):
    """Takes a deletion of any session for that of the one that is asked for."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        running = {key: task for key, task in self.tasks.items() if not task.done()}
        if session_key in running or not running:
            shared = running.get(session_key)
            await asyncio.shield(shared or self.begin(session_key, delete_session_tree))


@broken("DELETION-10", "Two clicks delete a history in the way of the second, not of the first.")
class CallsTheLastCallerBack(SharesDeletions):
    """Lets each caller replace the callback until it is called."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._callbacks: dict[str, DeleteTree] = {}

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        self._callbacks[session_key] = delete_session_tree
        running = self.tasks.get(session_key)
        if running is None or running.done():
            running = self.begin(session_key, partial(self._call_back, session_key))
        await asyncio.shield(running)

    async def _call_back(self, key: str) -> None:
        await self._callbacks[key]()


@broken("DELETION-13", "A chat whose deletion was cut short takes prompts again.", place="sqlite")
class ForgetsMarkersWhenItConnects(Adapter):
    """Removes the markers of processes that are gone."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        wrapper = Submissions(stores.submissions)
        await wrapper.sql("DELETE FROM flue_agent_session_deletions")
        return stores


@broken(
    "DELETION-13", "A chat whose deletion was cut short takes prompts later on.", place="sqlite"
)
class LetsMarkersExpire(Submissions):
    """Takes no notice of a marker that is some seconds old."""

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        await self.sql(
            "DELETE FROM flue_agent_session_deletions WHERE started_at < :old",
            old=clock.now() - 3000,
        )
        return await self.right.admit_dispatch(given)


@broken("DELETION-13", "A chat whose deletion was cut short can never be deleted.", place="sqlite")
class RefusesWhatIsMarked(Submissions):
    """Takes each marker for that of a deletion that is running."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        marked = await self.sql(
            "SELECT 1 FROM flue_agent_session_deletions WHERE session_key = :key", key=session_key
        )
        if marked:
            raise SessionDeleting(f"The session {session_key!r} is being deleted already.")
        await self.right.delete_session(session_key, delete_session_tree)


@broken("DELETION-13", "The history of a chat stays when its deletion is resumed.", place="sqlite")
class ResumesAfterTheCallback(Submissions):
    """Takes a marker for the proof that the callback has run."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        marked = await self.sql(
            "SELECT 1 FROM flue_agent_session_deletions WHERE session_key = :key", key=session_key
        )
        await self.right.delete_session(session_key, _nothing if marked else delete_session_tree)


@broken("DELETION-15", "A webhook that is delivered just when its chat is deleted runs again.")
class KeepsReceiptsAfterTheEnd(OwnDeletions):
    """Writes receipts once the marker is gone."""

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        rows = await self.sql(
            "SELECT submission_id, accepted_at FROM flue_agent_submissions"
            " WHERE session_key = :key AND kind = 'dispatch' AND status = 'settled'",
            key=session_key,
        )
        await super().delete_session(session_key, delete_session_tree)
        for row in rows:
            await self.sql(
                "INSERT INTO flue_agent_dispatch_receipts VALUES (:id, :at, 1)"
                " ON CONFLICT (dispatch_id) DO NOTHING",
                id=row.submission_id,
                at=row.accepted_at,
            )

    async def keep_receipts(self, key: str) -> None:
        pass


@broken("DELETION-15", "A webhook that is delivered while its chat is deleted runs again.")
class UnmarksBeforeItCleansUp(OwnDeletions):
    """Lets work into the session, then removes submissions, then leaves receipts."""

    async def clean_up(self, key: str) -> None:
        rows = await self.sql(
            "SELECT submission_id, accepted_at FROM flue_agent_submissions"
            " WHERE session_key = :key AND kind = 'dispatch' AND status = 'settled'",
            key=key,
        )
        await self.unmark(key)
        await super().clean_up(key)
        for row in rows:
            await self.sql(
                "INSERT INTO flue_agent_dispatch_receipts VALUES (:id, :at, 1)"
                " ON CONFLICT (dispatch_id) DO NOTHING",
                id=row.submission_id,
                at=row.accepted_at,
            )

    async def keep_receipts(self, key: str) -> None:
        pass


@broken("DELETION-15", "A webhook that is delivered as its chat's deletion ends runs again.")
class LooksForTheReceiptBeforeItAdmits(Submissions):
    """Looks for a receipt in one transaction and admits in the next."""

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        dispatch_id = given["dispatchId"]
        for row in await self.sql(
            "SELECT accepted_at FROM flue_agent_dispatch_receipts WHERE dispatch_id = :id",
            id=dispatch_id,
        ):
            return RetainedReceipt(AgentDispatchReceipt(dispatch_id, row.accepted_at))
        await self.sql(
            "INSERT INTO flue_agent_submissions (submission_id, session_key, kind, payload, status,"
            " accepted_at) SELECT :id, :key, 'dispatch', :payload, 'queued', :at WHERE NOT EXISTS"
            " (SELECT 1 FROM flue_agent_session_deletions WHERE session_key = :key)"
            " ON CONFLICT (submission_id) DO NOTHING",
            id=dispatch_id,
            key=session_key(given["id"], given["session"]),
            payload=json_text({**given, "kind": "dispatch", "submissionId": dispatch_id}),
            at=acceptance_instant(given["acceptedAt"], "dispatch"),
        )
        found = await self.right.get_submission(dispatch_id)
        if found is None:
            raise _deleting(given)
        return AdmittedSubmission(found)


@broken("DELETION-16", "A damaged prompt is left over from a deleted chat.", place="sqlite")
class LeavesMalformedRows(OwnDeletions):
    """Removes what can be read alone."""

    removed = "status = 'settled' AND json_valid(payload)"


@broken("DELETION-16", "A damaged webhook runs again after its chat was deleted.", place="sqlite")
class KeepsNoReceiptOfAMalformedRow(OwnDeletions):
    """Leaves receipts of what can be read alone."""

    with_receipt = "kind = 'dispatch' AND json_valid(payload)"


@broken("DELETION-16", "A damaged prompt goes with its chat, and was never run.", place="sqlite")
class TakesAMalformedRowForNoWork(OwnDeletions):
    """Lets a queued submission that cannot be read be no hindrance."""

    busy = "status <> 'settled' AND json_valid(payload)"


@broken("DELETION-17", "A deleted chat never takes a prompt again.")
class ADeletedSessionStaysClosed(Submissions):
    """Refuses work for a session that was deleted."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._deleted: set[str] = set()

    async def delete_session(self, session_key: str, delete_session_tree: DeleteTree) -> None:
        await self.right.delete_session(session_key, delete_session_tree)
        self._deleted.add(session_key)

    async def admit_direct(self, given: DirectAgentSubmissionInput) -> AgentSubmission:
        if session_key(given["id"], given["session"]) in self._deleted:
            raise _deleting(given)
        return await self.right.admit_direct(given)


@broken("DELETION-17", "A prompt of a deleted chat starts with the attempts of an old one.")
class CountsAttemptsOverDeletions(Submissions):
    """Goes on counting the attempts at an id."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._attempts: dict[str, int] = {}

    async def admit_direct(self, given: DirectAgentSubmissionInput) -> AgentSubmission:
        admitted = await self.right.admit_direct(given)
        earlier = self._attempts.setdefault(admitted.submission_id, 0)
        self._attempts[admitted.submission_id] = earlier + 1
        return replace(admitted, attempt_count=admitted.attempt_count + earlier)
