"""A pytest plugin: the first example that fails is enough, however long it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings

_PHASES = [Phase.explicit, Phase.generate]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let hypothesis generate and do nothing else."""
    for item in items:
        function: Any = getattr(item, "obj", None)
        if getattr(function, "is_hypothesis_test", False):
            known = function._hypothesis_internal_use_settings
            function._hypothesis_internal_use_settings = settings(known, phases=_PHASES)
