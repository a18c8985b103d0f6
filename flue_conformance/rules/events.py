"""The events of a run, kept in the run store of edition 0.10."""

from __future__ import annotations

from flue_conformance.rules.rule import MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "EVENT-01",
        MUST,
        (
            "`getEvents` returns the run's events ascending by `eventIndex`, whatever the append "
            "order; gaps are allowed."
        ),
        until="0.11",
    ),
    Rule(
        "EVENT-02",
        MUST,
        (
            "`fromIndex` of `getEvents` is inclusive; absent or negative means all; beyond the "
            "last gives an empty list."
        ),
        until="0.11",
    ),
    Rule(
        "EVENT-03",
        MUST,
        "`getEvents` of an unknown run is an empty list.",
        until="0.11",
    ),
    Rule(
        "EVENT-04",
        MUST,
        "Events round-trip JSON-equal, including unknown members and types.",
        until="0.11",
    ),
    Rule(
        "EVENT-05",
        MUST,
        "`event.runId` missing or other than the `runId` argument raises; nothing stored.",
        until="0.11",
        errors=("EventIdentity",),
    ),
    Rule(
        "EVENT-06",
        MUST,
        "`eventIndex` missing, negative, fractional or above 2^53 - 1 raises.",
        until="0.11",
        errors=("EventIdentity",),
    ),
    Rule(
        "EVENT-07",
        MUST,
        (
            "Compact JSON of exactly 1 048 576 UTF-8 bytes is accepted, one byte more raises and "
            "stores nothing. Size counts bytes, not characters."
        ),
        until="0.11",
        errors=("EventTooLarge",),
    ),
    Rule(
        "EVENT-08",
        MUST,
        (
            "Check order: runId, index, size, then existence of run/duplicate; the first three "
            "apply even for unknown runs."
        ),
        until="0.11",
        errors=("EventIdentity", "EventTooLarge"),
    ),
    Rule(
        "EVENT-09",
        MUST,
        (
            "An index already stored for the run keeps its first event. The second append raises "
            "(SHOULD), even for identical content."
        ),
        until="0.11",
        errors=("DuplicateEvent",),
    ),
    Rule(
        "EVENT-10",
        SHOULD,
        (
            "Append for an unknown run stores nothing. Returning silently and raising (foreign "
            "key) are permitted: the kit accepts both and then checks that nothing is readable."
        ),
        until="0.11",
        errors=("Storage",),
    ),
    Rule(
        "EVENT-11",
        MUST,
        "Appending after `endRun` is allowed.",
        until="0.11",
    ),
    Rule(
        "EVENT-12",
        SHOULD,
        "The store does not filter by type; ephemeral types are stored if sent.",
        until="0.11",
    ),
    Rule(
        "EVENT-13",
        MUST,
        "Events of different runs are independent (same index in two runs is fine).",
        until="0.11",
    ),
    Rule(
        "EVENT-14",
        SHOULD,
        "A stored event whose content disagrees with its run or index makes `getEvents` raise.",
        until="0.11",
        errors=("EventIdentity",),
        verified_by=Verification.PLANTED,
    ),
    Rule(
        "EVENT-15",
        MAY,
        "Indices above 2 147 483 647 are accepted or raise.",
        until="0.11",
        errors=("Storage",),
    ),
    Rule(
        "EVENT-16",
        MAY,
        (
            "When `createRun` is repeated for an id, its events are dropped, or kept (a call that "
            "raises keeps them)."
        ),
        until="0.11",
    ),
    Rule(
        "EVENT-17",
        MAY,
        "Fractional or NaN `fromIndex` is unspecified: it raises or is compared numerically.",
        until="0.11",
    ),
)
