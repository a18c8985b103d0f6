"""Values as the wire has them: JSON in Flue's camelCase names, absent members left out.

Documents cross as they are. Numbers that are not finite, errors, and objects whose only member
begins with `$` are written as `{"$number": …}`, `{"$error": …}` and `{"$plain": …}`. A `StandIn` is
written as `{"$foreign": …}`.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from flue_conformance.contract import ABSENT, KINDS, Absent
from flue_conformance.contract.json_text import JsonValue

_PLAIN: Final = frozenset({str, int, bool, type(None)})
_NAMES: Final = frozenset({str})
_NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

Convert: TypeAlias = Callable[[Any], Any]


CYCLE: Final = "cycle"


@dataclass(frozen=True, slots=True)
class StandIn:
    """Stands for what no JSON text can tell; the other side has something of its own for it.

    `what` is the name of its type, or `CYCLE` for a container that contains itself.
    """

    what: str


@dataclass(frozen=True, slots=True)
class Codec:
    """How one type of the contract crosses.

    `write` returns what the JSON encoder takes; it raises `TypeError` for what has no wire form.
    `read` takes what was decoded; what is no value of the type is returned as it came, so that
    whoever checks results sees it. `admits` tells such from values of the type.
    """

    write: Convert
    read: Convert
    admits: Callable[[object], bool]


def plain(value: JsonValue) -> JsonValue:
    """Return a document as the JSON encoder takes it: itself, unless it holds special values.

    Raises `TypeError` for what is no JSON value; the encoder refuses what contains itself.
    """
    return value if _is_ordinary(value) else _escaped(value)


def restored(value: JsonValue) -> Any:
    """Return a decoded value with the special values in place of their wire forms."""
    if isinstance(value, list):
        return [restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, content)] = value.items()
        if name == "$plain" and isinstance(content, dict):
            return {inner: restored(item) for inner, item in content.items()}
        if name == "$number" and isinstance(content, str) and content in _NON_FINITE:
            return _NON_FINITE[content]
        if name in ("$error", "$foreign"):
            return _an_error(content) if name == "$error" else object()
    return {name: restored(item) for name, item in value.items()}


def with_stand_ins(value: Any, within: Sequence[object] = ()) -> Any:
    """Return a document with stand-ins for what it holds that is no JSON."""
    if any(value is container for container in within):
        return StandIn(CYCLE)
    if isinstance(value, dict):
        return {name: with_stand_ins(item, (*within, value)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_stand_ins(item, (*within, value)) for item in value]
    return value if isinstance(value, str | int | float | None) else StandIn(type(value).__name__)


def written_error(error: object) -> JsonValue:
    """Return the wire form of what a submission failed with: an error, or any JSON value."""
    if isinstance(error, BaseException):
        return {"$error": {"name": type(error).__name__, "message": text_of(error)}}
    return plain(error)


def text_of(error: BaseException) -> str:
    """Return an error's message; an error may fail to say it."""
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001 - anybody's error
        return f"(its message cannot be had: {type(failure).__name__})"


@cache
def codec_of(declared: Any) -> Codec:
    """Return the codec of an annotation of the contract."""
    if declared is object:
        return Codec(written_error, _as_it_is, _anything)
    origin, arguments = get_origin(declared), get_args(declared)
    if origin in (Union, types.UnionType):
        return _union([choice for choice in arguments if choice is not type(None)])
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return _sequence(codec_of(arguments[0]))
    if dataclasses.is_dataclass(declared):
        return _record(declared)
    return VALUE


def camel_case(name: str) -> str:
    """Return Flue's spelling of a name."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _as_it_is(value: Any) -> Any:
    return value


def _anything(value: object) -> bool:
    del value
    return True


VALUE: Final = Codec(plain, _as_it_is, _anything)
"""The codec of documents and of everything that is JSON by itself."""


def _union(choices: Sequence[Any]) -> Codec:
    records: list[Any] = [choice for choice in choices if dataclasses.is_dataclass(choice)]
    if not records:
        return codec_of(choices[0]) if len(choices) == 1 else VALUE
    codecs = {record: codec_of(record) for record in records}
    by_kind = {_kind(record): codec for record, codec in codecs.items()}

    def write(value: object) -> JsonValue:
        if value is None:
            return None
        for record, codec in codecs.items():
            if isinstance(value, record):
                return codec.write(value)
        raise TypeError(f"{_described(value)} is no {_names(records)}")

    def read(value: Any) -> Any:
        if len(by_kind) == 1:
            return None if value is None else codecs[records[0]].read(value)
        codec = by_kind.get(value.get("kind")) if isinstance(value, dict) else None
        return value if codec is None else codec.read(value)

    return Codec(write, read, lambda value: value is None or isinstance(value, tuple(records)))


def _sequence(item: Codec) -> Codec:
    def write(value: object) -> JsonValue:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{_described(value)} is no list")
        return [item.write(each) for each in value]

    def read(value: Any) -> Any:
        return [item.read(each) for each in value] if isinstance(value, list) else value

    return Codec(write, read, lambda value: isinstance(value, list))


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    wire_name: str
    codec: Codec
    absent: object
    """The value that is left out; `MISSING` where none is."""
    required: bool


def _record(record: Any) -> Codec:
    fields = _fields(record)

    def write(value: object) -> JsonValue:
        if not isinstance(value, record):
            raise TypeError(f"{_described(value)} is no {record.__name__}")
        members = {}
        for field in fields:
            member = getattr(value, field.name)
            if member is not field.absent:
                members[field.wire_name] = field.codec.write(member)
        return members

    def read(members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        given = {}
        for field in fields:
            if field.wire_name in members:
                given[field.name] = field.codec.read(members[field.wire_name])
            elif field.required:
                return members
        return record(**given)

    return Codec(write, read, lambda value: isinstance(value, record))


def _fields(record: Any) -> list[_Field]:
    hints = get_type_hints(record)
    return [_field(field, hints[field.name]) for field in dataclasses.fields(record)]


def _field(field: dataclasses.Field[Any], declared: Any) -> _Field:
    # Null is a value of its own in some members; what such a member holds is a document.
    has_null = Absent in get_args(declared)
    required = field.default is dataclasses.MISSING
    absent = ABSENT if has_null else dataclasses.MISSING if required else None
    codec = VALUE if has_null else codec_of(declared)
    return _Field(field.name, camel_case(field.name), codec, absent, required)


def _kind(record: Any) -> object:
    return next((f.default for f in dataclasses.fields(record) if f.name == "kind"), None)


def _is_ordinary(document: JsonValue) -> bool:  # noqa: C901 - one branch a kind of value
    """Return whether a document is JSON text as it stands; raises `TypeError` if it is no JSON."""
    if type(document) in _PLAIN:
        return True
    pending: list[Any] = [document]
    seen = set[int]()
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if not _NAMES.issuperset(map(type, item)):
                _check_names(item)
            if len(item) == 1 and next(iter(item)).startswith("$"):
                return False
            members: Any = item.values()
        elif isinstance(item, list | tuple):
            members = item
        elif isinstance(item, float):
            if not math.isfinite(item):
                return False
            continue
        elif isinstance(item, StandIn):
            return False
        elif isinstance(item, str | int) or item is None:
            continue
        else:
            raise TypeError(f"{_described(item)} is no JSON value")
        # Most containers hold nothing but plain values; that is told without a look at each.
        if not _PLAIN.issuperset(map(type, members)) and id(item) not in seen:
            seen.add(id(item))
            pending += [member for member in members if type(member) not in _PLAIN]
    return True


def _check_names(members: dict[Any, Any]) -> None:
    for name in members:
        if not isinstance(name, str):
            raise TypeError(f"{_described(name)} is no name of a JSON member")


def _escaped(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"}
    if isinstance(value, StandIn):
        return {"$foreign": value.what}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        _check_names(value)
        members = {name: _escaped(item) for name, item in value.items()}
        is_special = len(value) == 1 and next(iter(value)).startswith("$")
        return {"$plain": members} if is_special else members
    return plain(value)


def _an_error(told: JsonValue) -> Exception:
    """Return an error that says what the original said, of a class of the same name."""
    content: dict[str, Any] = told if isinstance(told, dict) else {}
    name, message = str(content.get("name", "Error")), str(content.get("message", ""))
    kind: type[Exception] = KINDS.get(name, type(name, (Exception,), {}))
    return kind(message)


def _described(value: object) -> str:
    return f"a {type(value).__name__}"


def _names(records: Sequence[Any]) -> str:
    return " or ".join(record.__name__ for record in records)
