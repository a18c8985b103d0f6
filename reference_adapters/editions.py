"""The editions of the contract that the reference adapters speak."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Edition: TypeAlias = Literal["0.10", "0.11"]

EDITIONS: Final[frozenset[Edition]] = frozenset(get_args(Edition))
NEWEST_EDITION: Final[Edition] = "0.11"


def known_edition(name: str) -> Edition:
    """Return `name` as an edition; raises `ValueError`, which lists the known ones."""
    for edition in EDITIONS:
        if name == edition:
            return edition
    raise ValueError(f"Unknown edition {name!r}; known: {', '.join(sorted(EDITIONS))}.")
