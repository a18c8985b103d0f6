"""The files that this process has open, each once, whoever uses it.

LMDB's locks belong to the process: opened a second time and closed again, a file would lose them.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from flue_adapter_lmdb.environment import MAP_SIZE, Environment


@dataclass(slots=True)
class _Lent:
    environment: Environment
    users: int = 0


_guard = threading.Lock()
_lent: dict[Path, _Lent] = {}


def borrow(path: Path, map_size: int = MAP_SIZE) -> Environment:
    """Return the environment of a file, opening it for the first who asks.

    Raises `lmdb.Error` or `OSError` where that cannot be done.
    """
    where = path.resolve()
    with _guard:
        if where not in _lent:
            _lent[where] = _Lent(Environment(where, map_size))
        _lent[where].users += 1
        return _lent[where].environment


def give_back(path: Path) -> None:
    """Close the environment of a file with the last who used it; waits for its writes."""
    where = path.resolve()
    with _guard:
        _lent[where].users -= 1
        if _lent[where].users == 0:
            _lent.pop(where).environment.close()


def _forget_all() -> None:
    """Begin anew in a forked process: what its parent has open is its parent's."""
    global _guard  # noqa: PLW0603 - the lock may be held by a thread that is not here
    _guard = threading.Lock()
    _lent.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
