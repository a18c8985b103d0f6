"""The life of an adapter object: migrate, connect, close, reopen."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "ADAPTER-01",
        MUST,
        (
            "`migrate` is idempotent: repeated calls, also on a populated database, succeed and "
            "lose nothing."
        ),
    ),
    Rule(
        "ADAPTER-02",
        MUST,
        (
            "After `migrate`, every connect operation works and a fresh location is empty (no "
            "unsettled work, null lookups, empty lists)."
        ),
    ),
    Rule(
        "ADAPTER-03",
        MUST,
        (
            "Several `connect()` calls on one open adapter are allowed and see the same sessions, "
            "submissions and streams (runs and registry: RUN-13, INDEX-20)."
        ),
    ),
    Rule(
        "ADAPTER-04",
        MUST,
        "`close` may be called without a prior connect. A second `close` is harmless (SHOULD).",
    ),
    Rule(
        "ADAPTER-05",
        SHOULD,
        (
            "After `close`, connecting again reopens the location (with its data, if persistent; "
            "an in-memory location starts empty and needs `migrate`)."
        ),
    ),
    Rule(
        "ADAPTER-06",
        SHOULD,
        (
            "Store objects obtained before `close` raise afterwards rather than hang or answer "
            "from stale state."
        ),
        errors=("Storage",),
    ),
    Rule(
        "ADAPTER-07",
        MAY,
        (
            "Using stores before `migrate` on a fresh location may raise. A store that creates its "
            "tables itself works without."
        ),
        errors=("Storage",),
    ),
    Rule(
        "ADAPTER-08",
        SHOULD,
        "Concurrent `migrate` calls from several processes on an empty database all succeed.",
        levels=EVERY_LEVEL,
        errors=("Storage",),
        verified_by=Verification.RACING,
    ),
    Rule(
        "ADAPTER-09",
        MUST,
        (
            "File backends only: the adapter creates missing parent directories. A blank path is "
            "refused at construction; no path means in-memory."
        ),
        errors=("InvalidLocation",),
        files_only=True,
    ),
    Rule(
        "ADAPTER-10",
        SHOULD,
        (
            "Two adapters opened on the same persistent location interoperate: each sees the "
            "other's committed changes on its next call, and write contention is waited out for a "
            "bounded time."
        ),
        levels=EVERY_LEVEL,
        errors=("Storage",),
        verified_by=Verification.RACING,
    ),
    Rule(
        "ADAPTER-11",
        SHOULD,
        (
            "Opening a location written by another edition either works, or fails loudly before "
            "data is read."
        ),
        since="0.11",
    ),
)
