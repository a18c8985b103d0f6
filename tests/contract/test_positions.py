"""Session keys, run cursors and stream offsets."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.contract import (
    InvalidOffset,
    RunCursor,
    format_offset,
    parse_offset,
    session_key,
)


def test_a_session_key_is_the_json_text_of_its_parts() -> None:
    assert session_key("agent-1", "default") == 'agent-session:["agent-1","default","default"]'
    assert session_key('a"\\', "é\u2028\n") == 'agent-session:["a\\"\\\\","default","é\u2028\\n"]'


@given(st.text(), st.text())
def test_a_cursor_reads_back_whatever_the_run_id(started_at: str, run_id: str) -> None:
    cursor = RunCursor(started_at, run_id)

    assert RunCursor.decode(cursor.encode()) == cursor


def test_a_cursor_is_url_safe_text_without_padding() -> None:
    text = RunCursor("2026-06-03T00:00:00.000Z", "workflow:release:日本?>").encode()

    assert text.isascii()
    assert not set(text) & set("+/=")


@pytest.mark.parametrize("run_id", ["plain", "ÿþ?>ü"])
def test_a_cursor_of_an_official_registry_is_read(run_id: str) -> None:
    latin = f'{{"s":"2026","r":"{run_id}"}}'.encode("latin-1")
    expected = RunCursor("2026", run_id)

    assert RunCursor.decode(base64.urlsafe_b64encode(latin).decode()) == expected
    assert RunCursor.decode(base64.b64encode(latin).decode()) == expected
    assert RunCursor.decode(base64.b64encode(latin).decode().rstrip("=")) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "!",
        "abc",
        "é",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b"not json").decode(),
        base64.b64encode(b'{"s":"2026"}').decode(),
        base64.b64encode(b'{"s":1,"r":"x"}').decode(),
        base64.b64encode(b"[" * 100_000).decode(),
    ],
)
def test_a_malformed_cursor_is_no_cursor(text: str | None) -> None:
    assert RunCursor.decode(text) is None


@given(st.integers(-1, 10**16 - 1))
def test_an_offset_reads_back(sequence: int) -> None:
    assert parse_offset(format_offset(sequence)) == sequence


@given(st.integers(0, 10**16 - 1), st.integers(0, 10**16 - 1))
def test_offsets_sort_as_text(left: int, right: int) -> None:
    assert (format_offset(left) < format_offset(right)) == (left < right)


def test_an_offset_has_two_padded_numbers() -> None:
    assert format_offset(12) == "0000000000000000_0000000000000012"
    assert format_offset(-1) == "-1"


@pytest.mark.parametrize(("text", "sequence"), [("2", 2), ("0_2", 2), ("9_1", 1), ("0_7x", 7)])
def test_short_offsets_are_read_leniently(text: str, sequence: int) -> None:
    assert parse_offset(text) == sequence


@pytest.mark.parametrize("text", ["abc", "", "-2", "0_", "0_-3", "_", "now", "٣"])
def test_other_offsets_are_refused(text: str) -> None:
    with pytest.raises(InvalidOffset, match="Invalid stream offset"):
        parse_offset(text)
