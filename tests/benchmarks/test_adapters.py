from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("adapter", ["memory", "sqlite"])
def test_every_scenario_runs_and_prints_a_ratio(adapter: str, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.adapters", f"--adapter={adapter}"),
            *("--rows=200", "--rounds=1", f"--json={figures}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    results = json.loads(figures.read_text())
    assert len({result["scenario"] for result in results}) == 19
    for result in results:
        assert f"{result['ratio']:.1f}" in run.stdout
        assert result["sentence"].endswith(".")
