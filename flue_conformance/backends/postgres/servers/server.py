"""A server that a run uses, and the settings of those that the kit starts."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod

from flue_conformance.backends.postgres.access import Access

SETTINGS = {
    # An acknowledged commit survives the death of every process, though not that of the machine.
    "synchronous_commit": "on",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "autovacuum": "off",
    "jit": "off",
    "log_checkpoints": "off",
    # With the default, a killed server leaves files in /dev/shm.
    "dynamic_shared_memory_type": "mmap",
}


class PostgresServer(ABC):
    """A running server and the way into it."""

    access: Access

    @abstractmethod
    def stop(self, *, keep: bool) -> None:
        """End the server and leave nothing; with `keep`, leave the databases that it still has."""


def new_prefix() -> str:
    """Return what the names of one run begin with."""
    return f"flue_{secrets.token_hex(4)}_"
