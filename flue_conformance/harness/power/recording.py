"""`Recording`: a folder and a log, from before a worker begins until it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flue_conformance.harness.power.disk import Contents
from flue_conformance.harness.power.strace import Fault, recorded_by_strace
from flue_conformance.harness.power.trace import Trace
from flue_conformance.harness.worker import Worker

_ENDS_S: Final = 10.0


class Recording:
    """Records, in `log`, what a worker does to the files of the folder that `location` is in.

    Nothing but its database may lie there.
    """

    def __init__(self, location: str, log: Path, faults: Sequence[Fault] = ()) -> None:
        # As the kernel names it.
        self._folder = Path(location).parent.resolve()
        self._log = log
        self._before = _contents(self._folder)
        self.through = recorded_by_strace(log, faults)
        """The words to start the worker through."""

    async def end(self, worker: Worker) -> Trace:
        """End the worker as its input ends, so that the log is whole, and return its trace."""
        await worker.leave(_ENDS_S)
        return Trace(self._log, self._folder, self._before, _contents(self._folder))


def _contents(folder: Path) -> Contents:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
