"""`Census`: how many specs there were, and how many of them a run was to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from flue_conformance.plugin.collection import Collection
from flue_conformance.plugin.spec import spec_of

_WORKER_OUTPUT = "flue_census"


@dataclass(frozen=True, slots=True)
class Census:
    """Counts by the name of the subject, as one collecting process made them."""

    available: Mapping[str, int] = field(default_factory=dict)
    """Specs of the areas that were opened."""
    selected: Mapping[str, int] = field(default_factory=dict)
    """Specs that nothing deselected."""
    missed: tuple[str, ...] = ()
    """Addresses at which there was no spec."""


class CensusTaker:
    """Counts where specs are collected, and knows the count where results are."""

    def __init__(self, config: pytest.Config, collection: Collection) -> None:
        self._config = config
        self._collection = collection
        self.census = Census()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count."""
        specs = [spec for item in session.items if (spec := spec_of(item))]
        self.census = Census(
            self._collection.available,
            Counter(spec.subject.name for spec in specs),
            tuple(map(str, self._collection.selection.missed)),
        )

    def pytest_sessionfinish(self) -> None:
        """Send the count from a parallel worker."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_WORKER_OUTPUT] = {
                "available": dict(self.census.available),
                "selected": dict(self.census.selected),
                "missed": self.census.missed,
            }

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Receive the count of a parallel worker; all workers collect the same."""
        sent = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
        if sent:
            self.census = Census(**sent)
