"""Values of every annotation of the contract."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from hypothesis import strategies as st

from flue_conformance.contract import MAX_INTEGER

TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(["\ud83d", "a\0b", "$", "\u2028"])
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | INTEGERS
NAMES = TEXTS | st.sampled_from(["$number", "$error", "$plain", "$", "1"])
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, DOCUMENTS, max_size=4)


def values_of(declared: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return a kind
    """Return values of an annotation; callbacks are numbers, as on the wire."""
    origin, arguments = get_origin(declared), get_args(declared)
    if declared in (Any, object):
        return DOCUMENTS
    if declared in (None, type(None)):
        return st.none()
    if is_typeddict(declared):
        return OBJECTS
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values_of, arguments))
    if origin is Callable:
        return st.just(nobody)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return st.lists(values_of(arguments[0]), max_size=3)
    if dataclasses.is_dataclass(declared) and isinstance(declared, type):
        hints = get_type_hints(declared)
        names = [field.name for field in dataclasses.fields(declared)]
        return st.builds(declared, **{name: values_of(hints[name]) for name in names})
    return {str: TEXTS, int: INTEGERS, float: NUMBERS, bool: st.booleans()}[declared]


async def nobody() -> None:
    """Delete nothing."""
