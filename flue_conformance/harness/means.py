"""What this system lacks that workers take."""

from __future__ import annotations

import os
import signal
import sys


def worker_problem() -> str | None:
    """Return why there can be no worker processes on this system, or None if there can."""
    if hasattr(os, "killpg"):
        return None
    return f"{sys.platform} has no process groups, by which worker processes are ended"


def pause_problem() -> str | None:
    """Return why no worker can be stopped in its midst on this system, or None if one can."""
    if hasattr(signal, "SIGSTOP"):
        return None
    return f"{sys.platform} has no signal that stops a process in the midst of a call"
