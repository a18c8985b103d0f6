"""Adapters that lose acknowledged work with the power, or with a failing disk, are caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_conformance.harness.power import strace_problem
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.broken.alone import power
from flue_wrong_adapters.matrix import own_kills
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import trial

pytestmark = pytest.mark.skipif(bool(strace_problem()), reason=str(strace_problem()))

LOSING = [
    name
    for name, broken in BROKEN.items()
    if broken.wrapper.__module__ == power.__name__ and broken.rule == "DURABILITY-10"
]
BELIEVING = [name for name in LOSING if name.startswith("swallows-")]
"""They lose nothing while the disk works."""


def shown(outcomes: Path, names: list[str], specs: str) -> dict[str, list[Shown]]:
    """Return what the specs of DURABILITY-10 with such names show of each adapter."""
    asked = [f"broken:{name}" for name in names]
    told = trial(asked, outcomes, "--flue-rule=DURABILITY-10", "-k", specs, "-n", "2")
    return {name: [one for one in told if one.adapter == name] for name in names}


@pytest.mark.parametrize(
    ("names", "specs"),
    [
        ([name for name in LOSING if name not in BELIEVING], "power_loss"),
        (BELIEVING, "full_disk or failing_sync"),
    ],
    ids=["power", "disk"],
)
def test_each_is_caught(names: list[str], specs: str, tmp_path: Path) -> None:
    by_name = shown(tmp_path / "losing.jsonl", names, specs)

    assert [name for name in names if not own_kills(BROKEN[name], by_name)] == []


def test_a_slow_one_holds_and_of_one_that_maps_its_file_nobody_knows(tmp_path: Path) -> None:
    by_name = shown(tmp_path / "right.jsonl", ["keeps-snapshots", "maps-its-file"], "durability")

    outcomes = {name: [one.outcomes for one in told] for name, told in by_name.items()}
    assert outcomes == {"keeps-snapshots": [("held",)] * 3, "maps-its-file": [("not run",)] * 3}


def test_there_are_at_least_ten() -> None:
    assert len(LOSING) >= 10
    assert all(BROKEN[name].well_behaved_alone for name in LOSING)
