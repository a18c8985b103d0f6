"""Spellings of acceptance times, and the instants that they mean. ADMISSION-04, ENCODING-01."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import strategies as st

INSTANTS: Final = {
    "2026-06-03T10:20:30.456Z": 1_780_482_030_456,
    "2026-06-03T10:20:30Z": 1_780_482_030_000,
    "2026-06-03T10:20:30.4Z": 1_780_482_030_400,
    "2026-06-03T10:20:30.04Z": 1_780_482_030_040,
    "2026-06-03T10:20:30.4569Z": 1_780_482_030_456,
    "2026-06-03T10:20:30.999999999Z": 1_780_482_030_999,
    "2026-06-03T10:20:30.0009Z": 1_780_482_030_000,
    "2026-06-03T12:20:30.456+02:00": 1_780_482_030_456,
    "2026-06-03T00:20:30.456-10:00": 1_780_482_030_456,
    "2026-06-04T00:05:30+14:00": 1_780_481_130_000,
    "2026-06-02T22:50:30.4567-11:30": 1_780_482_030_456,
    "2026-06-03T10:20:30.456+00:00": 1_780_482_030_456,
    "2026-06-03T16:05:30.456+05:45": 1_780_482_030_456,
    "2026-06-03": 1_780_444_800_000,
    "1970-01-01": 0,
    "1970-01-01T00:00:00.000Z": 0,
    "1970-01-01T00:00:00.0009Z": 0,
    "1970-01-01T00:00:00.001Z": 1,
    # As fractions of a second these two, times 1000, fall a little short.
    "1970-01-01T00:00:01.001Z": 1001,
    "2038-09-01T19:20:25.686Z": 2_166_981_625_686,
    "1999-12-31T23:59:59.9999Z": 946_684_799_999,
    "2000-02-29T23:59:59.999Z": 951_868_799_999,
    "2024-02-29": 1_709_164_800_000,
    # An hour that clocks in Europe skip: a reader of local time moves it.
    "2026-03-29T02:30:00Z": 1_774_751_400_000,
    "2038-01-19T03:14:08Z": 2_147_483_648_000,
    "9999-12-31": 253_402_214_400_000,
    "9999-12-31T23:59:59.999Z": 253_402_300_799_999,
}
"""Instants in milliseconds by their ISO text."""

UNREADABLE: Final = ("", " ", "yesterday", "not a time", "soon, perhaps")
"""Texts that name no instant. ADMISSION-12."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def iso_text(instant: int) -> str:
    """Return the ISO text of an instant in milliseconds."""
    return (_EPOCH + timedelta(milliseconds=instant)).isoformat(timespec="milliseconds")


@st.composite
def acceptance_times(draw: st.DrawFn) -> tuple[str, int]:
    """Return any ISO text within the contract's grammar, and its instant in milliseconds."""
    # A day from either end of the range, so that no offset leads out of it.
    first, last = datetime(1970, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - the zone comes below
    local = draw(st.datetimes(first, last)).replace(microsecond=0)
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    fraction = draw(st.text("0123456789", max_size=9))
    sign = "-" if minutes < 0 else "+"
    spelled = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "Z"
    text = local.isoformat() + (f".{fraction}" if fraction else "") + spelled
    at = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    seconds = (at - _EPOCH) // timedelta(seconds=1)
    return text, seconds * 1000 + int(f"{fraction}000"[:3])
