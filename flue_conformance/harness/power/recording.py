"""`Recording`: a folder and a log, from before a worker begins until it has ended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flue_conformance.harness.power.disk import Contents
from flue_conformance.harness.power.strace import Fault, recorded_by_strace
from flue_conformance.harness.power.trace import Trace
from flue_conformance.harness.worker import Worker

_ENDS_S: Final = 10.0


class Recording:
    """Records what a worker does to the files below the folder of `location`; `log` gets its calls.

    The folder is `location` itself where that is one, else the one that it is in.
    """

    def __init__(self, location: str, log: Path, faults: Sequence[Fault] = ()) -> None:
        path = Path(location)
        # As the kernel names it.
        self._folder = Path(os.path.realpath(path if path.is_dir() else path.parent))
        self._log = log
        self._before = _contents(self._folder)
        self.below = os.path.relpath(os.path.realpath(path), self._folder)
        """The location as seen from the folder."""
        self.through = recorded_by_strace(log, faults)
        """The words to start the worker through."""

    async def end(self, worker: Worker) -> Trace:
        """End the worker as its input ends, so that the log is whole, and return its trace."""
        await worker.leave(_ENDS_S)
        return Trace(self._log, self._folder, self._before, _contents(self._folder))


def _contents(folder: Path) -> Contents:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
