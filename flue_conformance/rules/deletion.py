"""Deleting a session: marker, callback, cleanup, receipts."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Level, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "DELETION-01",
        MUST,
        (
            "With any queued or running submission in the session, `deleteSession` raises, the "
            "callback is not invoked, and no marker remains (admission keeps working)."
        ),
        errors=("SessionBusy",),
    ),
    Rule(
        "DELETION-02",
        MUST,
        (
            "Without queued or running submissions in the session, a marker is made durable first, "
            "then the callback runs exactly once, then cleanup runs; the call resolves only after "
            "cleanup."
        ),
    ),
    Rule(
        "DELETION-03",
        MUST,
        "Sessions unknown to the store are deletable; the callback still runs.",
    ),
    Rule(
        "DELETION-04",
        MUST,
        (
            "The callback runs outside any transaction or lock of the adapter: inside it the same "
            "store can load, save and delete sessions, admit to other sessions, and read "
            "submissions, without deadlock."
        ),
    ),
    Rule(
        "DELETION-05",
        MUST,
        (
            "During the callback the old submissions are still readable; admission to the session "
            "raises (ADMISSION-20)."
        ),
    ),
    Rule(
        "DELETION-06",
        MUST,
        (
            "Cleanup removes the session's settled submissions accepted at or before the marker "
            "time, their journals, and the chunks of those journals' current stream keys; in 0.11 "
            "also their image data. Other sessions' data and unrelated chunks stay."
        ),
    ),
    Rule(
        "DELETION-07",
        MUST,
        (
            "A receipt is kept for each removed dispatch, successful or failed; none for directs. "
            "Receipts survive later deletions and restarts; no API removes them."
        ),
    ),
    Rule(
        "DELETION-08",
        MAY,
        (
            "A settled submission whose `acceptedAt` lies after the marker time (clock skew, "
            "future-dated input) is either kept without a receipt or removed with one; never "
            "removed without."
        ),
    ),
    Rule(
        "DELETION-09",
        MUST,
        (
            "If the callback raises, asynchronously or immediately, the marker is removed, nothing "
            "is deleted, the same error reaches the caller, and a retry works."
        ),
    ),
    Rule(
        "DELETION-10",
        MUST,
        (
            "Concurrent calls for one key on one store object share a single deletion: one "
            "callback invocation (the first caller's), same outcome - success or the same error - "
            "for all. After it finished, a new call starts anew."
        ),
    ),
    Rule(
        "DELETION-11",
        MAY,
        (
            "Upstream's suite asserts that the shared calls return the identical promise object; "
            "in another language sharing the outcome suffices."
        ),
        verified_by=Verification.UNTESTED,
        untested_because=(
            "A coroutine has no promise object to compare; that concurrent calls share one outcome "
            "is DELETION-10."
        ),
    ),
    Rule(
        "DELETION-12",
        SHOULD,
        (
            "Concurrent deletion of one key through different store objects or processes: both "
            "calls may run their callbacks; each call that succeeds returns after a cleanup, none "
            "raises about a missing marker, and a failing callback never removes a marker that "
            "another running deletion set."
        ),
        verified_by=Verification.RACING,
    ),
    Rule(
        "DELETION-13",
        MUST,
        (
            "A marker left behind by a crash keeps blocking admission, across restarts, until "
            "`deleteSession` is called again for that key; that call succeeds, runs its callback, "
            "and removes the marker."
        ),
        levels=(Level.SINGLE_HOST,),
        errors=("SessionDeleting",),
        verified_by=Verification.CRASH,
    ),
    Rule(
        "DELETION-14",
        SHOULD,
        (
            "The deletion resumed as in DELETION-13 removes all settled submissions of the session "
            "accepted up to the resuming call."
        ),
    ),
    Rule(
        "DELETION-15",
        MUST,
        (
            "Replays racing with a deletion return either `SessionDeleting`, the existing settled "
            "submission (before), or the receipt (after) - never a newly queued submission."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "DELETION-16",
        MUST,
        (
            "Malformed settled rows are removed like others (dispatch ones leave a receipt). A "
            "malformed queued row counts as queued."
        ),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "DELETION-17",
        MUST,
        "After completion, admission works again: new ids queue normally.",
    ),
)
