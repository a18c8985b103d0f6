"""Renewing leases and finding those that have expired."""

from __future__ import annotations

from flue_conformance.rules.rule import MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "LEASE-01",
        MUST,
        (
            "`renewLeases(owner, ids)` sets the expiry to now + 30 000 for each listed submission "
            "that is running and owned by `owner`."
        ),
    ),
    Rule(
        "LEASE-02",
        MUST,
        (
            "Ids that are unknown, queued, settled or owned by someone else are skipped silently; "
            "the others are still renewed."
        ),
    ),
    Rule(
        "LEASE-03",
        MUST,
        "An empty list is a no-op; duplicates are harmless.",
    ),
    Rule(
        "LEASE-04",
        MUST,
        (
            "The expiry that `renewLeases` sets does not depend on the old: it revives an expired "
            "lease still owned, shortens a longer one, and replaces 0."
        ),
    ),
    Rule(
        "LEASE-05",
        MUST,
        "Renewal is gated by owner, not by attempt.",
    ),
    Rule(
        "LEASE-06",
        SHOULD,
        "At least 1000 ids in one call work.",
        errors=("Storage",),
    ),
    Rule(
        "LEASE-07",
        MUST,
        (
            "`listExpiredSubmissions` returns running submissions with 0 < `leaseExpiresAt` < now, "
            "ascending by sequence; queued, settled, future, zero and negative leases are "
            "excluded."
        ),
    ),
    Rule(
        "LEASE-08",
        MUST,
        "Listing has no side effect on healthy rows (no claim, no renewal).",
    ),
    Rule(
        "LEASE-09",
        MUST,
        (
            "Lease expiry alone changes nothing: the owner can still mark, journal, complete or "
            "fail after expiry as long as nobody replaced its attempt."
        ),
    ),
    Rule(
        "LEASE-10",
        SHOULD,
        (
            "\"now\" is the adapter process's wall clock, not the database's. (Shown with a "
            "shifted clock in a worker, such as faketime; else not run.)"
        ),
        verified_by=Verification.FAULT,
    ),
)
