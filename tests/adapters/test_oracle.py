"""Generated sequences and histories catch broken adapters by themselves, and no correct one."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.oracle import Table, page, runs, within_reach
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import Run, trial

QUICKLY = ("--flue-profile=quick", "--flue-edition=0.11")
EASY = {
    "flue.sequences.sessions": "merges-metadata",
    "flue.sequences.claims": "a-second-claim-takes-over",
    "flue.sequences.chunks": "the-last-body-stays",
    "flue.sequences.streams": "tells-the-offset-that-comes-next",
    "flue.histories.chunks": "looks-before-it-writes-over",
}
"""Adapters that any sequence or history of some length shows."""
BEYOND = [
    name for name, broken in BROKEN.items() if broken.beyond_specs and not broken.well_behaved_alone
]
"""Adapters that no hand-written spec shows."""
LOCKLESS = [
    name for name, broken in BROKEN.items() if broken.beyond_specs and broken.well_behaved_alone
]
"""Likewise, and it takes calls that overlap."""
CLASHES = ("flue.histories.claims", "flue.histories.journals", "flue.histories.deletion")


@pytest.mark.parametrize("place", EASY)
def test_it_catches_what_is_easily_seen(place: str, tmp_path: Path) -> None:
    told = trial([f"broken:{EASY[place]}"], tmp_path / "shown.jsonl", *QUICKLY, place)

    assert [one.outcomes for one in told if "broken" in one.outcomes] != []
    # The rule is the one that the model blames, or one that breaks with it.
    assert [one for one in told if "error" in one.outcomes] == []


@pytest.mark.parametrize("run", runs(BEYOND), ids=lambda run: run.name)
def test_it_alone_catches_what_no_hand_written_spec_does(run: Run, tmp_path: Path) -> None:
    told = trial(run.adapters, tmp_path / "shown.jsonl", *run.arguments)

    assert {one.adapter for one in told if "broken" in one.outcomes} == {
        adapter.removeprefix("broken:") for adapter in run.adapters
    }


def test_histories_alone_catch_transactions_that_leave_out_a_lock(tmp_path: Path) -> None:
    left = LOCKLESS
    # The rarest of them is caught in three of four runs.
    for seed in range(10):
        asked = [f"broken:{name}" for name in left]
        held = (f"--flue-seed={seed}", "-k", "held_back", *CLASHES)
        shown = trial(asked, tmp_path / f"{seed}.jsonl", *held)
        caught = {one.adapter for one in shown if "broken" in one.outcomes}
        left = [name for name in left if name not in caught]
        if not left:
            return
    pytest.fail(f"not caught: {left}")


def test_there_are_ten_that_no_hand_written_spec_shows() -> None:
    assert len(BEYOND) >= 10


def test_the_page_counts_what_was_caught() -> None:
    names = [name for name, broken in BROKEN.items() if within_reach(broken)][:2]
    caught = Shown("any", "0.11", "flue.sequences.x::test_y", ("CLAIM-02",), ("MUST",), ("broken",))
    held = Shown("any", "0.11", "flue.sequences.x::test_y", ("CLAIM-02",), ("MUST",), ("held",))

    table = Table({names[0]: [caught], names[1]: [held]}, {}, {"lists-are-tuples": [held]})

    assert table.caught(names[0])
    assert not table.caught(names[1])
    assert table.wronged == []
    assert any("Sequences catch 1 of 2 broken adapters (50%)" in line for line in page(table))
