"""One line that tells how long work goes on, for a person who waits."""

from __future__ import annotations

import sys
import time
from typing import Final

_OFTEN_S: Final = 0.2
_SELDOM_S: Final = 5.0


class Progress:
    """Tells of steps on standard error: rewrites a line on a terminal, else a line now and then."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = self._told = time.monotonic()
        self._steps = 0
        self._is_terminal = sys.stderr.isatty()
        self._tell()

    def step(self) -> None:
        """Count one step."""
        self._steps += 1
        now = time.monotonic()
        if now - self._told >= (_OFTEN_S if self._is_terminal else _SELDOM_S):
            self._told = now
            self._tell()

    def end(self) -> None:
        """Tell the last state."""
        self._tell()
        if self._is_terminal:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _tell(self) -> None:
        seconds = time.monotonic() - self._begun
        line = f"{self._what}: {self._steps} requests, {seconds:.0f} s"
        sys.stderr.write(f"\r{line}\x1b[K" if self._is_terminal else f"{line}\n")
        sys.stderr.flush()
