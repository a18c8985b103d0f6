"""Workers whose wall clock is wrong.

Where libfaketime is installed, all of the worker sees another time, in whatever language it is.
Elsewhere Python's own clocks are changed before the adapter is imported; code in C that asks the
system, SQLite's `strftime` for one, is out of reach then.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_VARIABLE: Final = "FLUE_CLOCK_AHEAD_MS"
_PLACES: Final = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
_NAMES: Final = ("*/faketime/libfaketime.so.1", "faketime/libfaketime.so.1")


@dataclass(frozen=True, slots=True)
class Clock:
    """A wall clock that is `ahead_ms` milliseconds ahead, and how a process gets it."""

    ahead_ms: int
    environment: Mapping[str, str]
    reaches_all: bool
    """Whether code that is not Python's sees it too."""


def clock_ahead(ahead_ms: int) -> Clock:
    """Return the best such clock that this machine offers."""
    library = faketime()
    if library is None:
        return Clock(ahead_ms, {_VARIABLE: str(ahead_ms)}, reaches_all=False)
    preloaded = " ".join(filter(None, (library, os.environ.get("LD_PRELOAD"))))
    faked = {
        "LD_PRELOAD": preloaded,
        "FAKETIME": f"{ahead_ms / 1000:+}",
        # Loops and time limits go on as they are.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    return Clock(ahead_ms, faked, reaches_all=True)


def set_clock() -> None:
    """Change this process's clocks as its environment says, before anything asks them."""
    ahead_ms = int(os.environ.get(_VARIABLE, "0"))
    if ahead_ms:
        _change_functions(ahead_ms)
        _change_dates()


def faketime() -> str | None:
    """Return the library that gives processes in any language another clock, if it is here."""
    if sys.platform != "linux":
        return None
    found = (path for place in _PLACES for name in _NAMES for path in Path(place).glob(name))
    return next(map(str, found), None)


def _change_functions(ahead_ms: int) -> None:
    real_ns, gmtime, localtime = time.time_ns, time.gmtime, time.localtime
    clock: Any = time

    def time_ns() -> int:
        return real_ns() + ahead_ms * 1_000_000

    def seconds() -> float:
        return time_ns() / 1e9

    def of_now(function: Callable[[float], Any]) -> Callable[..., Any]:
        return lambda given=None: function(seconds() if given is None else given)

    clock.time_ns, clock.time = time_ns, seconds
    clock.gmtime, clock.localtime = of_now(gmtime), of_now(localtime)


def _change_dates() -> None:
    """Have `datetime` ask `time`; what is imported from it later is changed too."""
    real: Any = dt.datetime

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

    class Changed(dt.datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return real.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls) -> Any:
            return real.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls) -> Any:
            return real.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)

    module: Any = dt
    Changed.__name__, Changed.__qualname__ = "datetime", "datetime"
    module.datetime = Changed
