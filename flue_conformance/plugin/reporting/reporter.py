"""`Reporter`: writes the report of a run, in the process that judges."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from flue_conformance.backends.discovery import distribution_of
from flue_conformance.certification import Outcome
from flue_conformance.certification.deviation import KnownDeviation
from flue_conformance.certification.report.data import (
    VERSION,
    Deviation,
    Report,
    Run,
    SpecReport,
    SubjectReport,
)
from flue_conformance.certification.report.making import Provenance, Tried, subject_report
from flue_conformance.plugin.census import CensusTaker
from flue_conformance.plugin.conclusion import Conclusion
from flue_conformance.plugin.deviations import Deviations
from flue_conformance.plugin.outcomes import Told
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.reporting.draft import Draft
from flue_conformance.plugin.reporting.folder import ReportFolder
from flue_conformance.plugin.reporting.shown import Shown
from flue_conformance.plugin.reporting.specs import spec_report
from flue_conformance.plugin.reporting.surroundings import (
    drivers_of,
    integrity_of,
    package_of,
    this_kit,
    this_machine,
)
from flue_conformance.plugin.results import Results
from flue_conformance.plugin.subjects import Lineup
from flue_conformance.rules import Level
from flue_conformance.specs.support.database import Subject


class Reporter:
    """Notes how long specs take and what they show, and writes it all down at the end."""

    def __init__(
        self,
        config: pytest.Config,
        *,
        lineup: Lineup,
        taker: CensusTaker,
        results: Results,
        conclusion: Conclusion,
        redact: Redaction,
        deviations: Deviations,
    ) -> None:
        self._config = config
        self._lineup = lineup
        self._taker = taker
        self._results = results
        self._conclusion = conclusion
        self._redact = redact
        self._deviations = deviations
        self._folder = ReportFolder.prepared(config, str(lineup.options.report))
        self._began = datetime.now(UTC)
        self._clock = time.monotonic()
        self._shown: defaultdict[str, Shown] = defaultdict(Shown)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long a phase of a spec took, and what a failed one shows."""
        told = Told.by(report)
        if told is not None:
            self._shown[report.nodeid] = self._shown[report.nodeid].and_(report, told)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the report, once all is judged."""
        if self._conclusion.verdicts:
            report = self._whole()
            self._folder.write(report)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the report is."""
        if self._conclusion.verdicts:
            terminalreporter.write_line(f"report: {self._folder.shown}")

    def draft(self) -> Draft:
        """Return the report without any spec, for whoever has to write it in this one's stead."""
        subjects = [
            self._subject(subject, (), "the run has not ended", ())
            for subject in self._lineup.subjects
        ]
        return Draft(self._folder, self._report(subjects, ()))

    def _whole(self) -> Report:
        verdicts = zip(self._lineup.subjects, self._conclusion.verdicts, strict=True)
        return self._report(
            [
                self._subject(
                    subject,
                    [self._spec(told) for told in self._results.of(subject.name)],
                    verdict.incomplete_because or "",
                    {rule.rule.id for rule in verdict.with_outcome(Outcome.WAIVED)},
                )
                for subject, verdict in verdicts
            ],
            self._conclusion.complaints,
        )

    def _report(self, subjects: Iterable[SubjectReport], complaints: Iterable[str]) -> Report:
        return Report(
            version=VERSION,
            kit=this_kit(),
            machine=this_machine(),
            run=self._run(),
            subjects=tuple(subjects),
            complaints=tuple(map(self._redact, complaints)),
        )

    def _run(self) -> Run:
        options = self._lineup.options
        return Run(
            began=self._began.isoformat(timespec="seconds").replace("+00:00", "Z"),
            seconds=round(time.monotonic() - self._clock, 3),
            profile=options.profile,
            seed=options.seed,
            patience=options.patience,
            isolation=options.isolation,
            strict=options.strict,
            workers=_workers(self._config),
            arguments=tuple(self._redact(str(one)) for one in self._config.invocation_params.args),
        )

    def _subject(
        self,
        subject: Subject,
        specs: Sequence[SpecReport],
        incomplete_because: str,
        waived: Collection[str],
    ) -> SubjectReport:
        offering = distribution_of(self._lineup.request(subject.name))
        tried = Tried(
            label=subject.backend.label,
            edition=subject.edition,
            declares=Level(subject.backend.durability),
            specs=specs,
            specs_available=self._taker.census.available.get(subject.name, 0),
            incomplete_because=incomplete_because,
            deviations=[_deviation(one, waived) for one in self._deviations.of(subject.name)],
        )
        provenance = Provenance(
            package=package_of(subject.backend, offering),
            integrity=integrity_of(subject.backend),
            drivers=drivers_of(offering),
            server=self._redact(subject.backend.about()),
            command=self._redact(self._lineup.command(subject.name)),
        )
        return subject_report(tried, provenance)

    def _spec(self, told: Told) -> SpecReport:
        repeat = self._redact(self._lineup.repeat(told.subject, told.node_id))
        return spec_report(told, self._shown[told.node_id], repeat)


def _deviation(known: KnownDeviation, waived: Collection[str]) -> Deviation:
    return Deviation(
        rule=known.rule,
        failure=known.failure,
        reason=known.reason,
        link=known.link,
        until=known.until.isoformat(),
        happened=known.rule in waived,
    )


def _workers(config: pytest.Config) -> int:
    distributed: Any = getattr(config.option, "tx", None)
    return len(distributed) if distributed else 0
