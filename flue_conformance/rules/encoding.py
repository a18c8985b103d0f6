"""Numbers, text and JSON as they are stored and given back."""

from __future__ import annotations

from flue_conformance.rules.rule import MAY, MUST, SHOULD, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "ENCODING-01",
        MUST,
        "Instants are integers (ms); ISO timestamps are returned verbatim as text.",
    ),
    Rule(
        "ENCODING-02",
        MUST,
        (
            "JSON null and absence are kept apart in run `payload`, `result` and `error` and in a "
            "journal's `toolRequest`."
        ),
    ),
    Rule(
        "ENCODING-03",
        SHOULD,
        (
            "Serialised JSON is compact (no spaces), members in insertion order, non-ASCII "
            'unescaped, `"` `\\` and U+0000 to U+001F escaped (short forms where they exist, '
            r"else `\u` + 4 lower-case hex), unpaired surrogates escaped as `\u` + lower-case "
            "hex. Needed for session keys and conflict detection when sharing a database. "
            'Python: `ensure_ascii=False`, `separators=(",", ":")`, plus surrogate escaping.'
        ),
    ),
    Rule(
        "ENCODING-04",
        SHOULD,
        (
            "For sharing: numbers as JavaScript prints them: shortest digits; plain decimals from "
            "1e-6 up to below 1e21, else an exponent such as `1e-7`, `1e+21`; integral floats as "
            "integers; `-0` as `0`; members whose names are array indices first, numerically; "
            "non-finite numbers become null (a binding may refuse them). Verified by replays (1 "
            "and 1.0 are the same number) and by interop; not applicable to adapters that share no "
            "database."
        ),
    ),
    Rule(
        "ENCODING-05",
        MUST,
        (
            "Text columns outside JSON (ids, stream keys, bodies, paths, error texts) round-trip "
            "any valid Unicode except possibly U+0000."
        ),
    ),
    Rule(
        "ENCODING-06",
        MAY,
        (
            "Unpaired surrogates in text columns outside JSON become U+FFFD or are refused with "
            "nothing stored."
        ),
    ),
    Rule(
        "ENCODING-07",
        MUST,
        "Integers up to 2^53 - 1 in Instants round-trip.",
    ),
    Rule(
        "ENCODING-08",
        SHOULD,
        "Keys up to 1 KiB, measured as stored (session key included), work everywhere.",
        errors=("Storage",),
    ),
)
