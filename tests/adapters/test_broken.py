"""Every broken adapter is caught by the specs of its rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_conformance.rules import AREAS, CATALOGUE, Requirement
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.matrix import QUICKLY, own_kills
from flue_wrong_adapters.trials import trial

OWN_RULES = ("-p", "flue_wrong_adapters.own_rules", QUICKLY)

AWAITING_PROCESSES = {f"DURABILITY-{number}" for number in ("01", "02", "10", "11", "12")}
"""One process cannot see these broken."""


def of(area: str) -> list[str]:
    return [
        name
        for name, broken in BROKEN.items()
        if CATALOGUE[broken.rule].area == area
        and not broken.well_behaved_alone
        and not broken.beyond_specs
    ]


def survivors(names: list[str], outcomes: Path, *arguments: str) -> list[str]:
    """Return the broken adapters that the specs of their own rule do not catch in one run."""
    asked = [f"broken:{name}" for name in names]
    shown = trial(asked, outcomes, *OWN_RULES, "--flue-edition=all", *arguments)
    by_name = {name: [one for one in shown if one.adapter == name] for name in names}
    assert [one for one in shown if "error" in one.outcomes] == []
    return [name for name in names if not own_kills(BROKEN[name], by_name)]


@pytest.mark.parametrize("area", [area for area in AREAS if of(area)])
def test_every_broken_adapter_is_caught_by_a_spec_of_its_rule(area: str, tmp_path: Path) -> None:
    left = survivors(of(area), tmp_path / "first.jsonl", f"--flue-area={area}")
    if left:
        # A race may end well once, on a machine that was busy just then.
        again = f"--flue-area={area}", "--flue-seed=1"
        left = survivors(left, tmp_path / "second.jsonl", *again)

    assert left == []


def test_every_must_rule_that_one_process_can_show_has_a_broken_adapter() -> None:
    must = {rule.id for rule in CATALOGUE.values() if rule.requirement is Requirement.MUST}

    shown = {broken.rule for broken in BROKEN.values() if not broken.well_behaved_alone}
    assert must - shown == AWAITING_PROCESSES


def test_there_are_at_least_a_hundred_in_all_areas() -> None:
    assert len(BROKEN) >= 100
    assert [area for area in AREAS if not of(area)] == []


def test_every_broken_adapter_says_what_a_user_suffers() -> None:
    for broken in BROKEN.values():
        assert broken.sentence.endswith("."), broken.name
        assert broken.sentence.count(". ") == 0, broken.name
        assert len(broken.sentence) < 140, broken.name
        assert broken.wrapper.__doc__, broken.name
