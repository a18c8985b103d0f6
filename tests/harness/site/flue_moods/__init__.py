"""Adapters in moods, for tests of workers; the location is a folder where they leave traces."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from flue_conformance.backends import Backend, Durability
from flue_conformance.contract import PersistenceAdapter, Stores


class Moody:
    """Every store at once; what a call does is said by its first argument."""

    def __init__(self, location: str) -> None:
        self._folder = Path(location)

    async def migrate(self) -> None:
        """Leave a trace."""
        (self._folder / "migrated").write_text(f"{os.getpid()} {Path.cwd()}")

    async def connect(self) -> Stores:
        """Return the stores."""
        stores: Any = self
        return Stores(*[stores] * 6)

    async def close(self) -> None:
        """Leave a trace."""
        (self._folder / "closed").touch()

    async def load(self, mood: str) -> dict[str, Any] | None:
        """Do as the mood says."""
        (self._folder / mood).touch()
        return MOODS[mood]()


def _prints() -> None:
    sys.stdout.write("printed by Python\n")
    sys.stdout.flush()
    os.write(1, b"printed by C\n")
    subprocess.run(["/bin/echo", "printed by a child"], check=True)
    assert sys.stdin.read() == ""


def _dies() -> None:
    sys.stderr.write("these are my last words\n")
    sys.stderr.flush()
    os._exit(7)


def _blocks() -> None:
    time.sleep(1000)


def _has_a_child() -> dict[str, Any]:
    return {"pid": subprocess.Popen(["/bin/sleep", "1000"]).pid}


def _closes_its_streams() -> None:
    os.closerange(3, 50)


def _tells() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "group": os.getpgrp(),
        "argv": sys.orig_argv,
        "parent": os.getppid(),
    }


MOODS = {
    "prints": _prints,
    "dies": _dies,
    "blocks": _blocks,
    "has a child": _has_a_child,
    "closes its streams": _closes_its_streams,
    "tells": _tells,
}


class MoodyBackend(Backend):
    """Backs moody adapters."""

    durability = Durability.SINGLE_HOST

    async def create(self) -> str:
        """Make no folder: tests bring theirs."""
        raise NotImplementedError

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a moody adapter."""
        del edition
        return Moody(location)


backend = MoodyBackend()
