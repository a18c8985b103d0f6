"""`Endurance`: gives an adapter up whose calls never end, before they take the whole day."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from flue_conformance.plugin.outcomes import NOT_RUN
from flue_conformance.plugin.spec import spec_of
from flue_conformance.plugin.trial import trial_of

_MOST: Final = 10
"""In how many specs of an adapter a call may fail to end."""


class Endurance:
    """Leaves out the rest of an adapter's specs once too many of them had to be cut short."""

    def __init__(self) -> None:
        self._cut_short: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a spec that would only wait once more."""
        spec = spec_of(item)
        if spec is not None and self._cut_short[spec.subject.name] >= _MOST:
            pytest.skip(
                f"{NOT_RUN}in {_MOST} specs before, a call of {spec.subject.name} did not end"
            )

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Count what a call that did not end has ended."""
        spec = spec_of(item)
        if spec is not None and trial_of(item).ledger.over is not None:
            self._cut_short[spec.subject.name] += 1
