"""Stream offsets: positions in an event stream that sort as text. STREAM-03, STREAM-04."""

from __future__ import annotations

import re
from typing import Final

from flue_conformance.contract.constants import STREAM_OFFSET_DIGITS
from flue_conformance.contract.errors import InvalidOffset

START_OFFSET: Final = "-1"
"""Before the first event."""

TAIL_OFFSET: Final = "now"
"""After the last event, whichever that is. STREAM-13."""

_LEADING_DIGITS: Final = re.compile(r"[0-9]+")


def format_offset(sequence: int) -> str:
    """Return the offset of the event with this sequence; -1 is before the first event."""
    if sequence < 0:
        return START_OFFSET
    return f"{0:0{STREAM_OFFSET_DIGITS}d}_{sequence:0{STREAM_OFFSET_DIGITS}d}"


def parse_offset(text: str) -> int:
    """Return the sequence that an offset names; -1 for the start.

    Lenient as the official stores are (STREAM-19): the digits after the first underscore count, or
    all of the text when there is none. Raises `InvalidOffset` for everything else. STREAM-18.
    """
    if text == START_OFFSET:
        return -1
    _, underscore, after = text.partition("_")
    digits = _LEADING_DIGITS.match(after if underscore else text)
    if digits is None:
        raise InvalidOffset(f"Invalid stream offset: {text!r}.")
    return int(digits.group())
