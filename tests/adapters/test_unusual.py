"""No spec says of a correct adapter that it breaks a MUST, however odd it looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_wrong_adapters.matrix import QUICKLY, breaks_a_must
from flue_wrong_adapters.trials import trial
from flue_wrong_adapters.unusual import UNUSUAL

# Those on servers meet the specs of server faults: test_servers.py.
ALONE = [name for name, unusual in UNUSUAL.items() if unusual.place != "postgres"]


@pytest.mark.parametrize("name", ALONE)
def test_an_unusual_adapter_breaks_no_must(name: str, tmp_path: Path) -> None:
    shown = trial([f"unusual:{name}"], tmp_path / "outcomes.jsonl", QUICKLY)

    assert [one.spec for one in shown if breaks_a_must(one)] == []
    assert [one.spec for one in shown if "error" in one.outcomes] == []
    assert len([one for one in shown if "held" in one.outcomes]) > 500


def test_there_are_at_least_a_dozen() -> None:
    assert len(UNUSUAL) >= 12
