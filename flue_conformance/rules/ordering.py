"""The order of submissions within a session, and the queries that show it."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "ORDERING-01",
        MUST,
        (
            "`sequence` grows strictly with admission order within a session; gaps are normal "
            "(rejected and replayed admissions may consume numbers); numbers are never reused, "
            "also after deletion."
        ),
    ),
    Rule(
        "ORDERING-02",
        MUST,
        (
            "Order is admission order, not `acceptedAt` order: an input with an earlier timestamp "
            "admitted later runs later."
        ),
    ),
    Rule(
        "ORDERING-03",
        MUST,
        (
            "`listRunnableSubmissions` returns, per session, the lowest-sequence unsettled "
            "submission iff it is queued; at most one per session; ascending by sequence."
        ),
    ),
    Rule(
        "ORDERING-04",
        MUST,
        (
            "A session with a running submission - even one whose lease has long expired - "
            "contributes nothing to `listRunnableSubmissions`."
        ),
    ),
    Rule(
        "ORDERING-05",
        MUST,
        "Direct and dispatch submissions of one session form one queue.",
    ),
    Rule(
        "ORDERING-06",
        MUST,
        "Different sessions (also of the same instance) are independent.",
    ),
    Rule(
        "ORDERING-07",
        MUST,
        "A requeued submission keeps its sequence and therefore its place ahead of later ones.",
    ),
    Rule(
        "ORDERING-08",
        MUST,
        "When a head settles (either way), its successor becomes runnable at once.",
    ),
    Rule(
        "ORDERING-09",
        MUST,
        (
            "With no concurrent activity, every listed submission can be claimed and no unlisted "
            "one can."
        ),
    ),
    Rule(
        "ORDERING-10",
        MUST,
        (
            "`listRunningSubmissions` returns all running submissions, any lease state, ascending "
            "by sequence."
        ),
    ),
    Rule(
        "ORDERING-11",
        MUST,
        (
            "`hasUnsettledSubmissions` is true iff any row is queued or running (malformed rows "
            "count)."
        ),
    ),
    Rule(
        "ORDERING-12",
        MUST,
        "`getSubmission` of an unknown id is null.",
    ),
    Rule(
        "ORDERING-13",
        MUST,
        (
            "A malformed row met by one of the three list operations does not make it raise: the "
            "row is settled with an `error` describing the problem and omitted; healthy rows are "
            "returned. Its successor appears at the latest in the next call."
        ),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "ORDERING-14",
        MUST,
        (
            "Malformed means: payload not JSON; payload inconsistent with the row (kind, id, "
            "session key, acceptance time); payload failing the rules of inputs (ADMISSION-13, "
            "-16, -18); unknown kind or status; a queued row carrying attempt, start, "
            "input-applied or recovery values; a running row lacking attempt or start; in 0.11 "
            "image data missing or inconsistent."
        ),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "ORDERING-15",
        SHOULD,
        (
            "`getSubmission` of a malformed row raises and does not settle it; it keeps raising "
            "after a list call settled it (the payload stays bad)."
        ),
        errors=("MalformedRecord",),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "ORDERING-16",
        MUST,
        (
            "If admission X returned before admission Y of the same session began, X precedes Y. "
            "Once any caller has seen a submission of a session as running, no unsettled "
            "submission with a lower sequence may later appear in that session."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "ORDERING-17",
        MUST,
        "Empty results are empty lists, never null.",
    ),
)
