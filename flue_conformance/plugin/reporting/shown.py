"""`Shown`: what pytest's reports of a spec show besides its outcome."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from flue_conformance.certification import Outcome
from flue_conformance.plugin.outcomes import Told, attached

SHOWN = (Outcome.BROKEN, Outcome.WAIVED, Outcome.ERROR)
"""The outcomes of which a report shows what was seen, and how to see it again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How long a spec took so far, and what it shows besides its outcome."""

    seconds: float = 0.0
    seen: str = ""
    picture: str = ""

    def and_(self, report: pytest.TestReport, told: Told) -> Shown:
        """Return this and what the report of a further phase shows."""
        seconds = self.seconds + report.duration
        if report.longrepr and any(one.outcome in SHOWN for one in told.results):
            return Shown(seconds, str(report.longrepr), attached(report))
        return Shown(seconds, self.seen, self.picture)
