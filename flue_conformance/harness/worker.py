"""`Worker`: one process that serves one adapter at one location."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from flue_conformance.backends import Command
from flue_conformance.bridge import Channel, PeerGone, RemoteAdapter
from flue_conformance.harness.births import Births, NotBorn
from flue_conformance.harness.commission import Commission
from flue_conformance.harness.cuts import Cut, Cutter
from flue_conformance.harness.duty import Duty
from flue_conformance.harness.nursery import Nursery
from flue_conformance.harness.programs import program
from flue_conformance.harness.subprocesses import Subprocesses

_END_S: Final = 10.0
"""How long a killed process may take to be gone."""
_STATUS_S: Final = 1.0
"""How long the exit status of a process may take that has closed its streams."""
_LAST_BYTES: Final = 8192
_PROCESSES: Final = Path("/proc")


def births_for(duty: Duty) -> Births:
    """Return the fastest way to make workers on this machine."""
    return Nursery(duty) if hasattr(os, "fork") else Subprocesses(duty)


def can_tell_stops() -> bool:
    """Return whether this system tells of a process that it stands still."""
    return (_PROCESSES / str(os.getpid()) / "stat").exists()


class Worker:
    """One adapter in a process of its own; it comes into being at once, and ends with this process.

    `adapter` is the client. `command` is a program of the backend that speaks the bridge itself.
    `cut` says where the worker is killed or stopped. `through` are the words of a program that runs
    the worker, such as strace's; the worker is in its process group. `may_end` says that its end is
    no fault of the adapter.
    """

    def __init__(
        self,
        births: Births,
        location: str,
        edition: str,
        *,
        cut: Cut | None = None,
        command: Command | None = None,
        through: Sequence[str] = (),
        may_end: bool = False,
    ) -> None:
        self._cut = cut
        self._may_end = may_end
        born = births.bear(_through(through, command) if through else command)
        self._process = born.process
        self._errors = born.errors
        boundary = None
        if command is None:
            told = Commission(births.duty, str(Path.cwd()), cut, born.presence)
            os.write(born.writing, told.line())
        elif cut is not None:
            boundary = Cutter(cut, self._cut_here)
        self.adapter = RemoteAdapter(
            Channel(born.reading, born.writing),
            location,
            edition,
            gone=self._gone,
            boundary=boundary,
        )

    @property
    def pid(self) -> int:
        """The id of the process and of its group; waits until it is there."""
        return self._process.pid

    def kill(self) -> None:
        """Kill the process and all that it started, and return when it is gone.

        What it had answered by then still reaches its callers.
        """
        self._may_end = True
        self._process.signal(signal.SIGKILL)
        if self._process.wait(_END_S) is None:
            raise TimeoutError(f"The worker {self.pid} outlives SIGKILL.")

    def stop(self) -> None:
        """Have the process pause where it is."""
        self._process.signal(signal.SIGSTOP)

    def cont(self) -> None:
        """Have the process go on."""
        self._process.signal(signal.SIGCONT)

    @property
    def is_stopped(self) -> bool:
        """Whether the process pauses where it is; where nobody can tell, False."""
        with suppress(OSError):
            told = (_PROCESSES / str(self.pid) / "stat").read_text()
            # The name before it, in parentheses, may hold anything.
            return told.rpartition(")")[2].split()[0] in "Tt"
        return False

    async def ended(self, limit: float) -> int:
        """Wait for the end of the process; returns its exit status, negative for a signal.

        Raises `TimeoutError` when it lives for more than `limit` seconds.
        """
        status = await asyncio.to_thread(self._process.wait, limit)
        if status is None:
            raise TimeoutError(f"The worker {self.pid} goes on after {limit:g} s.")
        return status

    async def leave(self, limit: float) -> None:
        """Close the bridge and let the process end by itself; kills it after `limit` seconds."""
        self._may_end = True
        self.adapter.end(PeerGone("The worker was left.", intended=True))
        if await asyncio.to_thread(self._process.wait, limit) is None:
            self.kill()

    def last_words(self, lines: int = 20) -> str:
        """Return the last lines that the process wrote to standard error."""
        size = os.fstat(self._errors.fileno()).st_size
        begin = max(0, size - _LAST_BYTES)
        text = os.pread(self._errors.fileno(), size - begin, begin).decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])

    def end(self) -> None:
        """Kill the process, close the bridge, and let go of everything; repeating is fine."""
        if self._errors.closed:
            return
        try:
            self.kill()
        except NotBorn:
            pass
        finally:
            self.adapter.end(PeerGone("The worker was ended.", intended=True))
            self._errors.close()

    def _cut_here(self) -> None:
        assert self._cut is not None
        if self._cut.signal != signal.SIGKILL:
            self._process.signal(self._cut.signal)
            return
        self.kill()
        self.adapter.end(PeerGone("The worker was killed, as planned.", intended=True))

    def _gone(self) -> PeerGone:
        """Return why calls are not answered any more."""
        try:
            pid, status = self._process.pid, self._process.wait(_STATUS_S)
        except NotBorn as problem:
            return PeerGone(f"The worker could not begin: {problem}")
        said = self.last_words()
        told = f"The worker {pid} {_how(status)}." + (f" It wrote:\n{said}" if said else "")
        return PeerGone(told, intended=self._is_intended(status))

    def _is_intended(self, status: int | None) -> bool:
        planned = self._cut is not None and status == -self._cut.signal
        return self._may_end or planned


def _through(words: Sequence[str], command: Command | None) -> Command:
    """Return the command that runs a worker, one of ours without a command, through a program."""
    own = command or Command(program("flue_conformance.harness.commission"))
    return Command([*words, *own.argv], own.env)


def _how(status: int | None) -> str:
    if status is None:
        return "closed its end of the bridge and goes on"
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"
