"""Adapters that are right until a process is killed or stopped are caught by the specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_conformance.harness import clock_ahead
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.matrix import own_kills
from flue_wrong_adapters.trials import trial

MORTAL = [
    name for name, broken in BROKEN.items() if broken.wrapper.__module__.endswith(".alone.crashes")
]
PLACES = {"DELETION-13": "flue.crashes.deletion", "LEASE-10": "flue.races.leases"}


@pytest.mark.parametrize("name", MORTAL)
def test_each_is_caught(name: str, tmp_path: Path) -> None:
    broken = BROKEN[name]
    if broken.rule == "LEASE-10" and not clock_ahead(1).reaches_all:
        pytest.skip("libfaketime is not installed")

    told = trial(
        [f"broken:{name}"],
        tmp_path / "shown.jsonl",
        *("-x", "-p", "flue_wrong_adapters.own_rules", "--flue-postgres=local"),
        PLACES.get(broken.rule, "flue.crashes.durability"),
    )

    assert own_kills(broken, {name: told}) != []


def test_there_are_at_least_ten() -> None:
    assert len(MORTAL) >= 10
