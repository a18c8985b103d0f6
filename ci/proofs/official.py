"""Flue's own adapters on the whole catalogue, and what `docs/findings.md` tells of them."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Final

from proofs.proof import Counts, Proof, Step
from proofs.runs import ON_TWO, pytest_counts

LEVELS: Final[Mapping[str, str]] = {
    "@flue/runtime@0.10.2#sqlite?memory": "ephemeral",
    "@flue/runtime@0.11.1#sqlite?memory": "ephemeral",
    "@flue/runtime@0.10.2#sqlite": "single-host",
    "@flue/runtime@0.11.1#sqlite": "single-host",
}
"""What each of them earns."""
BROKEN: Final = (
    "flue.deletion::test_replays_that_race_with_a_deletion_queue_nothing",
    "flue.races.deletion::test_replays_by_others_during_a_deletion_queue_nothing",
    "flue.races.deletion::test_a_replay_that_is_held_open_during_a_whole_deletion_queues_nothing",
    (
        "flue.histories.deletion::"
        "test_some_order_explains_what_replicas_see_of_deletions_while_answers_are_held_back"
    ),
    (
        "flue.histories.journals::"
        "test_some_order_explains_what_replicas_see_of_turns_while_answers_are_held_back"
    ),
    "flue.servers.durability",
)
"""Where `@flue/postgres` breaks DELETION-15, DURABILITY-12 or JOURNAL-15, or its process ends."""


def official() -> Proof:
    """Have each earn its level, and every finding be shown by its own program."""
    earned = [
        Step(
            name, (*ON_TWO, f"--flue-adapter=npm:{name}", f"--flue-require={level}"), pytest_counts
        )
        for name, level in LEVELS.items()
    ]
    without = [f"--deselect={place}" for place in BROKEN]
    postgres = "@flue/postgres@0.10.2#postgres"
    besides = (*ON_TWO, f"--flue-adapter=npm:{postgres}", *without)
    findings = (sys.executable, "-m", "benchmarks.findings")
    return Proof(
        "Flue's own adapters",
        "0",
        [*earned, Step(postgres, besides, pytest_counts), Step("findings", findings, _shown)],
        failures=len(LEVELS) + 2,
    )


def _shown(printed: str) -> Counts:
    found = re.search(r"(\d+) of \d+ shown", printed)
    return Counter({"findings shown": int(found[1]) if found else 0})
