"""The nursery's own program: imports an adapter, and forks a worker whenever it is asked to.

It has one thread, no event loop and no connection, so that a fork copies nothing half done. It
reads its standard input, a socket: first the duty, then a line and three descriptors for each
worker (its streams, its standard error, the pipe that its maker hears of it by).
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from flue_conformance.backends import Backend
from flue_conformance.harness import commission
from flue_conformance.harness.duty import Duty
from flue_conformance.harness.mortality import die_with
from flue_conformance.harness.programs import program

_DESCRIPTORS: Final = 3
_TASKS: Final = Path("/proc/self/task")


def main() -> None:
    """Be the nursery, until its maker is gone."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    cradle = Cradle(socket.socket(fileno=os.dup(0)))
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)
    try:
        cradle.run()
    finally:
        cradle.end_all()


class Cradle:
    """Forks workers and tells of their births and ends."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pid = os.getpid()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._born: dict[int, int] = {}
        """The pipe of each living worker, by its id."""
        self._backend: Backend | None = None
        self._version = ""
        self._problem = ""

    def run(self) -> None:
        """Serve until nobody asks any more."""
        unread, descriptors = b"", list[int]()
        has_duty = False
        while True:
            control = self._control.fileno()
            ready, _, _ = select.select([control, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._bury()
            if control not in ready:
                continue
            data, came, _, _ = socket.recv_fds(self._control, 65536, 16)
            if not data:
                return
            descriptors += came
            *lines, unread = (unread + data).split(b"\n")
            for line in lines:
                if has_duty:
                    mine, descriptors = descriptors[:_DESCRIPTORS], descriptors[_DESCRIPTORS:]
                    self._bear(json.loads(line), *mine)
                else:
                    self._prepare(Duty.of_json(json.loads(line)))
                    has_duty = True

    def end_all(self) -> None:
        """Kill what lives, with all that it started."""
        for pid in self._born:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _prepare(self, duty: Duty) -> None:
        try:
            self._backend, self._version = duty.backend(), duty.version()
        except Exception as error:  # noqa: BLE001 - anybody's adapter
            self._problem = f"{type(error).__name__}: {error}"
        # What is here now is shared with every worker, and never collected.
        gc.collect()
        gc.freeze()

    def _bear(self, asked: dict[str, Any], wire: int, errors: int, told: int) -> None:
        if self._problem and asked["command"] is None:
            _tell(told, {"problem": self._problem})
            for descriptor in (wire, errors, told):
                os.close(descriptor)
            return
        # Only a process with one thread can be copied.
        anew = _has_threads()
        pid = os.fork()
        if pid == 0:
            self._be_born(asked, wire, errors, told, anew=anew)
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)
        os.close(wire)
        os.close(errors)
        self._born[pid] = told
        _tell(told, {"pid": pid})

    def _be_born(
        self, asked: dict[str, Any], wire: int, errors: int, told: int, *, anew: bool
    ) -> None:
        """Be the child; never returns."""
        status = 1
        try:
            die_with(self._pid)
            self._leave(wire, errors, told)
            if asked["command"] is not None:
                os.chdir(asked["directory"])
                os.execvpe(asked["command"][0], asked["command"], asked["env"])  # noqa: S606 - the backend's own
            if anew:
                argv = program("flue_conformance.harness.commission")
                os.execv(argv[0], argv)  # noqa: S606 - this very Python
            assert self._backend is not None
            commission.fulfil(commission.Commission.received(), self._backend, self._version)
            status = 0
        except BaseException:  # noqa: BLE001 - nothing may get back into the nursery
            traceback.print_exc()
        finally:
            with suppress(BaseException):
                sys.stderr.flush()
            os._exit(status)

    def _leave(self, wire: int, errors: int, told: int) -> None:
        """Let go of what is the nursery's, and take the worker's streams."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with suppress(PermissionError):
            os.setpgid(0, 0)
        for descriptor, standard in ((wire, 0), (wire, 1), (errors, 2)):
            os.dup2(descriptor, standard)
        for descriptor in (wire, errors, told, self._woken, self._wake, *self._born.values()):
            os.close(descriptor)
        self._control.close()

    def _bury(self) -> None:
        """Tell of every worker that has ended."""
        while self._born:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            told = self._born.pop(pid, None)
            if told is not None:
                _tell(told, {"status": os.waitstatus_to_exitcode(status)})
                os.close(told)


def _has_threads() -> bool:
    if _TASKS.is_dir():
        return len(list(_TASKS.iterdir())) > 1
    return threading.active_count() > 1


def _tell(pipe: int, what: dict[str, Any]) -> None:
    # Whoever asked may have lost interest.
    with suppress(BrokenPipeError):
        os.write(pipe, json.dumps(what).encode("ascii") + b"\n")
