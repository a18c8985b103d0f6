"""Where databases of a run live on this machine: a private directory, in memory where possible."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - only ever a directory of our own under it
ENOUGH_BYTES = 1 << 30


def memory_directory() -> Path | None:
    """Return the directory that is kept in memory, if there is one with 1 GiB to spare."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES else None


def make_directory(purpose: str, *, parent: Path | None = None) -> Path:
    """Make a directory that only this user can enter, under `parent` or where it is fastest."""
    where = parent or memory_directory() or disk_directory()
    return Path(tempfile.mkdtemp(prefix=f"flue-{purpose}-", dir=where))


def disk_directory() -> Path:
    """Return the directory for what has to outlive a power loss."""
    return Path(tempfile.gettempdir())


def remove_directories(*paths: str) -> None:
    """Remove directories that may be gone already."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
