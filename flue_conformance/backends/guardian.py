"""Tidying up after this process, whatever becomes of it.

`Guardian` starts this file as a program. The program waits on a pipe whose other end only the
process that started it holds; when that end closes without a word, the process has died, and the
program tidies in its place. It never sees the terminal's Ctrl-C: it leads a process group of its
own, and so do the servers that it guards, because they join that group.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Concatenate

DISMISSED = "dismissed"

PATIENCE_SECONDS = 30
"""How long guarded processes get to end before their files are removed regardless."""

POSIX = os.name == "posix"
"""Elsewhere a guardian guards files only, and ignoring Ctrl-C has to do for a group of its own."""

Tidy = Callable[Concatenate[str, ...], None]


class Guardian:
    """Makes sure that `tidy(*arguments)` is called: by `release`, or after this process has died.

    `tidy` is a function at the top level of a module, and its arguments are texts; they travel
    through a pipe, so they may be secrets. It must bear being called when there is nothing to tidy.
    """

    def __init__(self, tidy: Tidy, *arguments: str) -> None:
        self._tidy = tidy
        self._arguments = arguments
        self._spawned = False
        self._absence, self._presence = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very file
                [sys.executable, "-I", __file__, str(self._absence)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(self._absence,) if POSIX else (),
                process_group=0 if POSIX else None,
                cwd=Path(sys.executable).anchor,
            )
        except OSError:
            os.close(self._presence)
            os.close(self._absence)
            tidy(*arguments)
            raise
        task = {
            "path": sys.path,
            "module": tidy.__module__,
            "function": tidy.__name__,
            "arguments": arguments,
        }
        self._tell(json.dumps(task))

    def spawn(self, argv: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
        """Start a process that is ended (SIGINT, later SIGQUIT) before anything is tidied.

        It joins the guardian's process group and inherits a pipe that tells when it is gone,
        together with everything that it started in turn.
        """
        self._spawned = True
        return subprocess.Popen(  # noqa: S603 - a program that the caller chose
            argv, process_group=self._process.pid, pass_fds=(self._presence,), **options
        )

    def release(self) -> None:
        """Tidy now; returns when nothing is left."""
        os.close(self._presence)
        if self._spawned:
            _end_group(self._process.pid, self._absence)
        try:
            self._tidy(*self._arguments)
        finally:
            self._end()

    def dismiss(self) -> None:
        """End the guardian without tidying: there is nothing left, or it is kept on purpose."""
        os.close(self._presence)
        self._end()

    def _end(self) -> None:
        self._tell(DISMISSED)
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        os.close(self._absence)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()


def _guard(absence: int) -> None:
    """Be the guardian: unless dismissed, tidy once the process that started this one is gone."""
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    task = json.loads(sys.stdin.readline())
    if sys.stdin.readline().strip() == DISMISSED:
        return
    if POSIX:
        _end_group(os.getpid(), absence)
    sys.path[:] = task["path"]
    tidy = getattr(importlib.import_module(task["module"]), task["function"])
    tidy(*task["arguments"])


def _end_group(group: int, absence: int) -> None:
    """End every process of a group, and wait until all that they started are gone too.

    The pipe is at its end when nobody holds the other end any more.
    """
    for number in (0, signal.SIGINT, *[signal.SIGQUIT] * PATIENCE_SECONDS):
        with suppress(ProcessLookupError):
            os.killpg(group, number)
            # A process that was stopped has to go on to end.
            os.killpg(group, signal.SIGCONT)
        if select.select([absence], [], [], 1 if number else 0)[0]:
            return


if __name__ == "__main__":
    _guard(int(sys.argv[1]))
