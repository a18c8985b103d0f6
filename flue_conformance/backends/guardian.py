"""A process that tidies up after this one, whatever becomes of this one.

`Guardian` starts this file as a program. The program waits on a pipe whose other end only the
process that started it holds; when that end closes, by intent or by death, it tidies. It never
sees the terminal's Ctrl-C: it leads a process group of its own, and so do the servers that it
guards, because they join that group.
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

PATIENCE_SECONDS = 30
"""How long guarded processes get to end before their files are removed regardless."""

POSIX = os.name == "posix"
"""Elsewhere a guardian guards files only, and ignoring Ctrl-C has to do for a group of its own."""

Tidy = Callable[Concatenate[str, ...], None]


class Guardian:
    """Calls `tidy(*arguments)` in a process of its own once this process has let go.

    `tidy` is a function at the top level of a module, and its arguments are texts; they travel
    through a pipe, so they may be secrets. It must bear being called when there is nothing to tidy.
    """

    def __init__(self, tidy: Tidy, *arguments: str) -> None:
        self._tidy = tidy
        self._arguments = arguments
        presence, self._presence = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very file
                [sys.executable, "-I", __file__, str(presence)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(presence,) if POSIX else (),
                process_group=0 if POSIX else None,
                cwd=Path(sys.executable).anchor,
            )
        except OSError:
            os.close(self._presence)
            tidy(*arguments)
            raise
        finally:
            os.close(presence)
        task = {
            "path": sys.path,
            "module": tidy.__module__,
            "function": tidy.__name__,
            "arguments": arguments,
        }
        self._tell(json.dumps(task))

    def spawn(self, argv: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
        """Start a process that is ended (SIGINT, later SIGQUIT) before the guardian tidies.

        It joins the guardian's process group and inherits a pipe that tells when it is gone,
        together with everything that it started in turn.
        """
        return subprocess.Popen(  # noqa: S603 - a program that the caller chose
            argv, process_group=self._process.pid, pass_fds=(self._presence,), **options
        )

    def release(self) -> None:
        """Tidy now; returns when nothing is left."""
        if self._end("release") != 0:
            # The guardian was killed, or failed where nobody could read why.
            self._tidy(*self._arguments)

    def dismiss(self) -> None:
        """End the guardian without tidying: there is nothing left, or it is kept on purpose."""
        self._end("dismiss")

    def _end(self, word: str) -> int:
        if self._presence >= 0:
            os.close(self._presence)
            self._presence = -1
            self._tell(word)
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        return self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()


def _guard(presence: int) -> None:
    """Be the guardian: wait for the word or for the end of the pipe, then tidy."""
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    task = json.loads(sys.stdin.readline())
    sys.path[:] = task["path"]
    tidy = getattr(importlib.import_module(task["module"]), task["function"])
    if sys.stdin.readline().strip() == "dismiss":
        return
    if POSIX:
        _end_group(presence)
    tidy(*task["arguments"])


def _end_group(presence: int) -> None:
    """End every process of this group, and wait until all that they started are gone too."""
    for number in (signal.SIGINT, *[signal.SIGQUIT] * PATIENCE_SECONDS):
        os.killpg(0, number)
        # A process that was stopped has to go on to end.
        os.killpg(0, signal.SIGCONT)
        if select.select([presence], [], [], 1)[0]:
            return


if __name__ == "__main__":
    _guard(int(sys.argv[1]))
