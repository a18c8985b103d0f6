"""A pytest plugin: each broken adapter meets the hand-written specs of its own rule only."""

from __future__ import annotations

import pytest

from flue_wrong_adapters.broken import BROKEN


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is about other rules."""
    wanted = [item for item in items if _is_own(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = wanted


def _is_own(item: pytest.Item) -> bool:
    if item.nodeid.startswith(("flue.sequences.", "flue.histories.")):
        return False
    told = item.user_properties
    subjects = [str(value) for name, value in told if name == "flue_subject"]
    rules = [value for name, value in told if name == "flue_rule"]
    return any(
        (broken := BROKEN.get(subject.rpartition("-")[0])) and broken.rule in rules
        for subject in subjects
    )
