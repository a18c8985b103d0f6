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
WITH_TOOLS = "test_a_dispatch_with_tools_goes_on_after_a_kill_at_any_step"
WITHOUT_TOOLS = "test_a_dispatch_without_tools_goes_on_after_a_kill_at_any_step"
SPECS = {
    "takes-one-table-for-all": "test_a_migration_that_was_killed_is_made_again",
    "saves-the-header-first": WITH_TOOLS,
    "replaces-journals-in-two-steps": WITH_TOOLS,
    "claims-without-a-lease-at-first": WITH_TOOLS,
    "ends-streams-later": "test_a_stream_is_whole_after_a_kill_at_any_step_of_a_run",
    "acknowledges-chunks-early": WITHOUT_TOOLS,
    "acknowledges-settlements-early": WITHOUT_TOOLS,
}
"""For those that would pass long specs first: the one to ask."""


@pytest.mark.parametrize("name", MORTAL)
def test_each_is_caught(name: str, tmp_path: Path) -> None:
    broken = BROKEN[name]
    if broken.rule == "LEASE-10" and not clock_ahead(1).reaches_all:
        pytest.skip("libfaketime is not installed")

    place = PLACES.get(broken.rule, "flue.crashes.durability")
    if name in SPECS:
        place = f"{place}::{SPECS[name]}[{name}-0.11]"
    told = trial(
        [f"broken:{name}"],
        tmp_path / "shown.jsonl",
        *("-x", "-p", "flue_wrong_adapters.own_rules", "--flue-postgres=local"),
        place,
    )

    assert own_kills(broken, {name: told}) != []


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        (
            "gives-up-under-contention",
            "flue.crashes.deletion::test_a_killed_deletion_bars_the_session_until_it_is_resumed",
        ),
        (
            "gives-up-under-contention",
            "flue.crashes.durability::test_a_stopped_process_comes_back_after_the_takeover",
        ),
        (
            "records-have-a-further-member",
            "flue.crashes.durability::test_a_takeover_moves_submission_and_journal_or_neither",
        ),
        (
            "records-have-a-further-member",
            "flue.crashes.runs::test_a_run_is_whole_after_a_kill_at_any_step",
        ),
    ],
)
def test_an_unusual_one_holds(name: str, spec: str, tmp_path: Path) -> None:
    told = trial([f"unusual:{name}@sqlite"], tmp_path / "shown.jsonl", f"{spec}[{name}-0.11]")

    assert [one.outcomes for one in told] == [("held",)]


def test_there_are_at_least_ten() -> None:
    assert len(MORTAL) >= 10
