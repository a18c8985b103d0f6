"""The witness of a run: a program of its own, which sees how the process that runs specs ends.

It waits on a pipe whose other end that process holds. When the pipe ends without a goodbye, or the
process is gone, it tells what was under way. A process that has not beaten for a long time holds
Python's lock for ever, so that no thread of its own can help; it is ended from here. Nothing but
the standard library's beginnings is imported until there is something to tell.
"""

from __future__ import annotations

import os
import select
import signal
import sys

GOODBYE = b"."
MUST_END = b"!"
_KILL_AFTER_S = 5


def main(pipe: int, box: str, limit: float) -> None:
    """Wait for the end of the process that started this one; `limit` is in seconds."""
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    parent = os.getppid()
    watched = os.open(box, os.O_RDONLY)
    beats, still = b"", 0
    while os.getppid() == parent:
        if select.select([pipe], [], [], 1)[0]:
            said = os.read(pipe, 1)
            if said == MUST_END:
                _see_it_end(pipe, parent, limit)
            if said in (GOODBYE, MUST_END):
                return
            break
        last, beats = beats, os.pread(watched, 8, 0)
        still = 0 if beats != last or _is_stopped(parent) else still + 1
        if still >= limit:
            # The first one has Python's fault handler print where the process stands.
            os.kill(parent, signal.SIGKILL if still > limit + _KILL_AFTER_S else signal.SIGABRT)
    _tell(box)


def _see_it_end(pipe: int, process: int, limit: float) -> None:
    """Wait for the end of a process that has told all, and end it if that takes too long."""
    if not select.select([pipe], [], [], limit)[0] and os.getppid() == process:
        os.kill(process, signal.SIGKILL)


def _is_stopped(process: int) -> bool:
    """Return whether somebody stopped a process, such as with Ctrl-Z, where that can be seen."""
    try:
        with open(f"/proc/{process}/stat", "rb") as stat:  # noqa: PTH123 - nothing more is imported
            return stat.read().rpartition(b")")[2].split()[0] in b"Tt"
    except OSError:
        return False


def _tell(box: str) -> None:
    import json  # noqa: PLC0415 - only where there is something to tell

    folder = os.path.dirname(box)  # noqa: PTH120 - nothing more is imported
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - likewise
        run = json.load(file)
    sys.path[:] = run["path"]
    from flue_conformance.plugin.watch.obituary import tell  # noqa: PLC0415 - likewise

    tell(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
