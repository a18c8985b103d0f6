"""No spec says of a correct adapter that it breaks a MUST, however odd it looks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flue_wrong_adapters.matrix import QUICKLY, breaks_a_must
from flue_wrong_adapters.trials import trial
from flue_wrong_adapters.unusual import UNUSUAL

# Those on servers meet the specs of server faults: test_servers.py.
ALONE = [name for name, unusual in UNUSUAL.items() if unusual.place != "postgres"]
GROUPS = 6
"""Each in one process, which begins once for all of its adapters."""


@pytest.mark.parametrize("names", [ALONE[place::GROUPS] for place in range(GROUPS)])
def test_unusual_adapters_break_no_must(names: list[str], tmp_path: Path) -> None:
    asked = [f"unusual:{name}" for name in names]
    shown = trial(asked, tmp_path / "outcomes.jsonl", QUICKLY)

    assert [(one.adapter, one.spec) for one in shown if breaks_a_must(one)] == []
    assert [(one.adapter, one.spec) for one in shown if "error" in one.outcomes] == []
    held = Counter(one.adapter for one in shown if "held" in one.outcomes)
    assert [name for name in names if held[name] <= 500] == []


def test_there_are_at_least_a_dozen() -> None:
    assert len(UNUSUAL) >= 12
