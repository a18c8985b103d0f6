"""strace: records the system calls of a program, and has some of them fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_WRITES: Final = "write writev pwrite64 pwritev pwritev2 sendto sendmsg"
_SYNCS: Final = "fsync fdatasync sync syncfs"
_SIZES: Final = "ftruncate truncate fallocate"
_NAMES: Final = "rename renameat renameat2 link linkat unlink unlinkat"
_DESCRIPTORS: Final = "open openat openat2 creat lseek dup dup2 dup3 fcntl clone clone3 fork vfork"
_PLACES: Final = "chdir fchdir"
_UNSEEN: Final = "mmap io_uring_setup io_submit"
_RECORDED: Final = (
    f"{_WRITES} {_SYNCS} {_SIZES} {_NAMES} {_DESCRIPTORS} {_PLACES} {_UNSEEN}".split()
)
_LONGEST: Final = 16 * 1024 * 1024
"""How many bytes of one write are recorded."""
_TRIAL_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """System calls `call` fail with `error`: each task's `first`, and every `every`th after it.

    Without `every` the first alone. They have no effect then.
    """

    call: str
    error: str
    first: int
    every: int = 0

    def __str__(self) -> str:
        again = f"+{self.every}" if self.every else ""
        return f"{self.call}:error={self.error}:when={self.first}{again}"


def recorded_by_strace(log: Path, faults: Sequence[Fault] = ()) -> list[str]:
    """Return the words before a command whose system calls are to be written to `log`."""
    # A question mark before a name: other architectures have other calls.
    traced = ",".join(f"?{name}" for name in _RECORDED)
    words = ["strace", "-f", "-y", "-xx", "-qq", "--seccomp-bpf", "-s", str(_LONGEST)]
    words += ["-e", f"trace={traced}", "-o", str(log)]
    # Whoever can do without, as Node can, then makes calls that show.
    words += ["-e", "inject=?io_uring_setup:error=ENOSYS"]
    for fault in faults:
        words += ["-e", f"inject={fault}"]
    return words


@cache
def strace_problem() -> str | None:
    """Return why system calls cannot be recorded on this machine, or None if they can."""
    if sys.platform != "linux":
        return f"power is cut through strace, which {sys.platform} has not"
    if shutil.which("strace") is None:
        return "strace is missing (Debian: apt-get install strace)"
    command = [*recorded_by_strace(Path("/dev/null")), sys.executable, "-S", "-c", ""]
    try:
        tried = subprocess.run(  # noqa: S603 - this very Python
            command, capture_output=True, text=True, check=False, timeout=_TRIAL_S
        )
    except subprocess.TimeoutExpired:
        return "strace hangs here"
    if tried.returncode != 0:
        said = (tried.stderr.strip().splitlines() or ["it says nothing"])[0]
        return f"strace may not trace here: {said}"
    return None
