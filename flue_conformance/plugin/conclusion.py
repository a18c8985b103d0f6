"""What a run amounts to: verdicts, complaints, and the exit status."""

from __future__ import annotations

import pytest

from flue_conformance.certification import Outcome, Verdict, judge
from flue_conformance.plugin.census import CensusTaker
from flue_conformance.plugin.collection import nothing_at
from flue_conformance.plugin.deviations import Deviations
from flue_conformance.plugin.options import runs_nothing
from flue_conformance.plugin.results import Results
from flue_conformance.plugin.selection import Selection
from flue_conformance.plugin.subjects import Lineup
from flue_conformance.plugin.wording import counted, joined
from flue_conformance.rules import Level
from flue_conformance.specs.support.database import Subject

_GREEN = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
_BROKEN_OFF = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
_FILTERS = {
    "keyword": "-k",
    "markexpr": "-m",
    "deselect": "--deselect",
    "lf": "--lf",
    "stepwise": "--sw",
}


class Conclusion:
    """Judges at the end of a run, in the process that has all the results."""

    def __init__(
        self,
        config: pytest.Config,
        *,
        lineup: Lineup,
        selection: Selection,
        taker: CensusTaker,
        results: Results,
        deviations: Deviations,
    ) -> None:
        self._config = config
        self._lineup = lineup
        self._selection = selection
        self._taker = taker
        self._results = results
        self._deviations = deviations
        self.verdicts: tuple[Verdict, ...] = ()
        self.complaints: list[str] = []
        """Why the run is no success, besides specs that failed."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge, and let no run look green that has shown nothing."""
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        if not runs_nothing(self._config):
            broken_off = bool(session.shouldfail or session.shouldstop or exitstatus in _BROKEN_OFF)
            self.verdicts = tuple(
                self._verdict(subject, broken_off=broken_off) for subject in self._lineup.subjects
            )
        if isinstance(session.shouldstop, str):
            self.complaints.append(f"The run was cut short: {session.shouldstop.rstrip('.')}.")
        status = self._status(exitstatus)
        if status != exitstatus:
            session.exitstatus = status

    def _verdict(self, subject: Subject, *, broken_off: bool) -> Verdict:
        backend = subject.backend
        told = self._results.of(subject.name)
        return judge(
            backend.label,
            subject.edition,
            backend.durability,
            [result for one in told for result in one.results],
            incomplete_because=self._left_out(subject.name, len(told), broken_off=broken_off),
        )

    def _left_out(self, subject: str, ran: int, *, broken_off: bool) -> str | None:
        """Return why specs of a subject are without an outcome, or None when none is."""
        if self._selection.reasons:
            return ", ".join(self._selection.reasons)
        if self._results.uncollected:
            return f"{joined(self._results.uncollected)} could not be collected"
        if self._results.lost:
            return f"{joined(self._results.lost)} took its process down"
        available = self._taker.census.available.get(subject, 0)
        if available and available <= ran:
            return None
        return self._cause(available - ran, available, broken_off=broken_off)

    def _cause(self, left: int, available: int, *, broken_off: bool) -> str:
        if not available:
            return "no spec was collected"
        if broken_off:
            return f"the run ended before {left} of {counted(available, 'spec')}"
        options = self._config.option
        filters = [flag for name, flag in _FILTERS.items() if getattr(options, name, None)]
        by = joined(filters) if filters else "something"
        return f"{by} left out {left} of {counted(available, 'spec')}"

    def _status(self, status: int) -> int:
        """Return the exit status, and note what makes it another than pytest's."""
        census = self._taker.census
        if census.missed:
            self.complaints.append(nothing_at(census.missed, self._lineup.subjects))
            return pytest.ExitCode.USAGE_ERROR
        if status not in _GREEN:
            self._deviate_otherwise()
            return status
        if not sum(census.selected.values()):
            self.complaints.append("No spec was collected, though an adapter was named.")
            return pytest.ExitCode.NO_TESTS_COLLECTED
        if runs_nothing(self._config):
            return status
        if self._nothing_ran():
            self.complaints.append("Specs were collected, but none was run.")
            return pytest.ExitCode.NO_TESTS_COLLECTED
        short = [verdict for verdict in self.verdicts if self._falls_short(verdict)]
        self.complaints += [
            f"{verdict.name} earned {verdict.earned or 'nothing'}, not the "
            f"{self._lineup.options.require} that --flue-require asks for."
            for verdict in short
        ]
        return pytest.ExitCode.TESTS_FAILED if short or self._deviate_otherwise() else status

    def _deviate_otherwise(self) -> bool:
        """Return whether known deviations are not what their authors say, and note in which way."""
        wrong = [
            *self._deviations.problems,
            *(
                text
                for subject in self._lineup.subjects
                for text in self._deviations.contradictions(
                    subject.name,
                    [one for told in self._results.of(subject.name) for one in told.results],
                )
            ),
        ]
        self.complaints += wrong
        return bool(wrong)

    def _nothing_ran(self) -> bool:
        return all(
            result.outcome is Outcome.NOT_RUN
            for subject in self._lineup.subjects
            for told in self._results.of(subject.name)
            for result in told.results
        )

    def _falls_short(self, verdict: Verdict) -> bool:
        required = self._lineup.options.require
        if required is None:
            return False
        return verdict.earned is None or verdict.earned < Level(required)
