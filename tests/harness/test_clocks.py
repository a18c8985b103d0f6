"""A worker's wall clock can be another one."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from flue_conformance.harness import clock_ahead, clocks

HOUR_MS = 3_600_000
ASK = """
from flue_conformance.harness.clocks import set_clock
set_clock()
import time, datetime
from datetime import datetime as imported
now = imported.now(datetime.UTC)
assert isinstance(now, imported) and isinstance(now, datetime.datetime)
print(time.time(), time.time_ns() / 1e9, now.timestamp(), datetime.datetime.now().timestamp())
print(time.monotonic())
"""


@pytest.mark.parametrize("library", ["libfaketime", "none"])
def test_every_wall_clock_of_python_is_ahead(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "none":
        monkeypatch.setattr(clocks, "faketime", lambda: None)
    clock = clock_ahead(HOUR_MS)
    if clock.reaches_all != (library == "libfaketime"):
        pytest.skip("libfaketime is not installed")
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)

    asked = [sys.executable, "-c", ASK]
    told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)

    first, second = told.stdout.splitlines()
    for instant in map(float, first.split()):
        assert instant == pytest.approx(time.time() + HOUR_MS / 1000, abs=60)
    assert float(second) == pytest.approx(time.monotonic(), abs=60)
