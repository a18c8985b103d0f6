"""What time it is for the stores: the process's wall clock. LEASE-10."""

from __future__ import annotations

import time


def now() -> int:
    """Return the current instant in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
