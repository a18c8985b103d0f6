"""No spec says of a correct adapter that it breaks a MUST, however odd it looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest

from flue_wrong_adapters.matrix import QUICKLY, breaks_a_must
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import trial
from flue_wrong_adapters.unusual import UNUSUAL

# Those on servers meet the specs of server faults: test_servers.py.
ALONE = [name for name, unusual in UNUSUAL.items() if unusual.place != "postgres"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Shown]]:
    """Returns what the whole catalogue shows of each unusual adapter, from one run of them all."""
    outcomes = tmp_path_factory.mktemp("unusual") / "outcomes.jsonl"
    by_name = defaultdict(list)
    for one in trial([f"unusual:{name}" for name in ALONE], outcomes, "-n", "2", QUICKLY):
        by_name[one.adapter].append(one)
    return by_name


@pytest.mark.parametrize("name", ALONE)
def test_an_unusual_adapter_breaks_no_must(name: str, shown: Mapping[str, Sequence[Shown]]) -> None:
    assert [one.spec for one in shown[name] if breaks_a_must(one)] == []
    assert [one.spec for one in shown[name] if "error" in one.outcomes] == []
    assert len([one for one in shown[name] if "held" in one.outcomes]) > 500


def test_there_are_at_least_a_dozen() -> None:
    assert len(UNUSUAL) >= 12
