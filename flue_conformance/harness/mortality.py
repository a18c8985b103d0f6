"""Processes that end with the one that made them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int) -> None:
    """Have the kernel kill this process when `parent`, which made it, ends; where it can.

    On Linux that is when the *thread* ends that made it, so `parent` has one only.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before.
    if os.getppid() != parent:
        os._exit(1)


def die_at_the_end_of(descriptor: int) -> None:
    """Kill this process and its group, from a thread, when a pipe comes to its end."""

    def watch() -> None:
        while os.read(descriptor, 1):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="flue-presence", daemon=True).start()
