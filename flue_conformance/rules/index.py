"""The run registry: pointers to runs, listed by page."""

from __future__ import annotations

from flue_conformance.rules.rule import MAY, MUST, SHOULD, Level, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "INDEX-01",
        MUST,
        (
            "`recordRunStart` of a new id creates an `active` pointer; `lookupRun` returns it "
            "without end members and never with payload, result or error."
        ),
    ),
    Rule(
        "INDEX-02",
        MUST,
        "`recordRunStart` of a known id is a no-op (first writer wins), also after it ended.",
    ),
    Rule(
        "INDEX-03",
        SHOULD,
        (
            "Owner/instance mismatch raises `RunIdentity` for a new id and stores nothing; for a "
            "known id INDEX-02 wins: silent."
        ),
        errors=("RunIdentity",),
    ),
    Rule(
        "INDEX-04",
        MUST,
        (
            "`recordRunEnd` sets status, `endedAt`, `durationMs`, `isError`; repeating: last wins; "
            "unknown id: no-op."
        ),
    ),
    Rule(
        "INDEX-05",
        MUST,
        "`lookupRun` of an unknown id is null.",
    ),
    Rule(
        "INDEX-06",
        MUST,
        (
            "`listRuns` orders by `startedAt` descending, ties by `runId` descending, both "
            "compared as text, not as times."
        ),
    ),
    Rule(
        "INDEX-07",
        SHOULD,
        (
            "Text comparison is by code point. The kit's mandatory cases use ids and timestamps "
            "whose order is the same under any collation (digits and lower-case letters, equal "
            "length)."
        ),
    ),
    Rule(
        "INDEX-08",
        MUST,
        (
            "The filters `status` and `workflowName` match exactly and combine with AND; paging "
            "stays within the filter."
        ),
    ),
    Rule(
        "INDEX-09",
        MUST,
        "An empty-text filter or cursor of `listRuns` counts as absent.",
    ),
    Rule(
        "INDEX-10",
        SHOULD,
        "A `status` filter of `listRuns` outside the three values matches nothing.",
    ),
    Rule(
        "INDEX-11",
        MUST,
        "An absent limit of `listRuns` acts as 100, one above 1000 as 1000.",
    ),
    Rule(
        "INDEX-12",
        MUST,
        (
            "A limit of `listRuns` that is 0, negative, NaN or infinite (either sign) acts as 100 "
            "(not 1000, not empty)."
        ),
    ),
    Rule(
        "INDEX-13",
        MAY,
        (
            "Fractional limits of `listRuns` are truncated (below 1: an empty page without cursor, "
            "or 100) or raise."
        ),
        errors=("Storage",),
    ),
    Rule(
        "INDEX-14",
        MUST,
        (
            "`nextCursor` of `listRuns` is present iff further matching pointers exist; a page "
            "that exactly exhausts them has none."
        ),
    ),
    Rule(
        "INDEX-15",
        MUST,
        (
            "Following cursors visits every pointer that existed throughout exactly once, with any "
            "page size; pointers newer than the cursor inserted meanwhile do not shift pages. (Ids "
            "as in INDEX-07.)"
        ),
    ),
    Rule(
        "INDEX-16",
        SHOULD,
        "INDEX-15 holds for arbitrary ids: sort order and cursor comparison agree.",
    ),
    Rule(
        "INDEX-17",
        MUST,
        (
            "A malformed cursor (not base64, not JSON, wrong member types) is treated as no "
            "cursor: first page."
        ),
    ),
    Rule(
        "INDEX-18",
        SHOULD,
        (
            "The cursor is a position, not a reference: it works if the pointer it was made from "
            "changed or never existed; a position before everything yields an empty page without "
            "cursor."
        ),
    ),
    Rule(
        "INDEX-19",
        SHOULD,
        "Run ids outside Latin-1 at a page boundary work.",
    ),
    Rule(
        "INDEX-20",
        SHOULD,
        "For a persistent location the registry survives restart. Pointers are snapshots.",
        levels=(Level.SINGLE_HOST,),
    ),
)
