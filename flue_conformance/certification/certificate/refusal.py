"""`Refused`: why a certificate is not to be believed."""

from __future__ import annotations

from collections.abc import Collection

_LISTED = 5


class Refused(Exception):  # noqa: N818 - named for what a person reads
    """A certificate is refused; the message is a sentence without its end."""


def listed(ids: Collection[str]) -> str:
    """Return some ids, and how many more there are."""
    names = sorted(ids)
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
