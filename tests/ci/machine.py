"""A machine of a CI service: a folder, a shell, and programs that only note their words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .files import Step

_NOTE = '#!/bin/sh\nprintf "%s\\n" "$(basename "$0") $*" >>"{log}"\n'
_ELSEWHERE = ("sudo", "apt-get", "pip", "pipx", "gh", "twine")
"""What changes the machine or leaves it."""


class Machine:
    """One machine, with the programs of the environment that the tests run in."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.temporary = folder / "temporary"
        self.summary = folder / "summary.md"
        self._programs = folder / "programs"
        self._log = folder / "log"
        for place in (self.work, self.temporary, self._programs):
            place.mkdir()
        self._log.touch()
        for name in _ELSEWHERE:
            self.only_note(name)

    def only_note(self, name: str) -> None:
        """Have a program do nothing but note its words."""
        program = self._programs / name
        program.write_text(_NOTE.format(log=self._log))
        program.chmod(0o755)

    @property
    def noted(self) -> list[str]:
        """The words of the programs that did nothing, a line each."""
        return self._log.read_text().splitlines()

    def run(self, step: Step) -> subprocess.CompletedProcess[str]:
        """Run a step as GitHub's and GitLab's runners do: it ends at its first failure."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "FLUE_", "GITHUB_", "CI_"))
        }
        programs = [str(self._programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script],
            cwd=self.work,
            env={
                **inherited,
                "PATH": os.pathsep.join(programs),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "RUNNER_TEMP": str(self.temporary),
                **step.variables,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
