"""How worker processes come into being, and what their maker knows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from flue_conformance.backends import Command
from flue_conformance.harness.duty import Duty


class Process(Protocol):
    """A worker process; it leads a process group of its own."""

    @property
    def pid(self) -> int:
        """Its id; waits until it is there. Raises `NotBorn` when it never will be."""

    def signal(self, number: int) -> None:
        """Send a signal to its whole group; nothing happens when it has ended."""

    def wait(self, limit: float) -> int | None:
        """Wait at most `limit` seconds for its end; blocks.

        Returns its exit status, negative for the signal that ended it; None: it lives.
        """


class NotBorn(Exception):  # noqa: N818 - named for what happened
    """There is no worker; the message says why."""


@dataclass(frozen=True, slots=True)
class Born:
    """A worker process, and the ends of its streams that its maker holds."""

    process: Process
    reading: int
    writing: int
    errors: BinaryIO
    """The file that its standard error goes to."""
    presence: int | None = None
    """A descriptor for the worker to wait on: it is at its end when its maker is gone."""


class Births(Protocol):
    """Makes worker processes for one duty; they end with the process that asked for them."""

    @property
    def duty(self) -> Duty:
        """What the workers serve."""

    def bear(self, command: Command | None = None) -> Born:
        """Begin a worker and return at once: one that waits for its commission, or a command."""

    def close(self) -> None:
        """End every worker; repeating is fine."""
