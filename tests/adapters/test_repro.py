"""The program that a failing sequence is shows the same when it runs on its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ADAPTER = "broken:a-second-claim-takes-over"


def test_the_program_shows_the_divergence(tmp_path: Path) -> None:
    reported = _run(
        tmp_path,
        *("-m", "pytest", "-p", "no:cacheprovider", "-vv", "--flue-profile=quick"),
        *("--flue-edition=0.11", f"--flue-adapter={ADAPTER}", "flue.sequences.claims"),
    )
    header = f'"""repro.py: shows what {ADAPTER} does.'
    program = header + reported.partition(header)[2].partition("\n====")[0]
    (tmp_path / "repro.py").write_text(program)

    printed = _run(tmp_path, "repro.py")

    assert "expected  None" in program
    last = printed.splitlines()[-1]
    assert last.startswith("returned AgentSubmission(")
    came_back = next(line for line in program.splitlines() if line.startswith("came back "))
    assert _identity(came_back) == _identity(last)


def _identity(told: str) -> str:
    """Return the submission and the attempt of which a record tells; the rest differs by time."""
    return told.partition("submission_id=")[2].partition(",")[0]


def _run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "FLUE_ADAPTER_GROUP": "flue.adapters.test", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout + done.stderr
