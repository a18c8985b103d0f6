"""Acceptance times: the ISO text of an admission as an instant. ADMISSION-04, ADMISSION-12."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from flue_conformance.contract.errors import InvalidAcceptedAt

_HOUR: Final = r"(?:[01]\d|2[0-3])"
_MINUTE: Final = r"[0-5]\d"
_GRAMMAR: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    rf"(?:T{_HOUR}:{_MINUTE}:{_MINUTE}(?:\.\d+)?(?:Z|[+-]{_HOUR}:{_MINUTE}))?",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def acceptance_instant(text: str, kind: str) -> int:
    """Return the instant of an `acceptedAt`, truncated to milliseconds. ADMISSION-04.

    `kind` (`dispatch` or `direct`) is named in the error. Date-only text means UTC midnight.
    Raises `InvalidAcceptedAt` for every other spelling than the contract's grammar.
    """
    if not isinstance(text, str) or _GRAMMAR.fullmatch(text) is None:
        raise _invalid(text, kind)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(text, kind) from None
    if at.year < _EPOCH.year:
        raise _invalid(text, kind)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - _EPOCH) // _MILLISECOND


def _invalid(text: object, kind: str) -> InvalidAcceptedAt:
    return InvalidAcceptedAt(f"Invalid acceptedAt of a {kind} admission: {text!r}.")
