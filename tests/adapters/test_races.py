"""Broken adapters that behave well alone are caught where several processes race."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_conformance.rules import CATALOGUE
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.broken.alone import races
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import trial

RACING = [name for name, broken in BROKEN.items() if broken.wrapper.__module__ == races.__name__]
OWN_RULES = ("-p", "flue_wrong_adapters.own_rules")


def caught_by(name: str, shown: list[Shown]) -> list[str]:
    return [one.spec for one in shown if one.adapter == name and "broken" in one.outcomes]


def is_race(spec: str) -> bool:
    return ".races." in spec


def by_several(spec: str) -> bool:
    return is_race(spec) or (".histories." in spec and "processes" in spec)


def test_there_are_at_least_ten() -> None:
    assert len(RACING) >= 10
    assert all(BROKEN[name].well_behaved_alone for name in RACING)


def test_each_is_caught_by_a_race_of_its_rule_and_by_nothing_that_one_process_does(
    tmp_path: Path,
) -> None:
    left = RACING
    # One run of twenty may end well, on a machine that is busy just then: `ci/proof` counts them.
    for seed in range(2):
        asked = [f"broken:{name}" for name in left]
        shown = trial(asked, tmp_path / f"{seed}.jsonl", *OWN_RULES, f"--flue-seed={seed}")
        assert [one for one in shown if "error" in one.outcomes] == []
        found = {name: caught_by(name, shown) for name in left}
        assert [spec for specs in found.values() for spec in specs if not by_several(spec)] == []
        left = [name for name, specs in found.items() if not any(map(is_race, specs))]
        if not left:
            return
    pytest.fail(f"not caught: {left}")


def test_they_break_rules_that_count_where_processes_share_a_database() -> None:
    assert [name for name in RACING if len(CATALOGUE[BROKEN[name].rule].levels) == 1] == []
