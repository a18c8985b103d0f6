"""Acceptance times: the ISO text of an admission as an instant. ADMISSION-04, ADMISSION-12."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from flue_conformance.contract.errors import InvalidAcceptedAt

_GRAMMAR: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:T(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<fraction>\d+))?"
    r"(?P<offset>Z|[+-]\d{2}:\d{2}))?",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FIRST_YEAR: Final = 1970
_MAX_HOURS: Final = 23
_MAX_MINUTES: Final = 59


def acceptance_instant(text: str, kind: str) -> int:
    """Return the instant of an `acceptedAt`, truncated to milliseconds. ADMISSION-04.

    `kind` (`dispatch` or `direct`) is named in the error. Date-only text means UTC midnight.
    Raises `InvalidAcceptedAt` for every other spelling than the contract's grammar.
    """
    matched = _GRAMMAR.fullmatch(text) if isinstance(text, str) else None
    if matched is None:
        raise _invalid(text, kind)
    part = matched.groupdict()
    try:
        at = datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            tzinfo=_offset(part["offset"]),
        )
    except ValueError:
        raise _invalid(text, kind) from None
    if at.year < _FIRST_YEAR:
        raise _invalid(text, kind)
    milliseconds = int((part["fraction"] or "0")[:3].ljust(3, "0"))
    return (at - _EPOCH) // _MILLISECOND + milliseconds


def _offset(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > _MAX_HOURS or minutes > _MAX_MINUTES:
        raise ValueError(text)
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(distance if text[0] == "+" else -distance)


def _invalid(text: object, kind: str) -> InvalidAcceptedAt:
    return InvalidAcceptedAt(f"Invalid acceptedAt of a {kind} admission: {text!r}.")
