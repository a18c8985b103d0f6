"""Long texts of a report, for places that hold little."""

from __future__ import annotations


def clipped(text: str, most: int) -> str:
    """Return a text of at most `most` characters, cut at a line's end where it is too long."""
    if len(text) <= most:
        return text
    note = "\n… (report.html has the rest)"
    return text[: most - len(note)].rpartition("\n")[0] + note
