"""What the owning attempt does to its submission, up to the terminal state."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "LIFECYCLE-01",
        MUST,
        (
            "Without an attempt match (unknown id, queued, settled, other attempt) "
            "`markSubmissionInputApplied`, `requestSubmissionRecovery`, "
            "`requeueSubmissionBeforeInputApplied`, `completeSubmission`, `failSubmission` return "
            "false and change nothing."
        ),
    ),
    Rule(
        "LIFECYCLE-02",
        MUST,
        (
            "First `markSubmissionInputApplied` stamps `inputAppliedAt` and installs the supplied "
            "durability."
        ),
    ),
    Rule(
        "LIFECYCLE-03",
        MUST,
        (
            "Omitted durability of `markSubmissionInputApplied` means `maxRetry` 10, `timeoutAt` = "
            "now + 3 600 000 (replacing the values set at claim)."
        ),
    ),
    Rule(
        "LIFECYCLE-04",
        MUST,
        (
            "A second `markSubmissionInputApplied` by the owning attempt returns true but keeps "
            "the first timestamp and the first durability, also when another attempt took over in "
            "between."
        ),
    ),
    Rule(
        "LIFECYCLE-05",
        MUST,
        (
            "`requestSubmissionRecovery` stamps `recoveryRequestedAt` once; repeating returns true "
            "and keeps the first stamp; status, lease and attempt are untouched."
        ),
    ),
    Rule(
        "LIFECYCLE-06",
        MUST,
        (
            "`requeueSubmissionBeforeInputApplied` succeeds only while input was never applied. "
            "Afterwards: `queued`; `attemptId`, `ownerId`, `startedAt`, `recoveryRequestedAt` "
            "absent; `leaseExpiresAt` 0; `sequence`, `acceptedAt`, `input` unchanged."
        ),
    ),
    Rule(
        "LIFECYCLE-07",
        SHOULD,
        "Requeue leaves `attemptCount`, `maxRetry` and `timeoutAt` as they were.",
    ),
    Rule(
        "LIFECYCLE-08",
        MUST,
        "Requeue leaves the turn journal and stream chunks untouched.",
    ),
    Rule(
        "LIFECYCLE-09",
        MUST,
        (
            "`completeSubmission` makes the submission `settled`, `error` absent. `failSubmission` "
            "makes the submission `settled`, `error` = the error's message text (text that the "
            "database cannot represent: LIFECYCLE-14)."
        ),
    ),
    Rule(
        "LIFECYCLE-10",
        MUST,
        (
            "The first terminal state wins; every later terminal call returns false and alters "
            "nothing. Of concurrent terminal calls by the owner exactly one returns true."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "LIFECYCLE-11",
        MUST,
        (
            "No operation ever takes a submission out of `settled`; it can only be removed by "
            "session deletion."
        ),
    ),
    Rule(
        "LIFECYCLE-12",
        SHOULD,
        (
            "A settled submission still shows its last `attemptId`, `startedAt`, `inputAppliedAt`, "
            "`recoveryRequestedAt`, `ownerId`, `leaseExpiresAt`, counts and durability."
        ),
    ),
    Rule(
        "LIFECYCLE-13",
        SHOULD,
        (
            "Error text: an error object with empty message stores empty text (member present); a "
            "plain string is stored as is; other values are stored as some text."
        ),
    ),
    Rule(
        "LIFECYCLE-14",
        SHOULD,
        (
            "An error text the database cannot represent (U+0000) does not stop settlement; U+0000 "
            "may be stored as U+FFFD."
        ),
    ),
    Rule(
        "LIFECYCLE-15",
        MUST,
        "Settling does not delete the journal or chunks.",
    ),
)
