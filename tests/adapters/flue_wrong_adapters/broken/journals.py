"""Adapters that lose track of a turn, or of whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, TypeAlias

from flue_conformance.contract import (
    ABSENT,
    AgentSubmission,
    AgentSubmissionStore,
    AgentTurnJournal,
    CreateTurnJournalInput,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions
from reference_adapters import clock

Lease: TypeAlias = SubmissionLease | None
Options: TypeAlias = TurnJournalUpdate | None

OPEN = "committed = 0 AND attempt_id = :attempt"
OWNED = "status = 'running' AND attempt_id = :attempt"
ADVANCED = "revision = revision + 1, updated_at = :now"
PHASES = ("before_provider", "provider_started", "tool_request_recorded", "committed")


class RowByRow(Submissions):
    """Runs statements about the journal, or the submission, of an attempt."""

    async def change_journal(
        self, of: SubmissionAttemptRef, changes: str, condition: str = "TRUE", **values: object
    ) -> bool:
        """Change the journal where the condition holds; tell whether it did."""
        return await self._change("flue_agent_turn_journals", of, changes, condition, values)

    async def change_submission(
        self, of: SubmissionAttemptRef, changes: str, condition: str = "TRUE", **values: object
    ) -> bool:
        """Change the submission where the condition holds; tell whether it did."""
        return await self._change("flue_agent_submissions", of, changes, condition, values)

    async def _change(
        self,
        table: str,
        of: SubmissionAttemptRef,
        changes: str,
        condition: str,
        values: dict[str, object],
    ) -> bool:
        text = f"UPDATE {table} SET {changes} WHERE submission_id = :id AND ({condition})"
        known = {"id": of.submission_id, "attempt": of.attempt_id, "now": clock.now()} | values
        used = {name: value for name, value in known.items() if f":{name}" in text}
        return bool(await self.sql(f"{text} RETURNING submission_id", **used))


def _attempt(turn: CreateTurnJournalInput) -> SubmissionAttemptRef:
    return SubmissionAttemptRef(turn.submission_id, turn.attempt_id)


@broken("JOURNAL-01", "A prompt that never began looks as if a turn of it had been cut off.")
class ReturnsAJournalOfWhatRuns(Submissions):
    """Makes a journal up for a running submission that has none."""

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        found = await self.right.get_turn_journal(submission_id)
        running = await self.right.get_submission(submission_id)
        if found or running is None or running.status != "running" or not running.attempt_id:
            return found
        at = running.started_at or 0
        return AgentTurnJournal(
            submission_id,
            running.session_key,
            running.kind,
            running.attempt_id,
            "",
            "",
            "before_provider",
            1,
            at,
            at,
            False,
        )


@broken("JOURNAL-01", "A prompt goes on where another one stopped whose id differs in case.")
class KnowsIdsWhateverTheirCase(Submissions):
    """Seeks journals without case."""

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        rows = await self.sql(
            "SELECT submission_id FROM flue_agent_turn_journals WHERE lower(submission_id) ="
            " lower(:id) ORDER BY submission_id = :id DESC",
            id=submission_id,
        )
        return await self.right.get_turn_journal(rows[0].submission_id) if rows else None


@broken("JOURNAL-02", "A tool call that was on its way is forgotten when the worker dies.")
class BeginsWithoutAToolRequest(Submissions):
    """Leaves the tool request to a later update."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        return await self.right.begin_turn_journal(replace(turn, tool_request=ABSENT))


@broken("JOURNAL-02", "A turn that begins at an empty leaf is resumed from the start.")
class TakesAnEmptyCheckpointForNone(Submissions):
    """Stores no checkpoint where its id is empty."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        leaf = turn.checkpoint_leaf_id or None
        return await self.right.begin_turn_journal(replace(turn, checkpoint_leaf_id=leaf))


@broken("JOURNAL-02", "A turn whose tools asked for nothing looks as if it had asked no tools.")
class TakesEmptyToolRequestsForNone(Submissions):
    """Stores no tool request where it is null, false, 0 or empty."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        request = turn.tool_request or ABSENT
        return await self.right.begin_turn_journal(replace(turn, tool_request=request))


@broken("JOURNAL-02", "A turn that begins half way is run from its start.")
class BeginsBeforeTheProvider(Submissions):
    """Begins every turn in the first phase."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        return await self.right.begin_turn_journal(replace(turn, phase="before_provider"))


@broken("JOURNAL-02", "A chat's turn is resumed as if a webhook had asked for it.")
class TakesEveryTurnForADispatch(Submissions):
    """Stores the kind of dispatches."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        return await self.right.begin_turn_journal(replace(turn, kind="dispatch"))


@broken("JOURNAL-02", "The first turn of a prompt is never found to have changed.")
class BeginsAtRevisionZero(RowByRow):
    """Counts changes, not states."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        begun = bool(await self.right.begin_turn_journal(turn))
        await self.change_journal(_attempt(turn), "revision = 0", "revision = 1")
        return begun


@broken("JOURNAL-02", "A turn whose id has Japanese letters cannot be told from others.")
class StoresTurnsInLatin1(Submissions):
    """Loses what Latin-1 does not have."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        kept = turn.turn_id.encode("latin-1", "replace").decode("latin-1")
        return await self.right.begin_turn_journal(replace(turn, turn_id=kept))


@broken("JOURNAL-03", "The half answer of an earlier turn is put into the next one.")
class KeepsTheStreamOverTurns(RowByRow):
    """Leaves the stream key of the turn before."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(turn.submission_id)
        begun = bool(await self.right.begin_turn_journal(turn))
        if before:
            await self.change_journal(_attempt(turn), "stream_key = :key", key=before.stream_key)
        return begun


@broken("JOURNAL-03", "The half answer of a second turn is never used: the first one's was.")
class KeepsTheConsumptionOverTurns(RowByRow):
    """Leaves the consumption stamp of the turn before."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(turn.submission_id)
        begun = bool(await self.right.begin_turn_journal(turn))
        if before:
            stamp = before.stream_consumed_at
            await self.change_journal(_attempt(turn), "stream_consumed_at = :stamp", stamp=stamp)
        return begun


@broken("JOURNAL-03", "Tools of an earlier turn are run once more by the next.")
class KeepsTheToolRequestOverTurns(Submissions):
    """Replaces the members that a turn brings, and leaves the others."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(turn.submission_id)
        if before and turn.tool_request is ABSENT:
            turn = replace(turn, tool_request=before.tool_request)
        return await self.right.begin_turn_journal(turn)


@broken("JOURNAL-03", "A prompt stops after its first turn.")
class BeginsNothingAfterACommit(Submissions):
    """Refuses a turn where the one before is committed."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(turn.submission_id)
        if before and before.committed:
            return False
        return await self.right.begin_turn_journal(turn)


@broken("JOURNAL-03", "A new turn is taken for an old state of the one before.")
class CountsRevisionsOfATurn(RowByRow):
    """Lets revisions begin anew with each turn."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        begun = bool(await self.right.begin_turn_journal(turn))
        await self.change_journal(_attempt(turn), "revision = 1")
        return begun


@broken("JOURNAL-03", "A prompt that was given back cannot go on: its old worker has the journal.")
class KeepsTheJournalForItsAttempt(Submissions):
    """Refuses a turn of another attempt while the journal is open."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(turn.submission_id)
        if before and not before.committed and before.attempt_id != turn.attempt_id:
            return False
        return await self.right.begin_turn_journal(turn)


@broken("JOURNAL-03", "The leaf of a finished turn is taken for that of the one that runs.")
class KeepsTheCommittedLeafOverTurns(RowByRow):
    """Leaves the leaf of the commit before."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        before = await self.right.get_turn_journal(turn.submission_id)
        begun = bool(await self.right.begin_turn_journal(turn))
        if before:
            leaf = before.committed_leaf_id
            await self.change_journal(_attempt(turn), "committed_leaf_id = :leaf", leaf=leaf)
        return begun


@broken("JOURNAL-06", "A worker that was given up writes into the journal of its successor.")
class AnyAttemptUpdates(Submissions):
    """Updates whoever's journal it is."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        if journal:
            attempt = replace(attempt, attempt_id=journal.attempt_id)
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-06", "A late update is written into a turn that is finished.")
class UpdatesTheCheckpointOfACommit(RowByRow):
    """Refuses to move a committed journal, and stores its new checkpoint."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        if options and options.checkpoint_leaf_id:
            leaf = options.checkpoint_leaf_id
            mine = "attempt_id = :attempt"
            await self.change_journal(attempt, "checkpoint_leaf_id = :leaf", mine, leaf=leaf)
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-06", "What a late worker has learnt of its turn is not written down.")
class UpdatesWhatRunsOnly(Submissions):
    """Asks whether the submission is running."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running is None or running.status != "running":
            return False
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-06", "An update that came too late for its turn leaves a turn without an id.")
class AnUpdateBeginsAJournal(Submissions):
    """Begins a journal where there is none to update."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and await self.right.get_turn_journal(attempt.submission_id) is None:
            await self.right.begin_turn_journal(
                CreateTurnJournalInput(
                    running.submission_id,
                    running.session_key,
                    running.kind,
                    attempt.attempt_id,
                    "",
                    "",
                    phase,
                )
            )
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-07", "After tools have run the turn does not go on: phases cannot go back.")
class OnlyMovesOn(Submissions):
    """Refuses a phase that comes before the present one."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        if journal and PHASES.index(phase) < PHASES.index(journal.phase):
            return False
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-07", "A reader misses a change because the phase stayed the same.")
class TheSamePhaseIsNoUpdate(Submissions):
    """Writes nothing where the phase stays and nothing is given."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        mine = journal and (journal.attempt_id, journal.phase) == (attempt.attempt_id, phase)
        if mine and options in (None, TurnJournalUpdate()):
            return True
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-07", "A turn forgets its stream with the next step.")
class AnUpdateClearsWhatIsLeftOut(RowByRow):
    """Writes absent options as absent members."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        key = options.stream_key if options else None
        await self.change_journal(attempt, "stream_key = :key", OPEN, key=key)
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-07", "An empty tool request does not take the place of the one before.")
class TakesEmptyOptionsForAbsent(Submissions):
    """Leaves members alone whose new value is false, 0 or empty."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        if options:
            options = TurnJournalUpdate(
                options.checkpoint_leaf_id or None,
                options.tool_request or ABSENT,
                options.stream_key or None,
            )
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-07", "A turn that works on looks stuck.")
class KeepsTheTimeOfTheBegin(RowByRow):
    """Never renews the time of the last update."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        updated = bool(await self.right.update_turn_journal_phase(attempt, phase, options))
        await self.change_journal(attempt, "updated_at = created_at", OPEN)
        return updated


@broken("JOURNAL-07", "Tools of two steps are run together.")
class MergesToolRequests(Submissions):
    """Adds the members of a tool request to those that are there."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        before: Any = journal and journal.tool_request
        given: Any = options and options.tool_request
        if options and isinstance(before, dict) and isinstance(given, dict):
            options = replace(options, tool_request=before | given)
        return await self.right.update_turn_journal_phase(attempt, phase, options)


@broken("JOURNAL-09", "A finished turn is taken for one that was cut off.")
class ACommitLeavesThePhase(RowByRow):
    """Leaves the phase as it was before the commit."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        before = await self.right.get_turn_journal(attempt.submission_id)
        committed = bool(await self.right.commit_turn_journal(attempt, committed_leaf_id))
        if before and committed:
            await self.change_journal(attempt, "phase = :phase", phase=before.phase)
        return committed


@broken("JOURNAL-09", "A turn whose answer came before its phase was written is run again.")
class CommitsWhatWasStartedOnly(Submissions):
    """Refuses to commit a turn that is before its provider."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        if journal and journal.phase == "before_provider":
            return False
        return await self.right.commit_turn_journal(attempt, committed_leaf_id)


@broken("JOURNAL-09", "A worker that was given up finishes the turn of its successor.")
class AnyAttemptCommits(Submissions):
    """Commits whoever's journal it is."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        if journal:
            attempt = replace(attempt, attempt_id=journal.attempt_id)
        return await self.right.commit_turn_journal(attempt, committed_leaf_id)


@broken("JOURNAL-09", "A finished turn is forgotten because its prompt was settled first.")
class CommitsWhatRunsOnly(Submissions):
    """Asks whether the submission is running."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running is None or running.status != "running":
            return False
        return await self.right.commit_turn_journal(attempt, committed_leaf_id)


@broken("JOURNAL-09", "A finished turn no longer says where it began and what it asked for.")
class ACommitForgetsTheTurn(RowByRow):
    """Clears what was needed to resume the turn."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        committed = bool(await self.right.commit_turn_journal(attempt, committed_leaf_id))
        if committed:
            await self.change_journal(attempt, "tool_request_json = NULL, stream_key = NULL")
        return committed


@broken("JOURNAL-10", "A late worker moves the leaf that a finished turn ends with.")
class ASecondCommitMovesTheLeaf(RowByRow):
    """Answers false to a second commit, and stores its leaf."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        done = "committed = 1 AND attempt_id = :attempt"
        leaf = committed_leaf_id
        await self.change_journal(attempt, "committed_leaf_id = :leaf", done, leaf=leaf)
        return await self.right.commit_turn_journal(attempt, committed_leaf_id)


@broken("JOURNAL-10", "A worker that finishes a turn twice counts it twice.")
class AnswersARepeatedCommit(Submissions):
    """Answers true to the same commit again."""

    async def commit_turn_journal(
        self, attempt: SubmissionAttemptRef, committed_leaf_id: str
    ) -> bool:
        if await self.right.commit_turn_journal(attempt, committed_leaf_id):
            return True
        journal = await self.right.get_turn_journal(attempt.submission_id)
        if journal is None or journal.attempt_id != attempt.attempt_id:
            return False
        return journal.committed_leaf_id == committed_leaf_id


@broken("JOURNAL-10", "The half answer of a turn that was finished is used after all.")
class ConsumesAfterTheCommit(RowByRow):
    """Stamps a committed journal too."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        unused = "attempt_id = :attempt AND stream_key = :key AND stream_consumed_at IS NULL"
        stamp = f"stream_consumed_at = :now, {ADVANCED}"
        return await self.change_journal(attempt, stamp, unused, key=stream_key)


@broken("JOURNAL-11", "A half answer is put into the chat twice.")
class ConsumesAgain(RowByRow):
    """Stamps each time."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        stamp = f"stream_consumed_at = :now, {ADVANCED}"
        return await self.change_journal(
            attempt, stamp, f"{OPEN} AND stream_key = :key", key=stream_key
        )


@broken("JOURNAL-11", "A stream that the turn has left is taken for its present one.")
class ConsumesWhateverStream(Submissions):
    """Does not compare stream keys."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        key = journal.stream_key if journal and journal.stream_key else stream_key
        return await self.right.mark_stream_consumed(attempt, key)


@broken("JOURNAL-11", "A turn without a stream is said to have used one.")
class TakesNoStreamForAnEmptyKey(RowByRow):
    """Compares an absent stream key as if it were empty."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        unused = f"{OPEN} AND coalesce(stream_key, '') = :key AND stream_consumed_at IS NULL"
        stamp = f"stream_consumed_at = :now, {ADVANCED}"
        return await self.change_journal(attempt, stamp, unused, key=stream_key)


@broken("JOURNAL-11", "Two workers both put the half answer into the chat.")
class LooksBeforeItConsumes(RowByRow):
    """Looks in one transaction and stamps in the next."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        if journal is None or journal.committed or journal.stream_consumed_at is not None:
            return False
        if (journal.attempt_id, journal.stream_key) != (attempt.attempt_id, stream_key):
            return False
        return await self.change_journal(attempt, f"stream_consumed_at = :now, {ADVANCED}")


@broken("JOURNAL-11", "The half answer of a later turn is lost because its key was used before.")
class RemembersWhatWasConsumed(Submissions):
    """Refuses a key that was consumed in an earlier turn."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._consumed: set[tuple[str, str]] = set()

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        place = (attempt.submission_id, stream_key)
        if place in self._consumed:
            return False
        consumed = bool(await self.right.mark_stream_consumed(attempt, stream_key))
        if consumed:
            self._consumed.add(place)
        return consumed


@broken("JOURNAL-11", "A reader does not notice that the half answer was used.")
class ConsumesWithoutARevision(RowByRow):
    """Stamps without counting a revision."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        unused = f"{OPEN} AND stream_key = :key AND stream_consumed_at IS NULL"
        return await self.change_journal(
            attempt, "stream_consumed_at = :now", unused, key=stream_key
        )


@broken("JOURNAL-13", "A worker that takes over is reported lost before it began.")
class KeepsTheRecoveryRequest(RowByRow):
    """Leaves the recovery request of the attempt before."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        if not await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease):
            return None
        request = before.recovery_requested_at if before else None
        await self.change_submission(attempt, "recovery_requested_at = :request", request=request)
        return await self.right.get_submission(attempt.submission_id)


@broken("JOURNAL-13", "A second worker seems to have run since the first one started.")
class KeepsTheStart(RowByRow):
    """Leaves the start of the attempt before."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        if not await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease):
            return None
        start = before.started_at if before else None
        await self.change_submission(attempt, "started_at = :start", start=start)
        return await self.right.get_submission(attempt.submission_id)


@broken("JOURNAL-13", "Input that is in the chat already is put there again by the next worker.")
class ForgetsTheInputMark(RowByRow):
    """Clears the input mark for the next attempt."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        await self.change_submission(attempt, "input_applied_at = NULL", OWNED)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-13", "An agent that must not retry is retried ten times once it was taken over.")
class RestoresTheDefaultBudget(RowByRow):
    """Sets the retry budget back to its default."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        await self.change_submission(attempt, "max_retry = 10", OWNED)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-13", "Work that is taken over again and again never reaches its timeout.")
class StartsTheTimeoutAnew(RowByRow):
    """Gives the next attempt the claim's hour anew, if a timeout was set."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        later = "timeout_at = timeout_at + (:now - started_at)"
        await self.change_submission(attempt, later, f"timeout_at > 0 AND {OWNED}")
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-13", "Retries never run out: the count stops where the budget does.")
class CountsUpToTheBudget(RowByRow):
    """Counts no attempt beyond the tenth."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        if not await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease):
            return None
        await self.change_submission(attempt, "attempt_count = 10", "attempt_count > 10")
        return await self.right.get_submission(attempt.submission_id)


@broken("JOURNAL-13", "A worker that takes over is told of the one before, and gives up.")
class ReturnsTheAttemptBefore(Submissions):
    """Returns the submission as it was before the replacement."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        replaced = await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        return replaced and before


@broken("JOURNAL-13", "A prompt that has begun can never be taken over, only one that has not.")
class ReplacesByRequeueAndClaim(Submissions):
    """Puts the submission back into the queue on the way to its next attempt."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        requeued = await self.right.requeue_submission_before_input_applied(attempt)
        if running is None or running.owner_id is None or not requeued:
            return None
        lease = lease or SubmissionLease(running.owner_id, running.lease_expires_at)
        return await self.right.claim_submission(
            SubmissionClaimRef(
                attempt.submission_id, next_attempt_id, lease.owner_id, lease.lease_expires_at
            )
        )


@broken("JOURNAL-14", "A worker that takes work over for a moment holds it for an hour.")
class KeepsTheLaterLease(Submissions):
    """Stores the later of two leases."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        if before and lease and lease.lease_expires_at < before.lease_expires_at:
            lease = replace(lease, lease_expires_at=before.lease_expires_at)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-14", "Work taken over without a lease keeps that of a dead worker.")
class TakesALeaseOfZeroForNone(Submissions):
    """Leaves the lease where 0 is given."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        if before and lease and not lease.lease_expires_at:
            lease = replace(lease, lease_expires_at=before.lease_expires_at)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-14", "A server without a name does not own what it took over.")
class TakesAnEmptyOwnerForNone(Submissions):
    """Leaves the owner where an empty one is given."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        if before and before.owner_id and lease and not lease.owner_id:
            lease = replace(lease, owner_id=before.owner_id)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-14", "Work whose attempt was renamed is left alone for longer than its lease.")
class RenewsTheLeaseUnasked(Submissions):
    """Renews the lease where none is given."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        before = await self.right.get_submission(attempt.submission_id)
        if before and before.owner_id and lease is None:
            lease = SubmissionLease(before.owner_id, clock.now() + 30_000)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


class MovesJournals(RowByRow):
    """Replaces the attempt of a submission, and moves its journal by a rule of its own."""

    owned: ClassVar[str] = OWNED
    movable: ClassVar[str] = OPEN

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        """Take the submission over, then the journal."""
        taken = (
            "attempt_id = :next, attempt_count = attempt_count + 1, started_at = :now,"
            " recovery_requested_at = NULL, owner_id = coalesce(:owner, owner_id),"
            " lease_expires_at = coalesce(:expiry, lease_expires_at)"
        )
        owner, expiry = (lease.owner_id, lease.lease_expires_at) if lease else (None, None)
        if not await self.change_submission(
            attempt, taken, self.owned, next=next_attempt_id, owner=owner, expiry=expiry
        ):
            return None
        await self.move_journal(attempt, next_attempt_id)
        return await self.right.get_submission(attempt.submission_id)

    async def move_journal(self, attempt: SubmissionAttemptRef, next_attempt_id: str) -> None:
        """Move the journal, if it may be moved."""
        moved = f"attempt_id = :next, {ADVANCED}"
        await self.change_journal(attempt, moved, self.movable, next=next_attempt_id)


@broken("JOURNAL-15", "A crash in a takeover leaves the new worker without the old one's turn.")
class MovesTheJournalAfterwards(MovesJournals):
    """Moves submission and journal in two transactions."""


@broken("JOURNAL-15", "A crash in a takeover leaves the turn with a worker that never came.")
class MovesTheJournalFirst(RowByRow):
    """Moves the journal in a transaction before that of its submission."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        if not running or (running.status, running.attempt_id) != ("running", attempt.attempt_id):
            return None
        moved = f"attempt_id = :next, {ADVANCED}"
        await self.change_journal(attempt, moved, OPEN, next=next_attempt_id)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-15", "A worker that takes over has to start the turn from nothing.")
class LeavesTheJournalBehind(MovesJournals):
    """Moves no journal."""

    movable = "FALSE"


@broken("JOURNAL-15", "A finished turn is said to be that of a worker who had no part in it.")
class MovesCommittedJournals(MovesJournals):
    """Moves a committed journal too."""

    movable = "attempt_id = :attempt"


@broken("JOURNAL-15", "A worker that takes over continues a turn that was given up before.")
class MovesWhoeversJournal(MovesJournals):
    """Moves an open journal of any attempt."""

    movable = "committed = 0"


@broken("JOURNAL-15", "A turn that waits for its tools is lost in a takeover.")
class MovesTurnsWithoutToolsOnly(MovesJournals):
    """Leaves a journal behind in which a tool request is recorded."""

    movable = f"phase <> 'tool_request_recorded' AND {OPEN}"


@broken("JOURNAL-15", "The half answer of a dead worker is never used.")
class AMoveForgetsTheStream(MovesJournals):
    """Clears the stream of the attempt before."""

    async def move_journal(self, attempt: SubmissionAttemptRef, next_attempt_id: str) -> None:
        moved = f"attempt_id = :next, stream_key = NULL, stream_consumed_at = NULL, {ADVANCED}"
        await self.change_journal(attempt, moved, self.movable, next=next_attempt_id)


@broken("JOURNAL-15", "A reader does not notice that another worker has the turn.")
class MovesWithoutARevision(MovesJournals):
    """Moves a journal without counting a revision."""

    async def move_journal(self, attempt: SubmissionAttemptRef, next_attempt_id: str) -> None:
        await self.change_journal(attempt, "attempt_id = :next", OPEN, next=next_attempt_id)


@broken("JOURNAL-16", "A worker that dies before its first turn is never replaced.")
class ReplacesWithAJournalOnly(Submissions):
    """Refuses a submission that has no journal."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        if await self.right.get_turn_journal(attempt.submission_id) is None:
            return None
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-16", "A prompt that never began looks, once taken over, as if it had.")
class BeginsAMissingJournal(Submissions):
    """Begins a journal for the next attempt where there was none."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        replaced = await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        if replaced and journal is None:
            key, kind = replaced.session_key, replaced.kind
            await self.right.begin_turn_journal(
                CreateTurnJournalInput(
                    attempt.submission_id, key, kind, next_attempt_id, "", "", "before_provider"
                )
            )
        return replaced


@broken("JOURNAL-17", "A prompt that waits in the queue is taken over, and runs out of turn.")
class ReplacesWhatIsQueued(RowByRow):
    """Starts a queued submission under the next attempt."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        if lease:
            running = "status = 'running', attempt_id = :attempt, started_at = :now, owner_id = ''"
            await self.change_submission(attempt, running, "status = 'queued'")
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-17", "Whoever comes last takes the work over, whosever it was.")
class ReplacesWhicheverAttempt(Submissions):
    """Replaces the attempt that runs, not the one that is named."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        if running and running.attempt_id:
            attempt = replace(attempt, attempt_id=running.attempt_id)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-17", "A worker that asks twice to take over starts twice.")
class AnswersARepeatedReplacement(Submissions):
    """Returns the submission to the attempt that has replaced already."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        replaced = await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        found = replaced or await self.right.get_submission(attempt.submission_id)
        mine = found and found.status == "running" and found.attempt_id == next_attempt_id
        return found if mine else None


@broken("JOURNAL-17", "The turn of a prompt that was given back goes to a worker that was refused.")
class ARefusedReplacementMovesTheJournal(RowByRow):
    """Moves the journal whether or not the submission can be moved."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        replaced = await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        if replaced is None:
            moved = f"attempt_id = :next, {ADVANCED}"
            await self.change_journal(attempt, moved, OPEN, next=next_attempt_id)
        return replaced


@broken("JOURNAL-17", "A worker that was refused owns the work all the same.")
class ARefusedReplacementLeavesItsLease(RowByRow):
    """Stores owner and lease before it compares the attempt."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        if lease:
            given = "owner_id = :owner, lease_expires_at = :expiry"
            owner, expiry = lease.owner_id, lease.lease_expires_at
            running = "status = 'running'"
            await self.change_submission(attempt, given, running, owner=owner, expiry=expiry)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-17", "Two servers take over the work of a dead one, and both do it.")
class LooksBeforeItReplaces(MovesJournals):
    """Looks in one transaction and replaces in the next."""

    owned = "status = 'running'"

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        if running is None or running.attempt_id != attempt.attempt_id:
            return None
        return await super().replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-17", "A prompt that was just answered is handed to another worker.")
class LooksForAnEndingBeforeItReplaces(MovesJournals):
    """Looks in one transaction for the status, and in the next for the attempt alone."""

    owned = "attempt_id = :attempt"

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        if running is None or running.status != "running":
            return None
        return await super().replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-18", "A prompt whose retries are spent is neither taken over nor reported.")
class ReplacesWithinTheBudgetOnly(Submissions):
    """Refuses once the retry budget is spent."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        if running and running.attempt_count >= running.max_retry:
            return None
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("JOURNAL-18", "A prompt that took too long stays with a worker that is dead.")
class ReplacesBeforeTheTimeoutOnly(Submissions):
    """Refuses once the timeout has passed."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        running = await self.right.get_submission(attempt.submission_id)
        if running and 0 < running.timeout_at < clock.now():
            return None
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


class RemembersSuccessors(Submissions):
    """Knows which attempt came after which."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._next: dict[SubmissionAttemptRef, SubmissionAttemptRef] = {}

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        """Replace the attempt and remember by which."""
        replaced = await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        if replaced:
            self._next[attempt] = replace(attempt, attempt_id=next_attempt_id)
        return replaced

    def successor(self, attempt: SubmissionAttemptRef) -> SubmissionAttemptRef:
        """Return the attempt that took over, or the attempt itself."""
        return self._next.get(attempt, attempt)


@broken("JOURNAL-19", "A worker that was thought dead ends what another one is working on.")
class AReplacedAttemptStillCompletes(RemembersSuccessors):
    """Completes for an attempt that was replaced."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        return await self.right.complete_submission(self.successor(attempt))


@broken("JOURNAL-19", "A worker that was thought dead writes into the turn of its successor.")
class AReplacedAttemptStillUpdates(RemembersSuccessors):
    """Updates the journal for an attempt that was replaced."""

    async def update_turn_journal_phase(
        self, attempt: SubmissionAttemptRef, phase: TurnPhase, options: Options = None
    ) -> bool:
        return await self.right.update_turn_journal_phase(self.successor(attempt), phase, options)


@broken("JOURNAL-19", "A worker that was thought dead uses up the half answer for its successor.")
class AReplacedAttemptStillConsumes(RemembersSuccessors):
    """Marks the stream consumed for an attempt that was replaced."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        return await self.right.mark_stream_consumed(self.successor(attempt), stream_key)


@broken("JOURNAL-19", "A worker that was thought dead takes the work of its successor away.")
class AReplacedAttemptStillReplaces(RemembersSuccessors):
    """Lets an attempt that was replaced be replaced once more."""

    async def replace_turn_journal_attempt(
        self, attempt: SubmissionAttemptRef, next_attempt_id: str, lease: Lease = None
    ) -> AgentSubmission | None:
        return await super().replace_turn_journal_attempt(
            self.successor(attempt), next_attempt_id, lease
        )


@broken("JOURNAL-20", "The next prompt of a chat is resumed in the middle of the one before.")
class KeepsOneJournalASession(Submissions):
    """Returns the session's last journal where a submission has none."""

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        rows = await self.sql(
            "SELECT journal.submission_id FROM flue_agent_turn_journals AS journal"
            " JOIN flue_agent_submissions AS mine ON mine.session_key = journal.session_key"
            " WHERE mine.submission_id = :id"
            " ORDER BY journal.submission_id = :id DESC, journal.created_at DESC",
            id=submission_id,
        )
        return await self.right.get_turn_journal(rows[0].submission_id) if rows else None


@broken("JOURNAL-20", "What the last prompt of a chat did is forgotten when the next begins.")
class ATurnRemovesTheSessionsOtherJournals(Submissions):
    """Removes the session's other journals when a turn begins."""

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        await self.sql(
            "DELETE FROM flue_agent_turn_journals"
            " WHERE session_key = :key AND submission_id <> :id",
            key=turn.session_key,
            id=turn.submission_id,
        )
        return await self.right.begin_turn_journal(turn)


@broken("JOURNAL-20", "Another server resumes a prompt at a turn that is long over.")
class RemembersTheJournalItRead(Submissions):
    """Answers from memory what it has read before, until it writes itself."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._read: dict[str, AgentTurnJournal] = {}

    async def begin_turn_journal(self, turn: CreateTurnJournalInput) -> bool:
        self._read.pop(turn.submission_id, None)
        return await self.right.begin_turn_journal(turn)

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        if submission_id not in self._read:
            found = await self.right.get_turn_journal(submission_id)
            if found is None:
                return None
            self._read[submission_id] = found
        return self._read[submission_id]


@broken("JOURNAL-20", "Two prompts whose turns have the same name move on together.")
class UpdatesEveryTurnOfThatName(RowByRow):
    """Consumes by attempt and stream key, whatever the submission."""

    async def mark_stream_consumed(self, attempt: SubmissionAttemptRef, stream_key: str) -> bool:
        consumed = bool(await self.right.mark_stream_consumed(attempt, stream_key))
        await self.sql(
            "UPDATE flue_agent_turn_journals SET stream_consumed_at = :now"
            " WHERE attempt_id = :attempt AND stream_key = :key AND stream_consumed_at IS NULL",
            now=clock.now(),
            attempt=attempt.attempt_id,
            key=stream_key,
        )
        return consumed
