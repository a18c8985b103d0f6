"""Worker processes of the adapters under test, for the specs that need several or kill some."""

from __future__ import annotations

import pytest

from flue_conformance.harness import Births, births_for, worker_problem
from flue_conformance.plugin.options import QUICK
from flue_conformance.plugin.outcomes import NOT_RUN
from flue_conformance.plugin.subjects import Lineup
from flue_conformance.specs.support.database import Subject

PROCESSES = pytest.StashKey["Processes"]()
"""Where fixtures find what makes worker processes."""


class Processes:
    """Makes workers; each adapter has one nursery, from its first worker to the end of the run."""

    def __init__(self, lineup: Lineup) -> None:
        self._profile = lineup.options.profile
        self._duties = {candidate.backend.label: candidate.duty for candidate in lineup.candidates}
        self._births: dict[str, Births] = {}

    def births(self, subject: Subject) -> Births:
        """Return what makes workers of an adapter; skips the spec where there are none."""
        if self._profile == QUICK:
            pytest.skip(f"{NOT_RUN}--flue-profile={QUICK} leaves out worker processes")
        if problem := worker_problem():
            pytest.skip(f"{NOT_RUN}{problem}")
        label = subject.backend.label
        if label not in self._births:
            self._births[label] = births_for(self._duties[label])
        return self._births[label]

    def stop(self) -> None:
        """End everything."""
        while self._births:
            self._births.popitem()[1].close()
