"""JSON text as JavaScript writes it, beside the values that it stands for. ENCODING-03, -04."""

from __future__ import annotations

from typing import Any, Final

from flue_conformance.contract import MAX_INTEGER

_SHORT: Final = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}
_CONTROLS: Final = "".join(map(chr, range(32)))

TEXT: Final = f'{_CONTROLS}"\\/ \x7f é e\u0301 \u2028\u2029\ufeff 日本語 😀 \ud83d \ude00'
"""A text with everything that is escaped, and what a careful writer might escape besides."""

ESCAPED: Final = "".join(
    [
        *(_SHORT.get(control, f"\\u{ord(control):04x}") for control in _CONTROLS),
        '\\"\\\\/ \x7f é e\u0301 \u2028\u2029\ufeff 日本語 😀 \\ud83d \\ude00',
    ]
)
"""`TEXT` inside JSON text."""

DOCUMENT: Final[dict[str, Any]] = {
    "z": [1, True, None, [], {}],
    TEXT: TEXT,
    "a": {"y": "", "x": False},
}

WRITTEN: Final = f'{{"z":[1,true,null,[],{{}}],"{ESCAPED}":"{ESCAPED}","a":{{"y":"","x":false}}}}'
"""`DOCUMENT` as JSON text."""

NUMBERS: Final[dict[str, float]] = {
    "0": -0.0,
    "1": 1.0,
    "-100": -1e2,
    "0.1": 0.1,
    "-1.5": -1.5,
    "0.000001": 1e-6,
    "1e-7": 1e-7,
    "1.25e-7": 1.25e-7,
    "5e-324": 5e-324,
    "123456789.125": 123456789.125,
    "0.30000000000000004": 0.1 + 0.2,
    "10000000000000000": 1e16,
    "9007199254740991": MAX_INTEGER,
    "123456789012345680000": 123456789012345678901.0,
    "1e+21": 1e21,
    "-1.7976931348623157e+308": -1.7976931348623157e308,
}
"""Numbers by their text."""

SAME_NUMBERS: Final[tuple[tuple[int, float], ...]] = (
    (0, 0.0),
    (0, -0.0),
    (1, 1.0),
    (-7, -7.0),
    (10**15, 1e15),
    (MAX_INTEGER, float(MAX_INTEGER)),
)
"""Integers and the floats that are the same number."""

INDEXED: Final[dict[str, Any]] = {"b": 1, "10": 2, "a": 3, "9": 4, "01": 5, "0": 6}
INDEXED_WRITTEN: Final = '{"0":6,"9":4,"10":2,"b":1,"a":3,"01":5}'
"""`INDEXED` as JSON text: the names of array indices come first, by number."""
