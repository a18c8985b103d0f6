"""The benchmark of the bridge prints its figures."""

from __future__ import annotations

import subprocess
import sys


def test_it_prints_pings_and_starts() -> None:
    command = [sys.executable, "-m", "benchmarks.bridge", "--calls=3", "--starts=1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    for what in ("in this process", "over the bridge", "of Nursery", "of Subprocesses"):
        assert what in done.stdout
