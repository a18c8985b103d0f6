"""Strict equality of records and documents, told by the first place where they differ."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable
from typing import Any, Final

from flue_conformance.contract import json_equal

_CONTEXT: Final = 20
"""How many characters before a difference are shown."""


def first_difference(actual: object, expected: object, path: str = "") -> str | None:
    """Return where and how two values differ, or None when they are the same.

    Records are compared member by member, documents as JSON values (True is not 1, 1 is 1.0, the
    order of members does not count), lists and tuples alike.
    """
    if dataclasses.is_dataclass(expected) and not isinstance(expected, type):
        return _record_difference(actual, expected, path)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _object_difference(actual, expected, path)
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return _array_difference(actual, expected, path)
    if json_equal(actual, expected):
        return None
    if isinstance(actual, str) and isinstance(expected, str):
        return _text_difference(actual, expected, path)
    return f"{path or 'the value'} is {_brief(actual)}, not {_brief(expected)}"


def _record_difference(actual: object, expected: Any, path: str) -> str | None:
    if not isinstance(actual, type(expected)):
        return f"{path or 'the value'} is {_brief(actual)}, no {type(expected).__name__}"
    for member in dataclasses.fields(expected):
        name = f"{path}.{member.name}"
        found = first_difference(getattr(actual, member.name), getattr(expected, member.name), name)
        if found:
            return found
    return None


def _object_difference(
    actual: dict[str, object], expected: dict[str, object], path: str
) -> str | None:
    for name in expected:
        if name not in actual:
            return f"{path}[{name!r}] is missing"
    for name, value in actual.items():
        if name not in expected:
            return f"{path}[{name!r}] should not be there, it is {_brief(value)}"
    # Deep documents would outgrow Python's stack: one comparison settles the usual case.
    if json_equal(actual, expected):
        return None
    for name, value in expected.items():
        found = first_difference(actual[name], value, f"{path}[{name!r}]")
        if found:
            return found
    return None


def _array_difference(
    actual: list[object] | tuple[object, ...],
    expected: list[object] | tuple[object, ...],
    path: str,
) -> str | None:
    for position, (left, right) in enumerate(zip(actual, expected, strict=False)):
        found = first_difference(left, right, f"{path}[{position}]")
        if found:
            return found
    if len(actual) != len(expected):
        return f"{path or 'the list'} has {len(actual)} items, not {len(expected)}"
    return None


def _text_difference(actual: str, expected: str, path: str) -> str:
    pairs = enumerate(zip(actual, expected, strict=False))
    at = next((at for at, (left, right) in pairs if left != right), min(len(actual), len(expected)))
    start = max(0, at - _CONTEXT)
    ours, theirs = actual[start:], expected[start:]
    # Letters that look the same, such as composed and decomposed ones, are told by their codes.
    alike = unicodedata.normalize("NFKC", ours) == unicodedata.normalize("NFKC", theirs)
    show = ascii if alike else repr
    where = f" from character {start} on" if start else ""
    return f"{path or 'the text'} is{where} {_brief(ours, show)}, not {_brief(theirs, show)}"


def _brief(value: object, show: Callable[[object], str] = repr, limit: int = 200) -> str:
    text = show(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
