"""A lock of this process: what holds it meets calls of other processes only."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def one_at_a_time() -> asyncio.Lock:
    """Return the lock that all adapters of this process share."""
    return _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
