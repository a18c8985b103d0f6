"""Values and errors of anybody's, as text; nobody's own code can lie, raise or go on for ever."""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Final

LONGEST: Final = 20_000
"""How many characters of an error's message are kept."""

_DEEPEST: Final = 200
_TRUSTED: Final = frozenset(
    {"builtins", "datetime", "decimal", "fractions", "pathlib", "types", "uuid"}
)


def shown(value: object) -> str:
    """Return the representation of a value; foreign objects appear by their type alone."""
    try:
        return repr(_tame(value, 0))
    except RecursionError:
        return _anonymous(value)


def said(error: BaseException) -> str:
    """Return the message of an error, cut if it is endless."""
    try:
        text = str.__str__(str(error))
    except Exception as failure:  # noqa: BLE001 - an adapter's own error may do anything
        return f"(its message cannot be had: {type(failure).__name__})"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


class _Foreign:
    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _tame(value: Any, depth: int) -> object:  # noqa: PLR0911 - one return a kind of value
    """Return what represents a value, asking no code but Python's and the kit's."""
    kind = type(value)
    if depth > _DEEPEST:
        return _Foreign("…")
    # By the methods of the base: those of a subclass may be anybody's.
    if issubclass(kind, dict):
        return {_tame(k, depth + 1): _tame(v, depth + 1) for k, v in dict.items(value)}
    for base in (list, tuple, set, frozenset):
        if issubclass(kind, base):
            return base(_tame(item, depth + 1) for item in base.__iter__(value))
    if _is_ours(kind) and dataclasses.is_dataclass(value):
        return _record(value, depth)
    for scalar in (str, int, float):
        if issubclass(kind, scalar) and kind not in (scalar, bool):
            return _Foreign(scalar.__repr__(value))
    if (kind.__module__ in _TRUSTED and kind is not types.MethodType) or _is_ours(kind):
        return value
    return _Foreign(_anonymous(value))


def _record(value: Any, depth: int) -> _Foreign:
    members = (
        f"{member.name}={_tame(getattr(value, member.name, None), depth + 1)!r}"
        for member in dataclasses.fields(value)
    )
    return _Foreign(f"{type(value).__qualname__}({', '.join(members)})")


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "flue_conformance"


def _anonymous(value: object) -> str:
    kind = type(value)
    return f"<{kind.__module__}.{kind.__qualname__} object>"
