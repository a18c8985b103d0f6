"""Stream chunk segments: opaque bodies by key and index."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "CHUNK-01",
        MUST,
        "Appending a new (`streamKey`, `segmentIndex`) stores the body and returns true.",
    ),
    Rule(
        "CHUNK-02",
        MUST,
        (
            "Appending to an existing pair (`streamKey`, `segmentIndex`) returns false and keeps "
            "the stored body, also under concurrency."
        ),
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "CHUNK-03",
        MUST,
        (
            "`getStreamChunkSegments` returns all segments in ascending numeric index (0, 2, 10), "
            "gaps allowed; an unknown key yields an empty list."
        ),
    ),
    Rule(
        "CHUNK-04",
        MUST,
        (
            "`deleteStreamChunkSegments` removes all of that key only; unknown key is a no-op; "
            "indices can be reused afterwards."
        ),
    ),
    Rule(
        "CHUNK-05",
        MUST,
        (
            "Bodies are opaque: empty text and non-JSON are stored verbatim. Chunks need no "
            "submission or journal."
        ),
    ),
    Rule(
        "CHUNK-06",
        MAY,
        (
            "Negative indices are accepted; indices may be limited to 32 bits; raw U+0000 in a "
            "body works or raises."
        ),
    ),
)
