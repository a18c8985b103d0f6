"""Adapters that lose acknowledged work with the power are caught, each by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from flue_conformance.harness.power import strace_problem
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.matrix import own_kills
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import trial

pytestmark = pytest.mark.skipif(bool(strace_problem()), reason=str(strace_problem()))

LOSING = [
    name
    for name, broken in BROKEN.items()
    if broken.wrapper.__module__.endswith(".alone.power") and broken.rule == "DURABILITY-10"
]


def shown(outcomes: Path, names: Sequence[str]) -> dict[str, list[Shown]]:
    """Return what the specs of DURABILITY-10 show of each adapter in its newest edition."""
    asked = [f"broken:{name}" for name in names]
    told = trial(asked, outcomes, "--flue-rule=DURABILITY-10", "-n", "2")
    return {name: [one for one in told if one.adapter == name] for name in names}


def test_each_is_caught(tmp_path: Path) -> None:
    by_name = shown(tmp_path / "losing.jsonl", LOSING)

    assert [name for name in LOSING if not own_kills(BROKEN[name], by_name)] == []


def test_one_that_is_slow_and_right_holds(tmp_path: Path) -> None:
    (by_name,) = shown(tmp_path / "right.jsonl", ["keeps-snapshots"]).values()

    assert [one.outcomes for one in by_name] == [("held",)] * 3


def test_nobody_knows_of_one_that_maps_its_file(tmp_path: Path) -> None:
    (by_name,) = shown(tmp_path / "mapped.jsonl", ["maps-its-file"]).values()

    assert [one.outcomes for one in by_name] == [("not run",)] * 3


def test_there_are_at_least_ten() -> None:
    assert len(LOSING) >= 10
