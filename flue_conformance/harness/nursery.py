"""`Nursery`: a process that has imported an adapter and forks workers in milliseconds."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from flue_conformance.backends import Command
from flue_conformance.harness.births import Born, NotBorn
from flue_conformance.harness.duty import Duty
from flue_conformance.harness.programs import program

_LOOK_AGAIN_S: Final = 0.05
_BIRTH_S: Final = 60.0
"""How long a worker may take to be there: the first one waits for all imports."""


class Nursery:
    """Makes workers by forking a process that has imported everything and runs nothing.

    It is a program of its own, `flue_conformance.harness.cradle`, with one thread and neither loops
    nor connections. It ends when this process does, and kills its workers before.
    """

    def __init__(self, duty: Duty) -> None:
        self.duty = duty
        self._control, cradle = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the nursery
        with cradle:
            self._process = subprocess.Popen(  # noqa: S603 - this very Python
                program("flue_conformance.harness.cradle"),
                stdin=cradle.fileno(),
                stdout=self._errors,
                stderr=self._errors,
                cwd=Path(sys.executable).anchor,
                process_group=0,
            )
        self._control.sendall(json.dumps(duty.as_json()).encode("ascii") + b"\n")

    def bear(self, command: Command | None = None) -> Born:
        """Ask for a worker, and return before it is there: what is written to it waits."""
        asked: dict[str, Any] = {"command": None}
        if command is not None:
            env = {**os.environ, **command.env}
            asked = {"command": list(command.argv), "env": env, "directory": str(Path.cwd())}
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the worker
        ours, theirs = socket.socketpair()
        status, told = os.pipe()
        process = ForkedProcess(status)
        try:
            self._ask(asked, theirs.fileno(), errors.fileno(), told)
        except OSError as error:
            errors.close()
            ours.close()
            raise NotBorn(f"The nursery of workers is gone. {self._last_words()}") from error
        finally:
            theirs.close()
            os.close(told)
        wire = ours.detach()
        return Born(process, wire, wire, errors)

    def close(self) -> None:
        """End the nursery and every worker."""
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _ask(self, asked: dict[str, Any], *descriptors: int) -> None:
        line = json.dumps(asked).encode("ascii") + b"\n"
        socket.send_fds(self._control, [line], descriptors)

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-2000:].decode("utf-8", "replace")


class ForkedProcess:
    """A worker that is a child of the nursery, which tells of its birth and its end by a pipe."""

    def __init__(self, status: int) -> None:
        self._status = status
        os.set_blocking(status, False)
        self._reading = threading.Lock()
        self._told = b""
        self._ended = False
        self._pid: int | None = None
        self._exit: int | None = None
        self._not_born = ""

    def __del__(self) -> None:
        with suppress(OSError):
            os.close(self._status)

    @property
    def pid(self) -> int:
        """Its id; waits until it is there."""
        self._hear(_BIRTH_S, lambda: self._pid is not None)
        if self._pid is None:
            raise NotBorn(self._not_born or "The nursery of workers ended, or takes too long.")
        return self._pid

    def signal(self, number: int) -> None:
        """Send a signal to its group, unless its end is known."""
        pid = self.pid
        self._hear(0, lambda: self._ended)
        if not self._ended:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)

    def wait(self, limit: float) -> int | None:
        """Wait for its end; -SIGKILL where the nursery ended first."""
        self._hear(limit, lambda: self._ended)
        return self._exit if self._exit is not None or not self._ended else -signal.SIGKILL

    def _hear(self, limit: float, enough: Any) -> None:
        """Read what the nursery tells until it is enough, or `limit` seconds have passed."""
        deadline = time.monotonic() + limit
        while not self._ended and not enough():
            left = max(0.0, deadline - time.monotonic())
            # Another thread may read what this one waits for, so none waits for long at once.
            if _is_readable(self._status, min(left, _LOOK_AGAIN_S)):
                with self._reading, suppress(BlockingIOError):
                    self._read(os.read(self._status, 4096))
            elif left == 0:
                return

    def _read(self, piece: bytes) -> None:
        *lines, self._told = (self._told + piece).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        if not piece:
            self._ended = True

    def _take(self, told: dict[str, Any]) -> None:
        if "pid" in told:
            self._pid = told["pid"]
        elif "status" in told:
            self._exit = told["status"]
            self._ended = True
        else:
            self._not_born = told["problem"]


def _is_readable(descriptor: int, seconds: float) -> bool:
    # Unlike select it takes descriptors of any number.
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))
