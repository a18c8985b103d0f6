"""JSON text equal to what JavaScript's `JSON.stringify` writes, and equality of JSON values.

Text has to be equal between languages because conflicts and session keys are decided on it
(ADMISSION-07, ENCODING-03, ENCODING-04).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple, TypeAlias

JsonValue: TypeAlias = Any
"""None, bool, int, float, str, or a list or str-keyed dict of such values."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ARRAY_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")
MAX_JSON_DEPTH: Final = 500
"""How deep documents may be nested: what is written can be read again by the standard library."""

_MAX_ARRAY_INDEX: Final = 2**32 - 2
_MAX_PLAIN: Final = 10**21
_PLAIN_EXPONENTS: Final = range(-6, 21)


def json_text(value: JsonValue) -> str:
    """Write a JSON value as `JSON.stringify` does. ENCODING-03, ENCODING-04.

    Compact, members in insertion order but array-index names first and ascending, non-ASCII as it
    is, unpaired surrogates escaped, numbers with JavaScript's shortest digits.

    Raises `ValueError` for numbers that are not finite, for values that contain themselves and for
    those nested deeper than `MAX_JSON_DEPTH`, and `TypeError` for anything that is no JSON value.
    """
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


def _write(value: JsonValue, pieces: list[str], open_ids: set[int]) -> None:
    # An explicit stack: how deep the caller's own stack is must not matter.
    open_containers = [_Open("", iter((("", value),)), 0)]
    while open_containers:
        current = open_containers[-1]
        for prefix, item in current.items:
            pieces.append(prefix)
            if isinstance(item, dict):
                _enter(item, open_ids)
                pieces.append("{")
                open_containers.append(_Open("}", _members(item), id(item)))
                break
            if isinstance(item, list | tuple):
                _enter(item, open_ids)
                pieces.append("[")
                open_containers.append(_Open("]", _elements(item), id(item)))
                break
            pieces.append(_scalar(item))
        else:
            pieces.append(current.end)
            open_ids.discard(current.container)
            open_containers.pop()


class _Open(NamedTuple):
    """A container that is being written."""

    end: str
    items: Iterator[tuple[str, JsonValue]]
    """What is left of it, each item behind the text that precedes it."""
    container: int


def _enter(container: object, open_ids: set[int]) -> None:
    if id(container) in open_ids:
        raise ValueError("A value that contains itself has no JSON text.")
    if len(open_ids) == MAX_JSON_DEPTH:
        raise ValueError(f"JSON nested deeper than {MAX_JSON_DEPTH} levels cannot be read again.")
    open_ids.add(id(container))


def _elements(elements: Sequence[JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    separator = ""
    for element in elements:
        yield separator, element
        separator = ","


def _members(members: dict[Any, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    separator = ""
    for name in _in_order(members):
        yield f"{separator}{_string(name)}:", members[name]
        separator = ","


def _in_order(names: Iterable[Any]) -> Iterable[str]:
    indices = []
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"The name of a JSON member is text, not {type(name).__name__}.")
        if name[:1].isdigit() and _is_array_index(name):
            indices.append(name)
    if not indices:
        return names
    return [*sorted(indices, key=int), *(name for name in names if not _is_array_index(name))]


def _is_array_index(name: str) -> bool:
    return _ARRAY_INDEX.fullmatch(name) is not None and int(name) <= _MAX_ARRAY_INDEX


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    raise TypeError(f"{type(value).__name__} is no JSON value.")


def _string(value: str) -> str:
    text = encode_basestring(value)
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _integer(value: int) -> str:
    # JavaScript has one kind of number: beyond its exact integers it writes the nearest double.
    return str(value) if abs(value) < 2**53 else _number(_as_double(value))


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
