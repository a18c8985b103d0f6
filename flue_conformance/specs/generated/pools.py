"""What generated calls are made of: few names, so that they collide, and values that hurt."""

from __future__ import annotations

import time
from typing import Any, Final

from flue_conformance.contract import MAX_INTEGER

NAMES: Final = ("a", "b", "c")
ALIKE_NAMES: Final = (
    "A",
    "a ",
    " a",
    "aa",
    "%",
    "_",
    "é",
    "e\u0301",
    "É",
    "日",
    "a/b",
    "a:b?c#d%20",
    "a\u2028",
    "q\"u\\o'te",
    "\U0001f600",
    "10",
    "2",
    "Straße",
    "x" * 300,
)
"""Names that a sloppy comparison takes for one another, and those that need care."""

ESCAPED_NAMES: Final = ('q"u', "q\\u", "q\u2028u", "q'u", "q/u")
"""Names that texts made of them escape, in one language or another."""

FAMILIES: Final = (
    ("a", "A"),
    ("é", "e\u0301", "É", "e"),
    ("a", "a ", " a"),
    ("a%", "ab", "a_", "a"),
    ("10", "10.0", "1e1", "010"),
    ("a/b", "a:b", "a b", "a%2Fb"),
    ("日", "本", "?"),
    ESCAPED_NAMES,
)
"""Names that one sloppy comparison or another takes for the same."""

TEXTS: Final = (
    "text",
    "",
    "Text",
    "text ",
    "line\r\nbreak\n",
    "é",
    "e\u0301",
    "日本語",
    "😀",
    "\u2028\ufeff",
    "'; DROP TABLE flue_sessions; --",
    '{"a": 1}',
    "null",
    "12",
    "\\u0041 \\n",
    "x" * 300,
    "%",
)
"""Texts for columns."""

LONG_TEXTS: Final = ("é" * 2_000, "x" * 70_000)

JSON_TEXTS: Final = (*TEXTS, "\0", "\ud83d", "a\0b", "\udc00x")
"""Texts within documents."""

DOCUMENTS: Final[tuple[Any, ...]] = (
    {"n": 1},
    {},
    None,
    {"n": True},
    {"n": 1.5},
    {"n": None},
    {"": "nameless"},
    [],
    [1, 2, 3],
    0,
    1,
    True,
    False,
    "",
    "text",
    "Text",
    '{"n": 1}',
    {"n": {"empty": {}, "none": None, "list": [[], {}]}},
    {"n": MAX_INTEGER},
    {"n": -MAX_INTEGER},
    {"n": 0.1},
    {"n": 1e-7, "m": 1e21, "o": 123456789.123456789},
    {"10": "ten", "9": "nine", "b": 1, "a": 2},
    {"e\u0301": 1, "é": 2},
    {"text": "\0 \ud83d \\u0000 \u2028"},
    {"text": "😀 \U00010348"},
    list(range(12)),
    {"long": "x" * 2_000 + "1"},
    {"long": "x" * 2_000 + "2"},
    -5,
)
"""JSON values; those that are alike are different all the same."""

ALL_AT_ONCE: Final = {"all": list(DOCUMENTS), "texts": list(JSON_TEXTS)}

LONG_DOCUMENTS: Final[tuple[Any, ...]] = (
    {"long": "é" * 40_000},
    {"long": "x" * 70_000},
    [{"n": number} for number in range(3_000)],
)
MORE_THAN_A_MEBIBYTE: Final = {"long": "x" * 1_100_000}

DOCUMENT_FAMILIES: Final[tuple[tuple[Any, ...], ...]] = (
    ({"n": 1}, {"n": True}, {"n": "1"}, {"n": [1]}),
    ({"n": 0}, {"n": False}, {"n": None}, {"n": ""}, {}),
    ({"text": "Text"}, {"text": "text"}, {"text": "text "}, {"Text": "text"}),
    ({"text": "é"}, {"text": "e\u0301"}, {"text": "É"}, {"text": "e"}),
    ({"long": "x" * 2_000 + "1"}, {"long": "x" * 2_000 + "2"}, {"long": "x" * 2_000}),
    ({"n": MAX_INTEGER}, {"n": MAX_INTEGER - 1}, {"n": -MAX_INTEGER}),
    ({"n": 0.1}, {"n": 0.10000000000000002}, {"n": "0.1"}),
    (None, {}, [], "", False, 0, "null"),
    ([1, 2], [2, 1], [1, 2, 2], [[1, 2]], {"0": 1, "1": 2}),
    ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, {"a": {"b": [{"c": 1}, 2]}}),
    ({"long": "x" * 70_000 + "1"}, {"long": "x" * 70_000 + "2"}),
)
"""JSON values that one sloppy comparison or another takes for the same."""

TIMES: Final = (
    "2026-06-03T10:20:30.456Z",
    "2026-06-03T10:20:30.457Z",
    "2026-06-03T10:20:30.4569Z",
    "2026-06-03T10:20:30.9996Z",
    "2026-06-03T12:20:30.456+02:00",
    "2026-06-03",
    "2026-06-03T00:00:00-05:30",
    "1970-01-01T00:00:01.001Z",
    "2001-09-09T01:46:40.015Z",
    "2038-01-19T03:14:08.123Z",
    "2106-02-07T06:28:16Z",
    "9999-12-31T23:59:59.999Z",
    "2025-12-31T23:59:59.029Z",
)
NO_TIMES: Final = ("", "yesterday", "soon, I hope")

INSTANTS: Final = (30_000, 1, 40_000_000, 4_000_000_000)


def just_now() -> str:
    """Return the ISO text of a second ago."""
    seconds = time.time() - 1
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".250Z"


def entry(number: int, text: str) -> dict[str, Any]:
    """Return an entry of a session."""
    return {
        "type": "message",
        "id": f"{number:08x}",
        "parentId": f"{number - 1:08x}" if number else None,
        "timestamp": f"2026-06-03T10:20:{30 - number % 30:02d}.456Z",
        "message": {"role": "user", "content": text, "timestamp": 1_780_482_030_456},
    }


def image_entry(number: int, *images: str) -> dict[str, Any]:
    """Return an entry of a session with images."""
    made = entry(number, "")
    made["message"]["content"] = [
        {"type": "text", "text": "look"},
        *({"type": "image", "data": data, "mimeType": "image/png"} for data in images),
    ]
    return made


PIECE: Final = 262_144
IMAGES: Final = ("aGVsbG8=", "", "b")
LONG_IMAGES: Final = ("A" * PIECE, "A" * PIECE + "B", "AB" * PIECE)
LONG_IMAGES_ALIKE: Final = ("A" * PIECE + "B", "A" * PIECE + "C", "A" * PIECE)
"""Data of images; the longer ones take more than one piece of the official store."""
