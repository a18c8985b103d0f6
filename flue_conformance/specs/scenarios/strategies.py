"""Hypothesis strategies for what an author did not think of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from flue_conformance.contract import MAX_INTEGER

Spec = TypeVar("Spec", bound=Callable[..., Any])

_CONTROLS: Final = range(0x20)
_SURROGATES: Final = range(0xD800, 0xE000)
_ASCII: Final = (range(0x20, 0x7F), range(1, 0x80))
_BEYOND: Final = (
    range(0x80, 0x100),
    range(0x100, 0xD800),
    range(0xE000, 0x10000),
    range(0x10000, 0x110000),
)


def examples(count: int) -> Callable[[Spec], Spec]:
    """Run a spec on this many examples, all on one database: each needs ids of its own."""
    return settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Return any text that a text column must hold. ENCODING-05."""
    return _spelled(max_size, [*_ASCII, *_BEYOND])


def json_texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Return any JSON string, U+0000 and unpaired surrogates included. SESSION-16."""
    return _spelled(max_size, [_CONTROLS, _SURROGATES, *_ASCII, *_BEYOND]).map(paired)


def json_values(max_leaves: int = 20) -> st.SearchStrategy[Any]:
    """Return any JSON value."""
    return st.recursive(
        _scalars(),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(json_texts(8), inner, max_size=4)
        ),
        max_leaves=max_leaves,
    )


def json_objects(max_leaves: int = 20) -> st.SearchStrategy[dict[str, Any]]:
    """Return any JSON object."""
    return st.dictionaries(json_texts(8), json_values(max_leaves), max_size=5)


def paired(text: str) -> str:
    """Return the text with adjacent surrogates joined, as every JSON reader does."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _spelled(max_size: int, alphabets: Sequence[range]) -> st.SearchStrategy[str]:
    """Return text of characters of any of these alphabets.

    Bytes tell which: hypothesis' own characters begin with a table of all that there are, which
    takes it longer than all specs of one area.
    """

    def character(which: int, high: int, low: int) -> str:
        alphabet = alphabets[which % len(alphabets)]
        return chr(alphabet[(high << 8 | low) * 0x11 % len(alphabet)])

    def spell(drawn: bytes) -> str:
        return "".join(map(character, drawn[::3], drawn[1::3], drawn[2::3]))

    return st.binary(max_size=3 * max_size).map(spell)


def _scalars() -> st.SearchStrategy[Any]:
    # Negative zero has no JSON text of its own (ENCODING-04).
    numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
    integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
    return st.none() | st.booleans() | integers | numbers | json_texts()
