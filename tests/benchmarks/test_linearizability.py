"""The benchmark of the linearizability checker prints its figures."""

from __future__ import annotations

import subprocess
import sys


def test_it_prints_times_and_answers() -> None:
    command = [sys.executable, "-m", "benchmarks.linearizability", "--rounds=1"]
    command += ["--operations", "60", "--keys", "1", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["explained", "violated"] * 2
