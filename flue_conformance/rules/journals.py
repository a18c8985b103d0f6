"""The turn journal of a submission, and its handover to the next attempt."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "JOURNAL-01",
        MUST,
        "`getTurnJournal` without a journal is null.",
    ),
    Rule(
        "JOURNAL-02",
        MUST,
        (
            "`beginTurnJournal` with no journal, for a running submission of that attempt, creates "
            "one: revision 1, `createdAt` = `updatedAt` about now, `committed` false, given "
            "phase/ids, optional members as supplied, no stream or commit members; returns true."
        ),
    ),
    Rule(
        "JOURNAL-03",
        MUST,
        (
            "With an existing journal (committed or not) `beginTurnJournal` replaces it in place: "
            "attempt, operation, turn, phase, `checkpointLeafId` and `toolRequest` become the new "
            "input's (absent clears), stream, consumption and commit members are cleared, "
            "`committed` false, revision + 1; returns true."
        ),
    ),
    Rule(
        "JOURNAL-04",
        SHOULD,
        "Replacement keeps `createdAt`, `sessionKey` and `kind` of the first begin.",
    ),
    Rule(
        "JOURNAL-05",
        MAY,
        (
            "Begin is not fenced: it works for unknown submissions and for attempts that lost "
            "ownership. A stricter adapter may return false."
        ),
    ),
    Rule(
        "JOURNAL-06",
        MUST,
        (
            "`updateTurnJournalPhase` needs an uncommitted journal whose `attemptId` equals the "
            "caller's; otherwise false and nothing changes. It does not look at the submission's "
            "status."
        ),
    ),
    Rule(
        "JOURNAL-07",
        MUST,
        (
            "`updateTurnJournalPhase` on success: phase set (any direction), revision + 1, "
            "`updatedAt` renewed; each supplied option replaces its member, each absent option "
            "leaves it."
        ),
    ),
    Rule(
        "JOURNAL-08",
        SHOULD,
        "Supplying `toolRequest` null stores null (member present), unlike leaving it out.",
    ),
    Rule(
        "JOURNAL-09",
        MUST,
        (
            "`commitTurnJournal` (the gate of JOURNAL-06) sets phase `committed`, `committed` "
            "true, `committedLeafId`, revision + 1."
        ),
    ),
    Rule(
        "JOURNAL-10",
        MUST,
        (
            "After a commit, a second commit, an update and a consumption mark return false and "
            "the stored commit is unchanged."
        ),
    ),
    Rule(
        "JOURNAL-11",
        MUST,
        (
            "`markStreamConsumed` stamps `streamConsumedAt` at most once, only for an uncommitted "
            "journal of the caller's attempt whose `streamKey` equals the argument; revision + 1 "
            "when it applies."
        ),
    ),
    Rule(
        "JOURNAL-12",
        SHOULD,
        (
            "The stamp is per journal, not per key: after consumption, an update with a new "
            "`streamKey` keeps the stamp and a mark for the new key returns false until the next "
            "begin."
        ),
    ),
    Rule(
        "JOURNAL-13",
        MUST,
        (
            "`replaceTurnJournalAttempt` with an attempt match: submission gets the next attempt "
            "id, `attemptCount` + 1, `startedAt` about now, `recoveryRequestedAt` cleared; "
            "`inputAppliedAt`, `maxRetry`, `timeoutAt`, `acceptedAt` kept; returns the updated "
            "submission."
        ),
    ),
    Rule(
        "JOURNAL-14",
        MUST,
        (
            "`replaceTurnJournalAttempt`: with a lease argument owner and expiry are replaced; "
            "without it they stay."
        ),
    ),
    Rule(
        "JOURNAL-15",
        MUST,
        (
            "In the same atomic step as `replaceTurnJournalAttempt` an uncommitted journal of the "
            "old attempt moves to the new attempt (revision + 1). A committed journal, or one of "
            "another attempt, is left alone."
        ),
    ),
    Rule(
        "JOURNAL-16",
        MUST,
        (
            "`replaceTurnJournalAttempt` works when there is no journal at all (submission moves, "
            "result returned)."
        ),
    ),
    Rule(
        "JOURNAL-17",
        MUST,
        (
            "Without an attempt match `replaceTurnJournalAttempt` returns null and writes nothing; "
            "of concurrent replacements of one attempt exactly one succeeds."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "JOURNAL-18",
        MUST,
        (
            "The store does not enforce the retry budget or timeout; replacement works beyond "
            "`maxRetry`."
        ),
    ),
    Rule(
        "JOURNAL-19",
        MUST,
        (
            "After replacement the old attempt's mark, recovery request, requeue, complete, fail "
            "and replace, and its journal update, commit and consumption mark, return false/null. "
            "Not fenced: begin (JOURNAL-05; what follows a late begin is unspecified), chunks "
            "(CHUNK-05), lease renewal (LEASE-05)."
        ),
    ),
    Rule(
        "JOURNAL-20",
        MUST,
        "One journal slot per submission; journals of different submissions are independent.",
    ),
)
