"""Keeps adapters from ending the process: an exit status of theirs must never pass for success."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final, NoReturn

from flue_conformance.specs.support.broken import EndedProcess
from flue_conformance.specs.support.shown import shown

real_exit: Final[Callable[[int], NoReturn]] = os._exit

_NAMES: Final = ("_exit", "execv", "execve")
_MACHINERY: Final = frozenset({"_pytest", "execnet", "pytest", "pytest_timeout", "xdist"})
"""Who may end the process of a run."""


class Exits:
    """Raises `EndedProcess` in whoever calls `os._exit` or replaces the process."""

    def __init__(self) -> None:
        self._real: dict[str, Any] = {}
        self._process = 0
        self._refused: list[EndedProcess] = []

    def refuse(self) -> None:
        """Refuse from now on; children that were forked may end as they like."""
        if self._real:
            return
        self._process = os.getpid()
        self._real = {name: getattr(os, name) for name in _NAMES if hasattr(os, name)}
        for name, real in self._real.items():
            setattr(os, name, self._refusing(name, real))

    def allow(self) -> None:
        """Put everything back."""
        while self._real:
            name, real = self._real.popitem()
            setattr(os, name, real)

    def take_refused(self) -> EndedProcess | None:
        """Return what was refused since the last time, if anything was."""
        refused, self._refused = self._refused, []
        return refused[0] if refused else None

    def _refusing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*arguments: Any) -> Any:
            caller = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001 - who asks is all
            if os.getpid() != self._process or caller.partition(".")[0] in _MACHINERY:
                return real(*arguments)
            refused = EndedProcess(f"os.{name}({', '.join(map(shown, arguments))})")
            self._refused.append(refused)
            raise refused

        return refuse
