from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.contract import MAX_JSON_DEPTH, json_equal, json_text, json_value


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (1.25e-7, "1.25e-7"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (5e-324, "5e-324"),
        (123456789.125, "123456789.125"),
        (2**53 - 1, "9007199254740991"),
        (2**60, "1152921504606847000"),
        (2**53 + 1, "9007199254740992"),
        (10**21, "1e+21"),
    ],
)
def test_numbers_are_written_as_javascript_prints_them(number: float, text: str) -> None:
    assert json_text(number) == text


@pytest.mark.parametrize(
    ("string", "text"),
    [
        ("é日😀", '"é日😀"'),
        ('"\\/', '"\\"\\\\/"'),
        ("\b\f\n\r\t", '"\\b\\f\\n\\r\\t"'),
        ("\x00\x1f\x7f", '"\\u0000\\u001f\x7f"'),
        ("\u2028", '"\u2028"'),
        ("a\ud83dz\udc00", '"a\\ud83dz\\udc00"'),
    ],
)
def test_strings_escape_only_what_javascript_escapes(string: str, text: str) -> None:
    assert json_text(string) == text


def test_members_keep_their_order_but_array_indices_come_first() -> None:
    value = {"b": 1, "10": 2, "a": 3, "2": 4, "01": 5, "4294967295": 6, "-1": 7}

    assert json_text(value) == '{"2":4,"10":2,"b":1,"a":3,"01":5,"4294967295":6,"-1":7}'


def test_text_is_compact_at_every_depth() -> None:
    assert json_text([{}, [], {"a": [None, True, False]}]) == '[{},[],{"a":[null,true,false]}]'


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_what_can_be_written_can_be_read() -> None:
    deepest = nested(MAX_JSON_DEPTH)

    assert json_equal(json_value(json_text(deepest)), deepest)


def test_deeper_documents_are_refused() -> None:
    with pytest.raises(ValueError, match="nested deeper than 500 levels"):
        json_text({"too deep": nested(MAX_JSON_DEPTH)})


def test_the_same_object_may_appear_twice() -> None:
    shared = {"a": 1}

    assert json_text([shared, shared]) == '[{"a":1},{"a":1}]'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1, math.nan], 10**400])
def test_numbers_that_json_lacks_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text(value)


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), {"a": b""}, {1: "a"}])
def test_values_that_json_lacks_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="JSON"):
        json_text(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[object] = []
    value.append({"again": value})

    with pytest.raises(ValueError, match="contains itself"):
        json_text(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)  # fmt: skip
def test_what_is_written_reads_back_equal(value: object) -> None:
    assert json_equal(json_value(json_text(value)), value)
    assert json_equal(json.loads(json_text(value)), value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("a1\ud83d") | st.text(), inner),
    )
)  # fmt: skip
def test_unusual_numbers_nearby_change_nothing(value: object) -> None:
    assert json_text([value, 0.5]) == f"[{json_text(value)},0.5]"


@pytest.mark.parametrize("text", ["", "NaN", "[Infinity]", "{", "undefined"])
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the standard library's
        json_value(text)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (68751383851159380, 6.875138385115938e16, True),
        (2**53 - 1, 2**53, False),
        (False, 0, False),
        (None, False, False),
        ("1", 1, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": None}, {}, False),
        ([1, 2], (1, 2), True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": [True]}, {"a": [1]}, False),
        ([], {}, False),
    ],
)
def test_equality_is_that_of_json_values(left: object, right: object, *, equal: bool) -> None:
    assert json_equal(left, right) is equal
    assert json_equal(right, left) is equal
