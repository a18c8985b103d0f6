"""Adapters that are right until a server fails are caught by the specs of their rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.matrix import own_kills
from flue_wrong_adapters.trials import trial
from flue_wrong_adapters.unusual import UNUSUAL

RULES = [f"DURABILITY-{number}" for number in ("09", "11", "12", "13", "14")]
SPECS = ("--flue-postgres=local", f"--flue-rule={','.join(RULES)}", "flue.servers.durability")
OWN_SPECS = ("-p", "flue_wrong_adapters.own_rules", "--flue-patience=0.5", *SPECS)
FRAGILE = [
    name for name, broken in BROKEN.items() if broken.wrapper.__module__.endswith(".alone.servers")
]


@pytest.mark.parametrize("rule", RULES)
def test_each_is_caught(rule: str, tmp_path: Path) -> None:
    names = [name for name in FRAGILE if BROKEN[name].rule == rule]

    told = trial([f"broken:{name}" for name in names], tmp_path / "shown.jsonl", *OWN_SPECS)

    by_name = {name: [one for one in told if one.adapter == name] for name in names}
    assert [name for name in names if not own_kills(BROKEN[name], by_name)] == []


def test_those_that_meet_failures_in_other_ways_hold(tmp_path: Path) -> None:
    names = [name for name, unusual in UNUSUAL.items() if unusual.place == "postgres"]

    told = trial([f"unusual:{name}" for name in names], tmp_path / "shown.jsonl", *SPECS)

    assert [(one.adapter, one.spec) for one in told if one.outcomes != ("held",)] == []
    assert {one.adapter for one in told} == set(names)


def test_every_rule_about_servers_has_one_that_breaks_it() -> None:
    assert {BROKEN[name].rule for name in FRAGILE} == set(RULES)
    assert len(FRAGILE) >= 10
