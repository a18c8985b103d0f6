"""The session store: whole documents, saved, loaded and deleted by id."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "SESSION-01",
        MUST,
        "Loading an id never saved, or deleted, yields null.",
    ),
    Rule(
        "SESSION-02",
        MUST,
        "After `save` returns, `load` of the same id yields a value JSON-equal to what was saved.",
    ),
    Rule(
        "SESSION-03",
        MUST,
        (
            "`save` replaces the whole record: entries, metadata members and fields missing from "
            "the new value are gone afterwards."
        ),
    ),
    Rule(
        "SESSION-04",
        MUST,
        "`delete` removes the record; deleting an unknown id succeeds silently.",
    ),
    Rule(
        "SESSION-05",
        MUST,
        (
            "`entries` come back in the saved array order, including after a save that reorders, "
            "inserts in the middle, or drops some."
        ),
    ),
    Rule(
        "SESSION-06",
        MUST,
        (
            "Ids are compared exactly and case-sensitively; ids differing only in case, in "
            "punctuation, by `%`/`_`, or by being a prefix of one another never affect each other "
            "(save, load, delete)."
        ),
    ),
    Rule(
        "SESSION-07",
        MUST,
        (
            "The stored value is a snapshot: mutating the object after `save` returned, or "
            "mutating a loaded value, changes nothing seen by later loads."
        ),
    ),
    Rule(
        "SESSION-08",
        MUST,
        (
            "Members whose value is absent are not stored; members whose value is null are kept as "
            "null."
        ),
    ),
    Rule(
        "SESSION-09",
        SHOULD,
        (
            "Member order inside nested objects is preserved (names that are array indices "
            "excepted: JavaScript moves them to the front); top-level order need not be. The kit "
            "compares without order."
        ),
    ),
    Rule(
        "SESSION-10",
        MUST,
        (
            "A save is atomic for readers: a concurrent load returns one complete saved version, "
            "never a mixture."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "SESSION-11",
        MUST,
        "Two concurrent saves of one id leave exactly one of the two values, whole.",
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "SESSION-12",
        MUST,
        "A save that raises leaves the previous version readable and unchanged.",
    ),
    Rule(
        "SESSION-13",
        MUST,
        (
            "The store does not validate content: any `version`, any `affinityKey`, empty "
            "`entries`, `leafId` pointing nowhere, are stored and returned as given."
        ),
    ),
    Rule(
        "SESSION-14",
        SHOULD,
        (
            "A stored record that is not text, or not JSON, makes `load` raise instead of "
            "returning null or partial data."
        ),
        errors=("MalformedRecord",),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "SESSION-15",
        MUST,
        (
            "Session operations never touch submissions, journals, chunks, receipts or markers, "
            "and vice versa (`deleteSession` of the submission store does not remove the session "
            "record by itself)."
        ),
    ),
    Rule(
        "SESSION-16",
        MUST,
        (
            "Any JSON string content except an entry's `id` round-trips, including U+0000, astral "
            "characters, U+2028 and unpaired surrogates (they are stored escaped)."
        ),
    ),
    Rule(
        "SESSION-17",
        SHOULD,
        "Ids containing U+0000 are either stored faithfully or rejected; never truncated.",
        errors=("Storage",),
    ),
    Rule(
        "SESSION-18",
        MAY,
        (
            "Two entries with the same `id` in one save: 0.10 stores keep both; 0.11 stores keep "
            "one (which one can differ between identical saves). The kit must not send such data."
        ),
        verified_by=Verification.UNTESTED,
        untested_because=(
            "The kit must not send such data: which entry is kept can differ between identical "
            "saves, so no outcome of it could be wrong."
        ),
    ),
    Rule(
        "SESSION-19",
        MUST,
        (
            "`user` and `toolResult` messages with image blocks (up to the image limit each, "
            "several per message, any count) round-trip exactly, and replacing an image's data "
            "under an unchanged entry id is observed by later loads."
        ),
        since="0.11",
    ),
    Rule(
        "SESSION-20",
        SHOULD,
        "Saving an image longer than the limit raises `ImageTooLarge` and stores nothing.",
        since="0.11",
        errors=("ImageTooLarge",),
    ),
    Rule(
        "SESSION-21",
        SHOULD,
        "Records of several MiB and several thousand entries work.",
    ),
)
