"""What a spec that takes long has done so far, for whoever waits for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

_done: Counter[str] = Counter()
_told: Callable[[Mapping[str, int]], None] | None = None


def count(what: str) -> None:
    """Note that something happened once more, such as `races`, and tell whoever listens."""
    _done[what] += 1
    if _told is not None:
        _told(_done)


def listen(told: Callable[[Mapping[str, int]], None] | None) -> None:
    """Have `told` hear all counts of a spec with each change; they begin anew now."""
    # Like the patience of races: what is counted happens in places that know no run.
    global _told  # noqa: PLW0603
    _done.clear()
    _told = told
