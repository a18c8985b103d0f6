"""Words for people: lists, near misses, counts and paragraphs."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 80


def joined(names: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def near(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?`, or nothing when no known name is near."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def counted(number: int, thing: str) -> str:
    """Return `1 rule` or `2 rules`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def paragraph(text: str, indent: str = "", *, hanging: str | None = None) -> str:
    """Return text wrapped for a terminal of 80 columns; command lines and ids stay whole."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
