"""Whether what a store returned is what its protocol declares, and plain all the way down."""

from __future__ import annotations

import dataclasses
import math
import types
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import (
    Any,
    Final,
    Literal,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from flue_conformance.contract import stores as protocols

Check: TypeAlias = Callable[[object], bool]

PROTOCOLS: dict[str, type] = {
    "sessions": protocols.SessionStore,
    "submissions": protocols.AgentSubmissionStore,
    "runs": protocols.RunStore,
    "run_events": protocols.RunEventStore,
    "registry": protocols.RunRegistry,
    "streams": protocols.EventStreamStore,
    "adapter": protocols.PersistenceAdapter,
}
"""The protocol of each surface, by the name that specs use."""

_PLAIN: Final = frozenset({str, int, bool, type(None)})
_NAMES: Final = frozenset({str})
_WITHOUT_LIES: Final = frozenset({bool, OrderedDict, defaultdict})
_DEEPEST: Final = 50
_READING: Final = (
    "__contains__",
    "__eq__",
    "__getattribute__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__ne__",
    "get",
    "items",
    "keys",
    "values",
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a method may return."""

    name: str
    """For a person, such as `RunRecord or None`."""
    check: Check
    holds_documents: bool

    def admits(self, value: object) -> bool:
        """Return whether a value is what is declared; one that cannot even be looked at is not."""
        try:
            return self.check(value)
        except Exception:  # noqa: BLE001 - an adapter's own object may do anything
            return False

    def foreign_part(self, value: object) -> str | None:
        """Return what in a value is no plain JSON, where it is a matter of that."""
        return _foreign_part(value, "", 0) if self.holds_documents else None


@cache
def returns(surface: str, method: str) -> Declaration:
    """Return what the method may return."""
    declared = get_type_hints(getattr(PROTOCOLS[surface], method))["return"]
    return Declaration(_name(declared), _check(declared), surface != "adapter")


def is_document(value: object) -> bool:
    """Return whether a value is plain JSON, made of types whose reading tells no lies."""
    pending: list[Any] = [value]
    seen = set[int]()
    while pending:
        item = pending.pop()
        kind = type(item)
        if kind is dict or _reads_as(item, dict):
            if not _NAMES.issuperset(map(type, item)) and not all(map(_is_text, item)):
                return False
            members = dict.values(item)
        elif kind is list or _is_array(item):
            members = item
        elif (kind is float and math.isfinite(item)) or _is_scalar(item):
            continue
        else:
            return False
        # Most containers hold nothing but plain values; that is told without a look at each.
        if not _PLAIN.issuperset(map(type, members)) and id(item) not in seen:
            seen.add(id(item))
            pending += [member for member in members if type(member) not in _PLAIN]
    return True


@cache
def _check(declared: Any) -> Check:  # noqa: C901, PLR0911 - one return a kind of declaration
    origin = get_origin(declared)
    if declared is Any or is_typeddict(declared):
        wanted = dict if is_typeddict(declared) else object
        return lambda value: issubclass(type(value), wanted) and is_document(value)
    if declared is None or declared is type(None):
        return lambda value: value is None
    if origin is Literal:
        allowed = get_args(declared)
        texts = {item for item in allowed if isinstance(item, str)}
        return lambda value: (
            any(value is item for item in allowed) or (_is_text(value) and value in texts)
        )
    if origin in (Union, types.UnionType):
        exact = _exact_types(declared)
        choices = [_check(choice) for choice in get_args(declared)]
        return lambda value: type(value) in exact or any(choice(value) for choice in choices)
    if origin is Callable:
        return callable
    if origin is not None and issubclass(origin, Sequence):
        item = _check(get_args(declared)[0])
        return lambda value: _is_array(value) and all(map(item, cast("Iterable[object]", value)))
    if dataclasses.is_dataclass(declared):
        return _record_check(declared)
    if declared in PROTOCOLS.values():
        methods = [name for name in vars(declared) if not name.startswith("_")]
        return lambda value: all(callable(getattr(value, name, None)) for name in methods)
    if declared is int:
        return lambda value: _reads_as(value, int) and not isinstance(value, bool)
    if declared is float:
        return lambda value: _is_number(value) and not isinstance(value, bool)
    return lambda value: _reads_as(value, declared)


def _record_check(record: Any) -> Check:
    members = [
        (name, _exact_types(hint), _check(hint)) for name, hint in get_type_hints(record).items()
    ]

    def check(value: object) -> bool:
        kind: Any = type(value)
        if kind is not record and not _is_honest_record(kind, record):
            return False
        for name, exact, admits in members:
            member = getattr(value, name, None)
            if type(member) not in exact and not admits(member):
                return False
        return True

    return check


@cache
def _exact_types(declared: Any) -> frozenset[type]:
    """Return types whose own instances a declaration admits, whatever their value."""
    if get_origin(declared) in (Union, types.UnionType):
        return frozenset().union(*map(_exact_types, get_args(declared)))
    return frozenset({declared} & {str, int, bool, type(None)})


@cache
def _is_honest_record(kind: Any, record: Any) -> bool:
    """Return whether a subclass, which may have more members, reads those of the record alike."""
    return (
        issubclass(kind, record)
        and kind.__getattribute__ is record.__getattribute__
        and all(
            getattr(kind, member.name, None) is getattr(record, member.name, None)
            for member in dataclasses.fields(record)
        )
    )


def _reads_as(value: Any, base: type) -> bool:
    """Return whether reading a value tells what reading an instance of `base` would."""
    kind: Any = type(value)
    return kind is base or _is_honest(kind, base)


@cache
def _is_honest(kind: Any, base: type) -> bool:
    return issubclass(kind, base) and (
        kind in _WITHOUT_LIES
        or all(getattr(kind, name, None) is getattr(base, name, None) for name in _READING)
    )


def _is_text(value: object) -> bool:
    return _reads_as(value, str)


def _is_array(value: object) -> bool:
    return _reads_as(value, list) or _reads_as(value, tuple)


def _is_number(value: Any) -> bool:
    return (_reads_as(value, float) and math.isfinite(value)) or _reads_as(value, int)


def _is_scalar(value: object) -> bool:
    return value is None or _is_text(value) or _is_number(value)


def _foreign_part(value: Any, path: str, depth: int) -> str | None:
    """Return the first member of a document that is no JSON, with its path."""
    if depth > _DEEPEST or is_document(value):
        return None
    parts: list[tuple[str, Any]] = []
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [member.name for member in dataclasses.fields(value)]
        parts = [(f"{path}.{name}", getattr(value, name, None)) for name in names]
    elif _reads_as(value, dict):
        parts = [(f"{path}[{name!r}]", item) for name, item in value.items() if type(name) is str]
    elif _is_array(value):
        parts = [(f"{path}[{at}]", item) for at, item in enumerate(value)]
    elif path:
        return (
            f"{path} is {value!r}"
            if type(value) is float
            else f"{path} is a {type(value).__name__}"
        )
    told = (_foreign_part(item, where, depth + 1) for where, item in parts)
    return next(filter(None, told), None)


def _name(declared: Any) -> str:
    if get_origin(declared) in (Union, types.UnionType):
        return " or ".join(_name(choice) for choice in get_args(declared))
    if declared in (None, type(None)):
        return "None"
    if declared is Any:
        return "plain JSON"
    arguments = get_args(declared)
    if arguments and isinstance(arguments[0], list):
        return "a callable"
    if arguments:
        return f"{get_origin(declared).__name__} of {_name(arguments[0])}"
    return getattr(declared, "__name__", str(declared))
