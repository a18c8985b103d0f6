"""`Choices`: a few bytes that decide, one after the other, among options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from flue_conformance.specs.generated.pools import (
    ALL_AT_ONCE,
    DOCUMENTS,
    IMAGES,
    LONG_DOCUMENTS,
    LONG_IMAGES,
    LONG_TEXTS,
    TEXTS,
)

T = TypeVar("T")

_BYTES: Final = 32
_RARELY: Final = 60
_LONGEST: Final = 20
"""How many moves a sequence has; a shorter one rests in the end."""


class Choices:
    """Decides by bytes; zero, and whatever is beyond them, takes the first and plainest option.

    Hypothesis makes bytes quickly, and shrinks them to zeros.
    """

    __slots__ = ("_at", "_bytes")

    def __init__(self, given: bytes) -> None:
        self._bytes = given
        self._at = 0

    def among(self, options: Sequence[T]) -> T:
        """Return one of at most 256 options."""
        at, self._at = self._at, self._at + 1
        return options[self._bytes[at] % len(options) if at < len(self._bytes) else 0]

    def rarely(self, one_in: int = 8) -> bool:
        """Return true once in so many times."""
        return self.among(range(one_in)) == one_in - 1

    def mostly(self, usual: Sequence[T], unusual: Sequence[T], one_in: int = 4) -> T:
        """Return one of the usual options, or once in so many times of the unusual ones."""
        return self.among(unusual if unusual and self.rarely(one_in) else usual)

    def document(self) -> Any:
        """Return a JSON value, rarely a long one."""
        document = self.mostly(DOCUMENTS, LONG_DOCUMENTS, _RARELY)
        return ALL_AT_ONCE if self.rarely(8) else document

    def text(self) -> str:
        """Return a text of a column, rarely a long one."""
        return self.mostly(TEXTS, LONG_TEXTS, _RARELY)

    def image(self) -> str:
        """Return data of an image, rarely more than one piece."""
        return self.mostly(IMAGES, LONG_IMAGES, _RARELY)


def sequences() -> st.SearchStrategy[list[bytes]]:
    """Return lists of what decides a move each."""
    # Of most lists hypothesis would make five more, in which one decision replaces another, so
    # that most sequences are nearly those before them. It leaves lists of different things alone.
    return st.lists(
        st.binary(min_size=_BYTES, max_size=_BYTES),
        min_size=_LONGEST,
        max_size=_LONGEST,
        unique_by=lambda _: object(),
    )
