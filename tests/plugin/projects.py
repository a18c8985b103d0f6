"""Runs of pytest in a project of an adapter's author, with fake adapters and fast specs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ENTRY_POINTS = {
    name: f"flue_fakes.backends:{name}"
    for name in (
        "good",
        "forgetful",
        "sorting",
        "raising",
        "unmigratable",
        "unclosable",
        "unclosable_memory",
        "shelf",
        "forgetful_shelf",
        "uncopied",
        "absent",
        "refusing",
        "collapsing",
        "stuck",
        "served",
        "unserved",
        "no_backend",
        "only_old",
        "missing",
    )
} | {
    "broken_import": "flue_fakes.broken_import:backend",
    "hostile": "flue_fakes.hostile:backend",
}
"""What the distribution `flue-fakes` offers; two of the entry points are broken."""


@dataclass(frozen=True)
class Run:
    """What one run of pytest printed, and its exit status."""

    status: int
    output: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    @property
    def counts(self) -> dict[str, int]:
        """The counts of pytest's last line, such as `{"passed": 3}`."""
        last = next(line for line in reversed(self.lines) if " in " in line)
        words = last.strip("= ").partition(" in ")[0].split(", ")
        return {kind: int(number) for number, kind in (word.split(" ", 1) for word in words)}

    @property
    def specs(self) -> list[str]:
        """The ids of specs that `--collect-only -q` printed."""
        return [line for line in self.lines if re.match(r"flue\.\w+::", line)]


class Project:
    """A folder with a project in it, on a path where the fakes are installed."""

    def __init__(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, site: Path
    ) -> None:
        self.folder = pytester.path
        self.log = self.folder.parent / f"{self.folder.name}.log"
        self._pytester = pytester
        self._monkeypatch = monkeypatch
        for name in list(os.environ):
            if name.startswith(("PYTEST_", "FLUE_")) or name in ("CI", "BUILD_NUMBER"):
                monkeypatch.delenv(name)
        self.set(PYTHONPATH=str(site), FLUE_FAKES_LOG=str(self.log), COLUMNS="80")
        monkeypatch.syspath_prepend(str(site))
        self.configure()

    def set(self, **environment: str) -> None:
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)

    def configure(self, **settings: str) -> None:
        """Write `pytest.ini`."""
        settings.setdefault("asyncio_default_fixture_loop_scope", "function")
        lines = [f"{name} = {value}" for name, value in settings.items()]
        self.write({"pytest.ini": "\n".join(["[pytest]", *lines, ""])})

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, *arguments: str, inside: str = ".") -> Run:
        """Run pytest on the fake specs, in this process."""
        self.set(PYTEST_PLUGINS="flue_fakes.plugin")
        self._monkeypatch.chdir(self.folder / inside)
        result = self._pytester.runpytest_inprocess(*arguments)
        return Run(int(result.ret), "\n".join([*result.outlines, *result.errlines]))

    def spawn(self, *arguments: str, inside: str = ".") -> Run:
        """Run pytest on the fake specs, in a process of its own."""
        self.set(PYTEST_PLUGINS="flue_fakes.plugin")
        return self.python("-m", "pytest", *arguments, inside=inside)

    def spawn_plain(self, *arguments: str, inside: str = ".") -> Run:
        """Run pytest on the kit's own specs, in a process of its own."""
        self._monkeypatch.delenv("PYTEST_PLUGINS", raising=False)
        return self.python("-m", "pytest", *arguments, inside=inside)

    def python(self, *arguments: str, inside: str = ".") -> Run:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder / inside,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def events(self) -> list[str]:
        """Return what the fake backends noted, and forget it."""
        noted = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return noted
