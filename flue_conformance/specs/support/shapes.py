"""Whether what a store returned is what its protocol declares."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Sequence
from functools import cache
from typing import (
    Any,
    Literal,
    TypeAlias,
    Union,
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


@cache
def returns(surface: str, method: str) -> tuple[Check, str]:
    """Return a check of what the method may return, and its declaration for a person."""
    declared = get_type_hints(getattr(PROTOCOLS[surface], method))["return"]
    return _check(declared), _name(declared)


@cache
def _check(declared: Any) -> Check:  # noqa: C901, PLR0911 - one return a kind of declaration
    origin = get_origin(declared)
    if declared is Any:
        return lambda _: True
    if declared is None or declared is type(None):
        return lambda value: value is None
    if origin is Literal:
        allowed = get_args(declared)
        return lambda value: any(value is item or value == item for item in allowed)
    if origin in (Union, types.UnionType):
        choices = [_check(choice) for choice in get_args(declared)]
        return lambda value: any(choice(value) for choice in choices)
    if origin is not None and issubclass(origin, Sequence):
        item = _check(get_args(declared)[0])
        return lambda value: isinstance(value, list | tuple) and all(map(item, value))
    if is_typeddict(declared):
        return lambda value: isinstance(value, dict)
    if dataclasses.is_dataclass(declared):
        return _record_check(declared)
    if declared in PROTOCOLS.values():
        methods = [name for name in vars(declared) if not name.startswith("_")]
        return lambda value: all(callable(getattr(value, name, None)) for name in methods)
    if declared is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if declared is float:
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    return lambda value: isinstance(value, declared)


def _record_check(record: Any) -> Check:
    members = [(name, _check(hint)) for name, hint in get_type_hints(record).items()]

    def check(value: object) -> bool:
        return isinstance(value, record) and all(
            member(getattr(value, name, None)) for name, member in members
        )

    return check


def _name(declared: Any) -> str:
    if get_origin(declared) in (Union, types.UnionType):
        return " or ".join(_name(choice) for choice in get_args(declared))
    if declared in (None, type(None)):
        return "None"
    arguments = get_args(declared)
    if arguments:
        return f"{get_origin(declared).__name__} of {_name(arguments[0])}"
    return getattr(declared, "__name__", str(declared))
