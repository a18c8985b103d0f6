"""`Results`: what all specs of a run showed, gathered where pytest reports."""

from __future__ import annotations

import pytest

from flue_conformance.certification import Outcome
from flue_conformance.plugin.lesson import Lesson, lesson
from flue_conformance.plugin.outcomes import Told
from flue_conformance.plugin.selection import PREFIX


class Results:
    """The specs that came to an outcome, in the order in which they did."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}
        self.uncollected: list[str] = []
        """Modules of specs that could not be collected."""
        self.lost: list[str] = []
        """Specs that took the process of a parallel worker down."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a report says about its spec."""
        told = Told.by(report)
        if told is None and report.failed and report.nodeid.startswith(PREFIX):
            self.lost.append(report.nodeid)
        if told is None or not told.results:
            return
        known = self._told.get(report.nodeid)
        self._told[report.nodeid] = known.and_(told) if known else told
        if isinstance(report.longrepr, str):
            report.longrepr = _restored(report)  # type: ignore[assignment] # pytest's type is private

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note modules that could not be collected."""
        if report.failed and report.nodeid.startswith(PREFIX):
            self.uncollected.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Call an error an error, also where it comes from the spec itself."""
        if report.when != "call" or not report.failed:
            return None
        told = Told.by(report)
        errs = told is not None and any(one.outcome is Outcome.ERROR for one in told.results)
        return ("error", "E", "ERROR") if errs else None

    def of(self, subject: str) -> list[Told]:
        """Return what was told about one adapter in one edition."""
        return [told for told in self._told.values() if told.subject == subject]


def _restored(report: pytest.TestReport) -> Lesson:
    """Return the lesson that crossed from a parallel worker as text."""
    path, line, _ = report.location
    return lesson(str(report.longrepr), path, (line or 0) + 1)
