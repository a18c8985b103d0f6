"""`Witness`: has a process of its own tell what took this one down, should it die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from flue_conformance.plugin.outcomes import Told
from flue_conformance.plugin.reporting.shown import Shown
from flue_conformance.plugin.watch import vigil

BOX: Final = "blackbox"
RUN: Final = "run.json"
OUTCOMES: Final = "outcomes"
POSIX: Final = os.name == "posix"
"""Elsewhere a process cannot be handed a pipe this way, and runs go without a witness."""


class Witness:
    """Keeps what a verdict needs in `folder`, and starts the program that reads it."""

    def __init__(self, folder: Path) -> None:
        self._outcomes = (folder / OUTCOMES).open("ab", buffering=0)
        self._shown: defaultdict[str, Shown] = defaultdict(Shown)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._presence = -1

    def start(self, run: Mapping[str, Any], limit: float) -> None:
        """Start the program; it ends a process that has not beaten for `limit` seconds."""
        (self._folder / RUN).write_text(json.dumps({**run, "path": _path()}))
        pipe, self._presence = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a file of ours
                [
                    *(sys.executable, "-I", "-S", vigil.__file__),
                    *(str(pipe), str(self._folder / BOX), str(limit)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(pipe,),
                process_group=0,
                cwd=self._folder,
            )
        finally:
            os.close(pipe)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep an outcome, and what is shown of it."""
        told = Told.by(report)
        if told is None:
            return
        shown = self._shown[report.nodeid].and_(report, told)
        self._shown[report.nodeid] = shown
        if told.results:
            line = json.dumps([report.nodeid, report.user_properties, asdict(shown)])
            self._outcomes.write(line.encode() + b"\n")

    def dismiss(self, *, must_end: bool) -> None:
        """Say goodbye: all is told. The witness stays for a process that still `must_end`."""
        self._outcomes.close()
        if self._process is None:
            return
        with suppress(BrokenPipeError):
            os.write(self._presence, vigil.MUST_END if must_end else vigil.GOODBYE)
        if not must_end:
            os.close(self._presence)
            self._process.wait()
        else:
            # It outlives this process, which is no reason for a warning.
            self._process.returncode = 0
        self._process = None


def _path() -> Sequence[str]:
    kit = str(Path(__file__).parents[3])
    return [*sys.path, kit]
