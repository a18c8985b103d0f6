"""Text for terminals."""

from __future__ import annotations

import textwrap

_WIDTH = 88


def paragraph(text: str, indent: str = "    ") -> str:
    """Return text wrapped and indented; names and commands stay whole."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
