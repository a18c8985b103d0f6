"""What an adapter author writes: a `Backend`, or one of its ready-made kinds.

Nothing here imports a database driver or a container engine before a server is started.
"""

from __future__ import annotations

from flue_conformance.backends.backend import Backend, Command, Offered, Planter, Server
from flue_conformance.backends.durability import Durability
from flue_conformance.backends.errors import NotAvailable, UsageProblem
from flue_conformance.backends.file import FileBackend
from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.memory import MemoryBackend
from flue_conformance.backends.planter import FlueSchemaPlanter
from flue_conformance.backends.postgres import PostgresBackend
from flue_conformance.backends.scratch import disk_directory, make_directory, remove_directories
from flue_conformance.backends.settings import Settings

__all__ = [
    "Backend",
    "Command",
    "Durability",
    "FileBackend",
    "FlueSchemaPlanter",
    "Guardian",
    "MemoryBackend",
    "NotAvailable",
    "Offered",
    "Planter",
    "PostgresBackend",
    "Server",
    "Settings",
    "UsageProblem",
    "disk_directory",
    "make_directory",
    "remove_directories",
]
