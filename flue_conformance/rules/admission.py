"""Accepting dispatch and direct inputs as queued submissions, once each."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "ADMISSION-01",
        MUST,
        (
            "A fresh `admitDispatch` returns kind `submission`, status `queued`, `attemptCount` 0, "
            "`maxRetry` 10, `timeoutAt` 0, `leaseExpiresAt` 0, and none of `attemptId`, "
            "`startedAt`, `inputAppliedAt`, `recoveryRequestedAt`, `ownerId`, `error`."
        ),
    ),
    Rule(
        "ADMISSION-02",
        MUST,
        (
            "`submissionId` = `dispatchId`; `input` is the caller's value plus `kind` and "
            "`submissionId`."
        ),
    ),
    Rule(
        "ADMISSION-03",
        MUST,
        (
            "`sessionKey` is derived from `id` and `session` (`agent-session:` and the compact "
            'JSON text of the array [`id`, `"default"`, `session`]), whatever characters they '
            "contain."
        ),
    ),
    Rule(
        "ADMISSION-04",
        MUST,
        (
            "`acceptedAt` (Instant) equals the ISO text's time truncated to milliseconds; offsets "
            "(`+02:00`) and extra fraction digits are honoured by truncation. Date-only text means "
            "UTC midnight. Grammar: `YYYY-MM-DD`, or that with `Thh:mm:ss[.fraction]` and `Z` or "
            "`+hh:mm` or `-hh:mm`, 00:00:00 to 23:59:59, years 1970 to 9999; other spellings are "
            "unspecified."
        ),
    ),
    Rule(
        "ADMISSION-05",
        MUST,
        (
            "Replaying an identical dispatch returns kind `submission` describing the existing row "
            "in its current state (queued, running or settled) and creates nothing."
        ),
    ),
    Rule(
        "ADMISSION-06",
        MUST,
        (
            "Same dispatch id with a different payload value returns exactly {kind `conflict`}; "
            "the existing row is unchanged."
        ),
    ),
    Rule(
        "ADMISSION-07",
        SHOULD,
        (
            '"Different" is decided on the serialised text: another member order, another '
            "spelling of the same instant in `acceptedAt`, or one extra member is a conflict; an "
            "extra member whose value is absent is not."
        ),
    ),
    Rule(
        "ADMISSION-08",
        MUST,
        (
            "Ids are global, not per session or agent: reusing a dispatch id for another session "
            "or instance is a conflict."
        ),
    ),
    Rule(
        "ADMISSION-09",
        MUST,
        (
            "`admitDirect` returns a queued submission; replaying it identically returns the "
            "existing one (current state, same sequence)."
        ),
    ),
    Rule(
        "ADMISSION-10",
        MUST,
        "`admitDirect` with a used id and a different payload raises; nothing changes.",
        errors=("DirectConflict",),
    ),
    Rule(
        "ADMISSION-11",
        MUST,
        (
            "Dispatch and direct ids share one namespace: a dispatch using a direct submission's "
            "id gets `conflict`; a direct using a dispatch's id raises."
        ),
        errors=("DirectConflict",),
    ),
    Rule(
        "ADMISSION-12",
        MUST,
        "An unparseable `acceptedAt` (empty, words) raises before anything is looked up or stored.",
        errors=("InvalidAcceptedAt",),
    ),
    Rule(
        "ADMISSION-13",
        MUST,
        (
            "A structurally invalid input - dispatch without `input`; `agent`, `id` or `session` "
            "not a string; direct payload not an object or `message` not a string - raises (any "
            "error is accepted) and leaves no row behind."
        ),
        errors=("MalformedRecord",),
    ),
    Rule(
        "ADMISSION-14",
        MUST,
        "Dispatch `input: null` is valid and returned as null.",
    ),
    Rule(
        "ADMISSION-15",
        MUST,
        (
            "Unknown extra members of a direct payload are accepted and returned (in 0.10 that "
            "includes `images`, unvalidated)."
        ),
    ),
    Rule(
        "ADMISSION-16",
        MUST,
        "A direct payload `session` that is present and not a string is invalid.",
        until="0.11",
        errors=("MalformedRecord",),
    ),
    Rule(
        "ADMISSION-17",
        MUST,
        "A payload `session` of any type is ignored and kept (it became an unknown extra member).",
        since="0.11",
    ),
    Rule(
        "ADMISSION-18",
        MUST,
        (
            "Direct payload `images` must be a list of valid image objects within the limit, else "
            "admission raises and stores nothing; valid images round-trip exactly, in order, for "
            "any count (try 12)."
        ),
        since="0.11",
        errors=("MalformedRecord", "ImageTooLarge"),
    ),
    Rule(
        "ADMISSION-19",
        MUST,
        "Replaying a direct input whose image bytes differ, all else equal, raises.",
        since="0.11",
        errors=("DirectConflict",),
    ),
    Rule(
        "ADMISSION-20",
        MUST,
        (
            "While a session's deletion marker exists, admission to that session raises for "
            "dispatch and direct, for new ids and for exact replays except dispatch ids that have "
            "a receipt (ADMISSION-22), from every store instance of the database; other sessions "
            "are unaffected."
        ),
        errors=("SessionDeleting",),
    ),
    Rule(
        "ADMISSION-21",
        MUST,
        (
            "A dispatch id whose settled row was removed by session deletion returns "
            "`retained_receipt` with the original `acceptedAt`."
        ),
    ),
    Rule(
        "ADMISSION-22",
        MUST,
        (
            "The receipt answer takes precedence: it is given whatever payload or session the "
            "replay carries, even while that session is being deleted again. (Invalid `acceptedAt` "
            "still raises first.)"
        ),
    ),
    Rule(
        "ADMISSION-23",
        MUST,
        (
            "Receipts concern dispatches only: a removed direct id is forgotten and can be "
            "admitted anew; a direct using an id that has a receipt is admitted."
        ),
    ),
    Rule(
        "ADMISSION-24",
        MUST,
        (
            "N concurrent identical admissions (several handles or processes) yield one row; all "
            "callers see the same `sequence`."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "ADMISSION-25",
        MUST,
        (
            "Concurrent admissions of one id with different payloads or sessions: one "
            "`submission`, all others `conflict` (dispatch) or raise (direct)."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "ADMISSION-26",
        MUST,
        "Admission never requires, creates or modifies the session record.",
    ),
    Rule(
        "ADMISSION-27",
        MAY,
        "Empty strings as `session`, `id` or `agent` are accepted by the official stores.",
    ),
    Rule(
        "ADMISSION-28",
        MAY,
        (
            "Ids containing an unpaired surrogate are rejected (a text column loses it and "
            "validation fails); ids containing U+0000 work or raise."
        ),
    ),
    Rule(
        "ADMISSION-29",
        MUST,
        (
            "Returned values are snapshots; mutating `input` afterwards (caller's or returned) "
            "does not alter the stored row."
        ),
    ),
)
