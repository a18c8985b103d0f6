"""Adapters that are right until a server fails are caught by the specs of their rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flue_conformance.rules import CATALOGUE
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.matrix import own_kills
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import trial

RULES = [f"DURABILITY-{number}" for number in ("09", "11", "12", "13", "14")]
FRAGILE = [
    name for name, broken in BROKEN.items() if broken.wrapper.__module__.endswith(".alone.servers")
]


def shown(outcomes: Path, rules: Sequence[str]) -> dict[str, list[Shown]]:
    """Return what the fault specs of some rules show of the adapters that break one of them."""
    names = [name for name in FRAGILE if BROKEN[name].rule in rules]
    told = trial(
        [f"broken:{name}" for name in names],
        outcomes,
        *("-p", "flue_wrong_adapters.own_rules", "--flue-postgres=local", "--flue-patience=0.3"),
        "flue.servers.durability",
    )
    return {name: [one for one in told if one.adapter == name] for name in names}


def test_each_is_caught(tmp_path: Path) -> None:
    by_name = shown(tmp_path / "fragile.jsonl", RULES)

    assert [name for name in FRAGILE if not own_kills(BROKEN[name], by_name)] == []


def test_every_rule_about_servers_has_one_that_breaks_it() -> None:
    assert {BROKEN[name].rule for name in FRAGILE} == set(RULES)
    assert all(CATALOGUE[rule].levels for rule in RULES)
    assert len(FRAGILE) >= 10
