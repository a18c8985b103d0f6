"""Claiming the head of a session for an attempt."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "CLAIM-01",
        MUST,
        (
            "Claiming a runnable head returns it as `running` with the given `attemptId`, "
            "`ownerId`, `leaseExpiresAt`, `startedAt` about now, `attemptCount` 1 (first claim), "
            "`maxRetry` 10 and `timeoutAt` about now + 3 600 000."
        ),
    ),
    Rule(
        "CLAIM-02",
        MUST,
        (
            "`claimSubmission` returns null and changes nothing when the id is unknown, running, "
            "settled, or behind an unsettled submission of its session."
        ),
    ),
    Rule(
        "CLAIM-03",
        MUST,
        "Concurrent claims of one submission: exactly one non-null result.",
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "CLAIM-04",
        MUST,
        (
            "At no time are two submissions of one session running, whatever mix of concurrent "
            "admit, claim, requeue, replace and settle calls runs."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "CLAIM-05",
        MUST,
        (
            "`ownerId` and `leaseExpiresAt` are stored verbatim, including past, zero or negative "
            "instants."
        ),
    ),
    Rule(
        "CLAIM-06",
        MUST,
        (
            "`sequence`, `acceptedAt`, `input`, `kind` are unaffected by claiming; "
            "`inputAppliedAt` is absent after a claim."
        ),
    ),
    Rule(
        "CLAIM-07",
        MAY,
        (
            "Re-claim after a requeue either restarts at `attemptCount` 1 with a fresh "
            "`timeoutAt`, or continues the count and keeps the first timeout. The kit accepts "
            "both, and reports the former as a finding."
        ),
    ),
    Rule(
        "CLAIM-08",
        MUST,
        "Re-claim after a requeue resets `maxRetry` to 10.",
    ),
    Rule(
        "CLAIM-09",
        MUST,
        "What `claimSubmission` returns equals what `getSubmission` returns right after.",
    ),
    Rule(
        "CLAIM-10",
        SHOULD,
        "Claiming a head whose payload is malformed should not leave it running.",
        errors=("MalformedRecord",),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "CLAIM-11",
        MAY,
        "Attempt ids are the caller's responsibility; reuse is not detected.",
        verified_by=Verification.UNTESTED,
        untested_because=(
            "Attempt ids are for the caller to keep apart; a store need not notice reuse, so no "
            "outcome of it could be wrong."
        ),
    ),
)
