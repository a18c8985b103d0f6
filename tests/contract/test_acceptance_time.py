from __future__ import annotations

import pytest

from flue_conformance.contract import InvalidAcceptedAt, acceptance_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-06-03T00:00:00.000Z", 1_780_444_800_000),
        ("2026-06-03", 1_780_444_800_000),
        ("2026-06-03T02:00:00+02:00", 1_780_444_800_000),
        ("2026-06-02T18:30:00-05:30", 1_780_444_800_000),
        ("2026-06-03T00:00:00.1Z", 1_780_444_800_100),
        ("2026-06-03T00:00:00.123999999Z", 1_780_444_800_123),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("9999-12-31T23:59:59-23:59", 253_402_387_139_000),
    ],
)
def test_the_instant_is_truncated_to_milliseconds(text: str, instant: int) -> None:
    assert acceptance_instant(text, "dispatch") == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "2023-02-29",
        "2026-06-03T24:00:00Z",
        "2026-06-03T23:60:00Z",
        "2026-06-03T23:59:60Z",
        "2026-06-03T00:00:00",
        "2026-06-03T00:00Z",
        "2026-06-03 00:00:00Z",
        "2026-06-03t00:00:00z",
        "2026-06-03T00:00:00.Z",
        "2026-06-03T00:00:00+0200",
        "2026-06-03T00:00:00+24:00",
        "1969-12-31",
        "20260603",
        " 2026-06-03",
        "2026-06-03\n",
        "٢٠٢٦-06-03",
    ],
)
def test_other_spellings_are_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidAcceptedAt, match="Invalid acceptedAt of a direct"):
        acceptance_instant(text, "direct")
