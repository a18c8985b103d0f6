"""`Lesson`: what a report shows of a spec that did not hold, in pytest's own places for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

FAILING = "> "
"""Begins the line of the call that broke the rule."""


class Writer(Protocol):
    """pytest's terminal writer, as far as lessons use it."""

    def line(self, s: str = "", **markup: bool) -> None:
        """Write a line."""


@dataclass(frozen=True, slots=True)
class Place:
    """What pytest shows of a failure where it has one line for it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Stands where pytest has tracebacks; plain text is all that crosses to other processes."""

    text: str
    reprcrash: Place

    @property
    def seen(self) -> str:
        """What was called, came back and was expected: what tells one failure from another."""
        return self.text.partition("\n\n")[2].partition("\n  spec ")[0]

    def with_appendix(self, text: str) -> Lesson:
        """Return the lesson with a text behind it, such as Python's traceback."""
        return replace(self, text=f"{self.text}\n\n{text}")

    def in_one_line(self) -> Lesson:
        """Return the message and the place alone."""
        return replace(self, text=self.reprcrash.message)

    def redacted(self, redact: Callable[[str], str]) -> Lesson:
        """Return the lesson without secrets."""
        return lesson(redact(self.text), self.reprcrash.path, self.reprcrash.line)

    def toterminal(self, tw: Writer) -> None:
        """Write the text, the sentence and the failing call in colour.

        A text without further paragraphs is one for `--tb=line`, which writes the place alone.
        """
        sentence, _, rest = self.text.partition("\n\n")
        if not rest:
            return
        for line in sentence.splitlines():
            tw.line(line, red=True, bold=True)
        tw.line()
        for line in rest.splitlines():
            tw.line(line, **({"red": True} if line.lstrip().startswith(FAILING) else {}))

    def __str__(self) -> str:
        return self.text


def lesson(text: str, path: str, line: int) -> Lesson:
    """Return the lesson of a text whose first paragraph is the message."""
    message, _, _ = text.partition("\n\n")
    return Lesson(text, Place(path, line, " ".join(message.split())))
