"""What a run was asked for, as far as backends care."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of one run, passed to `Backend.configure`.

    `postgres` is `auto`, `testcontainers`, `local`, `embedded` or a database URL; the URL may hold
    a password, so it stays out of the representation. `postgres_image` names the container image.
    `postgres_disposable` says that connections to a server given by URL may be broken.
    `rootdir` is the folder that relative paths in an argument count from. `keep` leaves databases
    of failing specs behind.
    """

    postgres: str = field(default="auto", repr=False)
    postgres_image: str = "postgres:17-alpine"
    postgres_disposable: bool = False
    rootdir: Path = field(default_factory=Path.cwd)
    keep: bool = False
