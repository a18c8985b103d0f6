"""Adapters that let the wrong attempt act, or let the right one do too much or too little."""

from __future__ import annotations

from dataclasses import replace

from flue_conformance.contract import (
    AgentDispatchAdmission,
    AgentSubmission,
    AgentSubmissionStore,
    DispatchInput,
    SubmissionAttemptRef,
    SubmissionDurability,
    SubmissionLease,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions
from reference_adapters import clock


class AttemptByAttempt(Submissions):
    """Runs statements about the submission of an attempt."""

    async def change(
        self, attempt: SubmissionAttemptRef, changes: str, condition: str, **values: object
    ) -> bool:
        """Change the submission where the condition holds; tell whether it did."""
        changed = await self.sql(
            f"UPDATE flue_agent_submissions SET {changes}"
            f" WHERE submission_id = :id AND ({condition}) RETURNING sequence",
            id=attempt.submission_id,
            **({"attempt": attempt.attempt_id} if ":attempt" in changes + condition else {}),
            **values,
        )
        return bool(changed)


OWNED = "status = 'running' AND attempt_id = :attempt"


@broken("LIFECYCLE-01", "A worker that was given up for dead fails the work of its successor.")
class AnyAttemptCanFail(AttemptByAttempt):
    """Fails whatever runs, whoever asks."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        settled = "status = 'settled', settled_at = 1, error = :error"
        return await self.change(attempt, settled, "status = 'running'", error=str(error))


@broken("LIFECYCLE-01", "What waits in the queue is thrown away by a worker that gives up.")
class FailsWhatIsQueued(AttemptByAttempt):
    """Fails queued submissions too."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        settled = "status = 'settled', settled_at = 1, error = :error"
        return await self.change(
            attempt, settled, f"status = 'queued' OR ({OWNED})", error=str(error)
        )


@broken("LIFECYCLE-01", "Two workers whose attempts differ in case act for one another.")
class KnowsAttemptsWhateverTheirCase(AttemptByAttempt):
    """Compares attempts without case."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        return await self.change(
            attempt,
            "status = 'settled', settled_at = 1",
            "status = 'running' AND lower(attempt_id) = lower(:attempt)",
        )


@broken("LIFECYCLE-01", "An attempt named % completes whatever runs.")
class TakesAttemptsForPatterns(AttemptByAttempt):
    """Compares attempts with LIKE."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        return await self.change(
            attempt,
            "status = 'settled', settled_at = 1",
            "status = 'running' AND attempt_id LIKE :attempt",
        )


@broken("LIFECYCLE-01", "Work that is done is said to need recovery.")
class RequestsRecoveryOfWhatIsSettled(AttemptByAttempt):
    """Stamps without a look at the status."""

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        stamp = "recovery_requested_at = coalesce(recovery_requested_at, :now)"
        return await self.change(attempt, stamp, "attempt_id = :attempt", now=clock.now())


@broken("LIFECYCLE-01", "A replaced worker changes the retry budget of its successor.")
class ARefusedMarkInstallsItsDurability(AttemptByAttempt):
    """Answers false after it has stored the durability."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        if durability:
            await self.change(
                attempt,
                "max_retry = :retries",
                "status = 'running' AND input_applied_at IS NULL",
                retries=durability.max_retry,
            )
        return await self.right.mark_submission_input_applied(attempt, durability)


@broken("LIFECYCLE-01", "A worker that lost its prompt puts it back while its successor works.")
class RequeuesForTheAttemptBefore(AttemptByAttempt):
    """Requeues a submission that has not begun for an attempt that claimed it before."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._requeued: set[SubmissionAttemptRef] = set()

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if attempt in self._requeued and running and running.attempt_id:
            attempt = replace(attempt, attempt_id=running.attempt_id)
        self._requeued.add(attempt)
        return await self.right.requeue_submission_before_input_applied(attempt)


@broken("LIFECYCLE-02", "An agent that must not retry is given ten retries.")
class TakesZerosForDefaults(Submissions):
    """Takes a budget or timeout of 0 for one that was left out."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        if durability:
            timeout = durability.timeout_at or clock.now() + 3_600_000
            durability = SubmissionDurability(durability.max_retry or 10, timeout)
        return await self.right.mark_submission_input_applied(attempt, durability)


@broken("LIFECYCLE-02", "A task that may run for days is cut off after one.")
class ShortensALongTimeout(Submissions):
    """Installs no timeout that is more than a day away."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        latest = clock.now() + 86_400_000
        if durability and durability.timeout_at > latest:
            durability = replace(durability, timeout_at=latest)
        return await self.right.mark_submission_input_applied(attempt, durability)


@broken("LIFECYCLE-02", "A worker that was reported lost is not looked after once it has begun.")
class AMarkForgetsARecoveryRequest(AttemptByAttempt):
    """Clears the recovery request."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        marked = bool(await self.right.mark_submission_input_applied(attempt, durability))
        await self.change(attempt, "recovery_requested_at = NULL", OWNED)
        return marked


@broken("LIFECYCLE-02", "Input seems to have been there before it was.")
class StampsTheStartForTheInput(AttemptByAttempt):
    """Takes the start for the time at which the input was applied."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        marked = bool(await self.right.mark_submission_input_applied(attempt, durability))
        await self.change(attempt, "input_applied_at = started_at", OWNED)
        return marked


@broken("LIFECYCLE-02", "A prompt that has just begun is left alone for longer than its lease.")
class AMarkRenewsTheLease(AttemptByAttempt):
    """Renews the lease along with the mark."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        marked = bool(await self.right.mark_submission_input_applied(attempt, durability))
        await self.change(attempt, "lease_expires_at = lease_expires_at + 30000", OWNED)
        return marked


@broken("LIFECYCLE-03", "The hour of a prompt begins before its work does.")
class KeepsTheTimeoutOfTheClaim(Submissions):
    """Leaves the claim's timeout where no durability is given."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and not durability:
            durability = SubmissionDurability(10, running.timeout_at)
        return await self.right.mark_submission_input_applied(attempt, durability)


@broken("LIFECYCLE-03", "A prompt without limits of its own is never given up.")
class InstallsNoTimeoutUnasked(Submissions):
    """Installs no timeout where no durability is given."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        chosen = durability or SubmissionDurability(10, 0)
        return await self.right.mark_submission_input_applied(attempt, chosen)


@broken("LIFECYCLE-04", "A repeated mark pushes the timeout out, again and again.")
class ASecondMarkInstallsItsDurability(AttemptByAttempt):
    """Keeps the first timestamp alone."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        marked = bool(await self.right.mark_submission_input_applied(attempt, durability))
        if durability:
            limits = "max_retry = :retries, timeout_at = :timeout"
            retries, timeout = durability.max_retry, durability.timeout_at
            await self.change(attempt, limits, OWNED, retries=retries, timeout=timeout)
        return marked


@broken("LIFECYCLE-04", "A worker that repeats its mark, unsure whether it came through, gives up.")
class ASecondMarkIsRefused(Submissions):
    """Answers whether the mark changed anything."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        before = await self.right.get_submission(attempt.submission_id)
        marked = bool(await self.right.mark_submission_input_applied(attempt, durability))
        return marked and before is not None and before.input_applied_at is None


@broken("LIFECYCLE-04", "Work that is taken over again and again never reaches its timeout.")
class TheNextAttemptMarksAnew(AttemptByAttempt):
    """Lets each later attempt mark as if it were the first."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        await self.change(attempt, "input_applied_at = NULL", f"attempt_count > 1 AND {OWNED}")
        return await self.right.mark_submission_input_applied(attempt, durability)


@broken("LIFECYCLE-04", "A mark without limits is overruled by a later one.")
class ADefaultDurabilityCanBeReplaced(AttemptByAttempt):
    """Takes a default retry budget for one that is yet to come."""

    async def mark_submission_input_applied(
        self, attempt: SubmissionAttemptRef, durability: SubmissionDurability | None = None
    ) -> bool:
        if durability:
            limits = "max_retry = :retries, timeout_at = :timeout"
            retries, timeout = durability.max_retry, durability.timeout_at
            default = f"max_retry = 10 AND {OWNED}"
            await self.change(attempt, limits, default, retries=retries, timeout=timeout)
        return await self.right.mark_submission_input_applied(attempt, durability)


@broken("LIFECYCLE-05", "How long a worker has been lost is never known: each report starts anew.")
class ASecondRequestMovesTheStamp(AttemptByAttempt):
    """Stamps each recovery request."""

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        return await self.change(attempt, "recovery_requested_at = :now", OWNED, now=clock.now())


@broken("LIFECYCLE-05", "A second report of a lost worker is taken for one about another attempt.")
class ASecondRequestIsRefused(AttemptByAttempt):
    """Answers whether the request changed anything."""

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        first = f"recovery_requested_at IS NULL AND {OWNED}"
        return await self.change(attempt, "recovery_requested_at = :now", first, now=clock.now())


@broken("LIFECYCLE-05", "A worker that was reported lost by mistake loses its work.")
class ARecoveryRequestEndsTheLease(AttemptByAttempt):
    """Ends the lease with the request."""

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        requested = bool(await self.right.request_submission_recovery(attempt))
        await self.change(attempt, "lease_expires_at = recovery_requested_at", OWNED)
        return requested


@broken("LIFECYCLE-05", "The loss of the worker that took over goes unnoticed.")
class RemembersWhatItRequested(Submissions):
    """Answers from memory for a submission that was requested before."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._requested: set[str] = set()

    async def request_submission_recovery(self, attempt: SubmissionAttemptRef) -> bool:
        if attempt.submission_id in self._requested:
            return True
        requested = bool(await self.right.request_submission_recovery(attempt))
        if requested:
            self._requested.add(attempt.submission_id)
        return requested


@broken("LIFECYCLE-06", "Nobody can say whether a prompt that was given back is still held.")
class ARequeueKeepsTheLease(AttemptByAttempt):
    """Leaves the lease of what it requeues."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        requeued = bool(await self.right.requeue_submission_before_input_applied(attempt))
        if running and requeued:
            lease = running.lease_expires_at
            await self.change(attempt, "lease_expires_at = :lease", "TRUE", lease=lease)
        return requeued


@broken("LIFECYCLE-06", "A prompt that waits is reported lost.")
class ARequeueKeepsARecoveryRequest(Submissions):
    """Shows the recovery request of an attempt that was requeued."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._requests: dict[str, int | None] = {}

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and running.recovery_requested_at:
            self._requests[attempt.submission_id] = running.recovery_requested_at
        return await self.right.requeue_submission_before_input_applied(attempt)

    async def get_submission(self, submission_id: str) -> AgentSubmission | None:
        found = await self.right.get_submission(submission_id)
        kept = self._requests.get(submission_id)
        return found and replace(found, recovery_requested_at=found.recovery_requested_at or kept)


@broken("LIFECYCLE-06", "A prompt that is in the chat already is asked once more.")
class RequeuesWhatAnEarlierAttemptApplied(AttemptByAttempt):
    """Looks only at what the attempt itself has applied."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        await self.change(attempt, "input_applied_at = NULL", f"attempt_count > 1 AND {OWNED}")
        return await self.right.requeue_submission_before_input_applied(attempt)


@broken("LIFECYCLE-06", "A prompt whose second worker could not begin is never given back.")
class RequeuesFirstAttemptsOnly(Submissions):
    """Refuses to requeue a submission that was taken over."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and running.attempt_count > 1:
            return False
        return await self.right.requeue_submission_before_input_applied(attempt)


@broken("LIFECYCLE-06", "A prompt that was given back has to wait behind those that came later.")
class ARequeueMovesToTheEnd(AttemptByAttempt):
    """Gives what is requeued a new sequence."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        requeued = bool(await self.right.requeue_submission_before_input_applied(attempt))
        if requeued:
            last = "(SELECT max(sequence) + 1 FROM flue_agent_submissions)"
            await self.change(attempt, f"sequence = {last}", "status = 'queued'")
        return requeued


@broken("LIFECYCLE-08", "How far a prompt came is forgotten when it is given back.")
class ARequeueRemovesTheJournal(Submissions):
    """Removes the journal of what it requeues."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        requeued = bool(await self.right.requeue_submission_before_input_applied(attempt))
        if requeued:
            await self.sql(
                "DELETE FROM flue_agent_turn_journals WHERE submission_id = :id",
                id=attempt.submission_id,
            )
        return requeued


@broken("LIFECYCLE-08", "The answer that was half there is gone when its prompt is given back.")
class ARequeueRemovesTheChunks(Submissions):
    """Removes the chunks of an open journal's stream."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        requeued = bool(await self.right.requeue_submission_before_input_applied(attempt))
        if requeued and journal and journal.stream_key and not journal.committed:
            await self.right.delete_stream_chunk_segments(journal.stream_key)
        return requeued


@broken("LIFECYCLE-08", "A turn that was finished is run again after its prompt was given back.")
class ARequeueReopensACommittedJournal(Submissions):
    """Takes the commit out of the journal."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        requeued = bool(await self.right.requeue_submission_before_input_applied(attempt))
        if requeued:
            await self.sql(
                "UPDATE flue_agent_turn_journals SET committed = 0, phase = 'before_provider'"
                " WHERE submission_id = :id AND committed = 1",
                id=attempt.submission_id,
            )
        return requeued


@broken("LIFECYCLE-09", "Of a long error the end is missing, where the cause was.")
class CutsErrorsAt1000Characters(Submissions):
    """Stores the first 1000 characters of an error."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        return await self.right.fail_submission(attempt, str(error)[:1000])


@broken("LIFECYCLE-09", "Users read RuntimeError('no answer') instead of: no answer.")
class StoresErrorsAsCode(Submissions):
    """Stores the representation of an error."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        return await self.right.fail_submission(attempt, repr(error))


@broken("LIFECYCLE-09", "An error that quotes a program's output loses its last line break.")
class TrimsErrors(Submissions):
    """Trims the text of an error."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        return await self.right.fail_submission(attempt, str(error).strip())


@broken("LIFECYCLE-09", "Emoji in an error come out as question marks.")
class StoresErrorsInThreeBytes(Submissions):
    """Loses what is beyond the basic plane, as MySQL's utf8 does."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        kept = "".join("?" if character > "\uffff" else character for character in str(error))
        return await self.right.fail_submission(attempt, kept)


@broken("LIFECYCLE-09", "What went well looks as if it had failed without saying why.")
class CompletesWithAnEmptyError(AttemptByAttempt):
    """Stores an empty error with a completion."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        completed = bool(await self.right.complete_submission(attempt))
        return completed and await self.change(attempt, "error = ''", "TRUE")


@broken("LIFECYCLE-09", "A prompt that could not begin can never be settled.")
class SettlesAppliedInputOnly(Submissions):
    """Refuses to complete before the input mark."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if running and running.input_applied_at is None:
            return False
        return await self.right.complete_submission(attempt)


@broken("LIFECYCLE-09", "A chat's prompt fails, and nobody is told why.")
class KeepsErrorsOfDispatchesOnly(AttemptByAttempt):
    """Drops the error of a direct prompt."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        failed = bool(await self.right.fail_submission(attempt, error))
        await self.change(attempt, "error = NULL", "kind = 'direct'")
        return failed


@broken("LIFECYCLE-10", "A prompt that was answered is reported as failed a moment later.")
class AFailureOverrulesACompletion(AttemptByAttempt):
    """Lets an attempt fail what it has completed."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        if await self.right.fail_submission(attempt, error):
            return True
        done = "status = 'settled' AND error IS NULL AND attempt_id = :attempt"
        return await self.change(attempt, "error = :error", done, error=str(error))


@broken("LIFECYCLE-10", "A prompt that failed, and was reported so, is called a success after all.")
class ACompletionOverrulesAFailure(AttemptByAttempt):
    """Lets an attempt complete what it has failed."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        if await self.right.complete_submission(attempt):
            return True
        failed = "status = 'settled' AND error IS NOT NULL AND attempt_id = :attempt"
        return await self.change(attempt, "error = NULL", failed)


@broken("LIFECYCLE-10", "Whoever completes a prompt twice sends its answer twice.")
class AnswersARepeatedCompletion(Submissions):
    """Answers true to the same completion again."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        if await self.right.complete_submission(attempt):
            return True
        found = await self.right.get_submission(attempt.submission_id)
        if found is None or found.status != "settled" or found.error is not None:
            return False
        return found.attempt_id == attempt.attempt_id


@broken("LIFECYCLE-10", "A second error takes the place of the first, which was the cause.")
class AFailureOverrulesAFailure(AttemptByAttempt):
    """Stores the last error of an attempt."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        failed = "status = 'settled' AND error IS NOT NULL AND attempt_id = :attempt"
        await self.change(attempt, "error = :error", failed, error=str(error))
        return await self.right.fail_submission(attempt, error)


@broken("LIFECYCLE-10", "Two endings that come at once both count, and one is lost.")
class LooksBeforeItSettles(AttemptByAttempt):
    """Looks in one transaction and settles in the next."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if not running or (running.status, running.attempt_id) != ("running", attempt.attempt_id):
            return False
        settled = "status = 'settled', settled_at = 1, error = NULL"
        return await self.change(attempt, settled, "TRUE")


@broken("LIFECYCLE-11", "A prompt that failed is asked once more by a worker that gives it back.")
class RequeuesWhatFailed(AttemptByAttempt):
    """Requeues a failed submission."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        queued = (
            "status = 'queued', error = NULL, attempt_id = NULL, owner_id = NULL,"
            " started_at = NULL, input_applied_at = NULL, lease_expires_at = 0"
        )
        failed = "status = 'settled' AND error IS NOT NULL AND attempt_id = :attempt"
        if await self.change(attempt, queued, failed):
            return True
        return await self.right.requeue_submission_before_input_applied(attempt)


@broken("LIFECYCLE-11", "A finished prompt is taken over and answered a second time.")
class TakesOverWhatIsSettled(AttemptByAttempt):
    """Gives a settled submission a next attempt."""

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        settled = "status = 'settled' AND attempt_id = :attempt"
        await self.change(attempt, "status = 'running', error = NULL", settled)
        return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)


@broken("LIFECYCLE-11", "A webhook that is delivered twice runs again what has failed.")
class AReplayQueuesWhatFailed(AttemptByAttempt):
    """Requeues a failed dispatch when it is admitted again."""

    async def admit_dispatch(self, given: DispatchInput) -> AgentDispatchAdmission:
        queued = (
            "status = 'queued', error = NULL, attempt_id = NULL, owner_id = NULL,"
            " started_at = NULL, input_applied_at = NULL, lease_expires_at = 0"
        )
        failed = "status = 'settled' AND error IS NOT NULL"
        await self.change(SubmissionAttemptRef(given["dispatchId"], ""), queued, failed)
        return await self.right.admit_dispatch(given)


@broken("LIFECYCLE-11", "A prompt that was just answered is put back and answered again.")
class LooksBeforeItRequeues(AttemptByAttempt):
    """Looks in one transaction and requeues in the next."""

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        running = await self.right.get_submission(attempt.submission_id)
        if not running or (running.status, running.attempt_id) != ("running", attempt.attempt_id):
            return False
        if running.input_applied_at is not None:
            return False
        queued = (
            "status = 'queued', error = NULL, attempt_id = NULL, owner_id = NULL,"
            " started_at = NULL, recovery_requested_at = NULL, lease_expires_at = 0"
        )
        return await self.change(attempt, queued, "TRUE")


@broken("LIFECYCLE-15", "What a prompt did can no longer be read once it is done.")
class ACompletionRemovesTheJournal(Submissions):
    """Removes the journal of what it completes."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        completed = bool(await self.right.complete_submission(attempt))
        if completed:
            await self.sql(
                "DELETE FROM flue_agent_turn_journals WHERE submission_id = :id",
                id=attempt.submission_id,
            )
        return completed


@broken("LIFECYCLE-15", "The half answer that an error cut off is gone.")
class AFailureRemovesTheChunks(Submissions):
    """Removes the chunks of an open journal's stream."""

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        journal = await self.right.get_turn_journal(attempt.submission_id)
        failed = bool(await self.right.fail_submission(attempt, error))
        if failed and journal and journal.stream_key and not journal.committed:
            await self.right.delete_stream_chunk_segments(journal.stream_key)
        return failed


@broken("LIFECYCLE-15", "The record of a finished turn is tidied away with the prompt.")
class SettlingRemovesACommittedJournal(Submissions):
    """Removes the journal of what it completes once that is committed."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        completed = bool(await self.right.complete_submission(attempt))
        if completed:
            await self.sql(
                "DELETE FROM flue_agent_turn_journals WHERE submission_id = :id AND committed = 1",
                id=attempt.submission_id,
            )
        return completed
