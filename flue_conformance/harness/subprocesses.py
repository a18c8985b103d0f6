"""Workers as plain subprocesses: slower than a nursery's, and possible where nothing forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from flue_conformance.backends import Command
from flue_conformance.harness.births import Born
from flue_conformance.harness.duty import Duty
from flue_conformance.harness.programs import program

_POSIX: Final = os.name == "posix"


class Subprocesses:
    """Makes each worker a new Python, which imports the adapter anew.

    `environment` is what their variables have besides those of this process.
    """

    def __init__(self, duty: Duty, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self.duty = duty
        self._environment = environment
        self._born: list[Subprocess] = []
        # Its end tells workers that this process is gone.
        self._absence, self._presence = os.pipe()

    def bear(self, command: Command | None = None) -> Born:
        """Begin a worker."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the worker
        argv = command.argv if command else program("flue_conformance.harness.commission")
        started = subprocess.Popen(  # noqa: S603 - this very Python, or the backend's own command
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=0,
            env={**os.environ, **(command.env if command else {}), **self._environment},
            cwd=None if command else Path(sys.executable).anchor,
            process_group=0 if _POSIX else None,
            pass_fds=(self._absence,) if _POSIX and not command else (),
        )
        assert started.stdin is not None
        assert started.stdout is not None
        process = Subprocess(started)
        self._born.append(process)
        # The channel owns them; these objects would close them a second time.
        reading, writing = os.dup(started.stdout.fileno()), os.dup(started.stdin.fileno())
        started.stdout.close()
        started.stdin.close()
        presence = self._absence if _POSIX and not command else None
        return Born(process, reading, writing, errors, presence)

    def close(self) -> None:
        """End every worker."""
        while self._born:
            process = self._born.pop()
            process.signal(signal.SIGKILL)
            process.wait(10)
        if self._presence >= 0:
            os.close(self._presence)
            os.close(self._absence)
            self._presence = -1


class Subprocess:
    """A worker that is a child of this process."""

    def __init__(self, started: subprocess.Popen[bytes]) -> None:
        self._started = started

    @property
    def pid(self) -> int:
        """Its id."""
        return self._started.pid

    def signal(self, number: int) -> None:
        """Send a signal to its group."""
        if not _POSIX:
            self._started.send_signal(number)
        elif self._started.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def wait(self, limit: float) -> int | None:
        """Wait for its end."""
        try:
            return self._started.wait(limit)
        except subprocess.TimeoutExpired:
            return None
