"""JSON text equal to what JavaScript's `JSON.stringify` writes, and equality of JSON values.

Text has to be equal between languages because conflicts and session keys are decided on it
(ADMISSION-07, ENCODING-03, ENCODING-04).
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any, Final, TypeAlias

JsonValue: TypeAlias = Any
"""None, bool, int, float, str, or a list or str-keyed dict of such values."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ARRAY_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_quote: Final = json.JSONEncoder(ensure_ascii=False).encode
_write_plain: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PLAIN_DEPTH: Final = 20
MAX_JSON_DEPTH: Final = 500
"""How deep documents may be nested: what is written can be read again by the standard library."""

_MAX_ARRAY_INDEX: Final = 2**32 - 2
_FIRST_INEXACT: Final = 2**53
_MAX_PLAIN: Final = 10**21
_PLAIN_EXPONENTS: Final = range(-6, 21)


def json_text(value: JsonValue) -> str:
    """Write a JSON value as `JSON.stringify` does. ENCODING-03, ENCODING-04.

    Compact, members in insertion order but array-index names first and ascending, non-ASCII as it
    is, unpaired surrogates escaped, numbers with JavaScript's shortest digits.

    Raises `ValueError` for numbers that are not finite, for values that contain themselves and for
    those nested deeper than `MAX_JSON_DEPTH`, and `TypeError` for anything that is no JSON value.
    """
    if _is_plain(value):
        return _escape_surrogates(_write_plain(value))
    pieces: list[str] = []
    _write(value, pieces, set())
    return "".join(pieces)


def json_value(text: str) -> JsonValue:
    """Read JSON text; raises `ValueError` when it is none (NaN and Infinity are none either)."""
    return _read(text)


def json_equal(left: JsonValue, right: JsonValue) -> bool:
    """Tell whether two JSON values are equal, whatever the order of members.

    True and 1 differ; 1 and 1.0 are the same number, as are all integers beyond 2**53 that share
    their nearest double (ENCODING-04). Lists and tuples are both arrays.
    """
    pending = [(left, right)]
    while pending:
        a, b = pending.pop()
        if isinstance(a, dict):
            if not isinstance(b, dict) or a.keys() != b.keys():
                return False
            pending.extend((a[name], b[name]) for name in a)
        elif isinstance(a, list | tuple):
            if not isinstance(b, list | tuple) or len(a) != len(b):
                return False
            pending.extend(zip(a, b, strict=True))
        elif not _scalar_equal(a, b):
            return False
    return True


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is no JSON value")


_read: Final = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _scalar_equal(a: object, b: object) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b or _double(a) == _double(b)
    return a == b


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


def _is_plain(value: JsonValue) -> bool:
    """Tell whether the standard library writes the same text; it is several times as fast.

    It does unless numbers, array-index names or types are unusual. A container within itself is
    one met twice, so this ends.
    """
    met: set[int] = set()
    level = [value]
    for _ in range(_PLAIN_DEPTH):
        inner: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict or kind is list:
                if id(item) in met or (kind is dict and not _has_plain_names(item)):
                    return False
                met.add(id(item))
                inner.extend(item.values() if kind is dict else item)
            elif kind is int:
                if abs(item) >= _FIRST_INEXACT:
                    return False
            elif kind is not str and kind is not bool and item is not None:
                return False
        if not inner:
            return True
        level = inner
    return False


def _has_plain_names(members: dict[Any, JsonValue]) -> bool:
    return all(type(name) is str and not name[:1].isdigit() for name in members)


def _write(value: JsonValue, pieces: list[str], open_ids: set[int]) -> None:
    # An explicit stack: how deep the caller's own stack is must not matter.
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, _Raw):
            pieces.append(item)
        elif isinstance(item, _Close):
            open_ids.discard(item.container)
            pieces.append(item.text)
        elif isinstance(item, dict):
            _enter(item, open_ids)
            pieces.append("{")
            stack.append(_Close("}", id(item)))
            stack.extend(_reversed_members(item))
        elif isinstance(item, list | tuple):
            _enter(item, open_ids)
            pieces.append("[")
            stack.append(_Close("]", id(item)))
            for position in range(len(item) - 1, -1, -1):
                stack.append(item[position])
                if position:
                    stack.append(_Raw(","))
        else:
            pieces.append(_scalar(item))


class _Raw(str):
    __slots__ = ()


class _Close:
    __slots__ = ("container", "text")

    def __init__(self, text: str, container: int) -> None:
        self.text = text
        self.container = container


def _enter(container: object, open_ids: set[int]) -> None:
    if id(container) in open_ids:
        raise ValueError("A value that contains itself has no JSON text.")
    if len(open_ids) == MAX_JSON_DEPTH:
        raise ValueError(f"JSON nested deeper than {MAX_JSON_DEPTH} levels cannot be read again.")
    open_ids.add(id(container))


def _reversed_members(members: dict[Any, JsonValue]) -> list[Any]:
    for name in members:
        if not isinstance(name, str):
            raise TypeError(f"The name of a JSON member is text, not {type(name).__name__}.")
    indices = sorted((name for name in members if _is_array_index(name)), key=int)
    names = [*indices, *(name for name in members if not _is_array_index(name))]
    reversed_items: list[Any] = []
    for position in range(len(names) - 1, -1, -1):
        reversed_items.append(members[names[position]])
        separator = "," if position else ""
        reversed_items.append(_Raw(f"{separator}{_string(names[position])}:"))
    return reversed_items


def _is_array_index(name: str) -> bool:
    return _ARRAY_INDEX.fullmatch(name) is not None and int(name) <= _MAX_ARRAY_INDEX


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    raise TypeError(f"{type(value).__name__} is no JSON value.")


def _string(value: str) -> str:
    return _escape_surrogates(_quote(value))


def _escape_surrogates(text: str) -> str:
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _integer(value: int) -> str:
    # JavaScript has one kind of number: beyond its exact integers it writes the nearest double.
    return str(value) if abs(value) < _FIRST_INEXACT else _number(_as_double(value))


def _as_double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{value} is beyond the range of a JSON number.") from None


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no JSON value.")
    if value == 0:
        return "0"
    if value.is_integer() and abs(value) < _MAX_PLAIN:
        return _plain_integer(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    magnitude = len(text) + exponent - 1
    return ("-" if sign else "") + _layout(text, magnitude)


def _plain_integer(value: float) -> str:
    # The shortest digits that round-trip, zeros after them: 2**60 is 1152921504606847000.
    return format(Decimal(repr(value)).to_integral_value(), "f")


def _layout(digits: str, magnitude: int) -> str:
    if magnitude in _PLAIN_EXPONENTS:
        if magnitude < 0:
            return "0." + "0" * (-magnitude - 1) + digits
        if len(digits) > magnitude + 1:
            return f"{digits[: magnitude + 1]}.{digits[magnitude + 1 :]}"
        return digits + "0" * (magnitude + 1 - len(digits))
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if magnitude > 0 else '-'}{abs(magnitude)}"
