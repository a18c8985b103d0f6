"""Lines with colour, made apart from the terminal that they are written to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pytest


@dataclass(frozen=True, slots=True)
class Text:
    """Some text in one colour."""

    text: str
    markup: tuple[str, ...] = ()
    """Names that pytest's terminal writer knows, such as `red` and `bold`."""


Line: TypeAlias = Sequence[Text]

BLANK: Line = ()


def lines(text: str, *markup: str) -> Iterable[Line]:
    """Return each line of a text in one colour."""
    return [(Text(line, markup),) for line in text.splitlines()]


def write(terminal: pytest.TerminalReporter, page: Iterable[Line]) -> None:
    """Write lines to pytest's terminal."""
    for line in page:
        for part in line:
            terminal.write(part.text, **dict.fromkeys(part.markup, True))
        terminal.write("\n")
