"""Lists cut to a length that a statement can name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

_BATCH: Final = 500
"""Far below the parameters that SQLite (32 766) and Postgres (65 535) take in a statement."""


def batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut `names` into consecutive pieces, each for one `IN` list."""
    for start in range(0, len(names), _BATCH):
        yield names[start : start + _BATCH]
