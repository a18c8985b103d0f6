"""The run store: one record a workflow run."""

from __future__ import annotations

from flue_conformance.rules.rule import MUST, SHOULD, Level, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "RUN-01",
        MUST,
        (
            "`createRun` of a new id then `getRun` yields an `active` record with the given owner, "
            "`startedAt` text verbatim, payload; no end members."
        ),
    ),
    Rule(
        "RUN-02",
        MUST,
        "`getRun` of an unknown id is null.",
    ),
    Rule(
        "RUN-03",
        MUST,
        "`payload`, `result`, `error`: absent stays absent, null stays null, any JSON round-trips.",
    ),
    Rule(
        "RUN-04",
        MUST,
        (
            "`endRun` sets `status` (`errored` iff `isError`), `endedAt`, `isError`, `durationMs`, "
            "`result`, `error`; owner, `startedAt`, payload are kept."
        ),
    ),
    Rule(
        "RUN-05",
        MUST,
        "`endRun` of an unknown id is a no-op and creates nothing.",
    ),
    Rule(
        "RUN-06",
        SHOULD,
        (
            "`endRun` twice: the last call wins entirely; `result`/`error` absent in the second "
            "call clear the first's."
        ),
    ),
    Rule(
        "RUN-07",
        SHOULD,
        (
            "`createRun` on an existing id leaves the existing record (and its terminal state) "
            "untouched, silently. Replacing it whole with a fresh active record, and raising while "
            "keeping the old, are both reported. A mixture of old and new fields breaks RUN-01."
        ),
        errors=("Storage",),
    ),
    Rule(
        "RUN-08",
        SHOULD,
        "`owner.instanceId` other than `runId` raises `RunIdentity` and stores nothing.",
        errors=("RunIdentity",),
    ),
    Rule(
        "RUN-09",
        MUST,
        "`durationMs` integers from 0 to 2 147 483 647 round-trip.",
    ),
    Rule(
        "RUN-10",
        SHOULD,
        (
            "`durationMs` above 2 147 483 647 round-trips; fractions round-trip or are refused "
            "with the run unchanged."
        ),
        errors=("Storage",),
    ),
    Rule(
        "RUN-11",
        SHOULD,
        "Records are snapshots in both directions.",
    ),
    Rule(
        "RUN-12",
        SHOULD,
        "For a persistent location, run records survive close and restart.",
        levels=(Level.SINGLE_HOST,),
    ),
    Rule(
        "RUN-13",
        SHOULD,
        "All run-store handles of one open adapter see the same runs.",
    ),
    Rule(
        "RUN-14",
        MUST,
        (
            "Run store and registry are independent: writing one never creates, changes or "
            "requires the other."
        ),
    ),
    Rule(
        "RUN-15",
        MUST,
        "Run ids are opaque, case-sensitive, and may contain `:` `/` `%` `?` `#` and spaces.",
    ),
)
