"""`Reporter`: writes the report of a run, in the process that judges."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest

from flue_conformance.backends.discovery import distribution_of
from flue_conformance.certification import Outcome, Verdict, gravest
from flue_conformance.certification.deviation import KnownDeviation
from flue_conformance.certification.report.data import (
    VERSION,
    Deviation,
    Picture,
    Proof,
    Report,
    Run,
    SpecReport,
    SubjectReport,
)
from flue_conformance.certification.report.making import Provenance, Tried, subject_report
from flue_conformance.certification.report.page import page
from flue_conformance.certification.report.text import report_text
from flue_conformance.plugin.census import CensusTaker
from flue_conformance.plugin.conclusion import Conclusion
from flue_conformance.plugin.deviations import Deviations
from flue_conformance.plugin.outcomes import Told, attached
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.reporting.folder import JSON, PAGE, ReportFolder
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

_SHOWN = (Outcome.BROKEN, Outcome.WAIVED, Outcome.ERROR)
"""The outcomes of which a report shows what was seen, and how to see it again."""


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
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._seen: dict[str, str] = {}
        self._drawn: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long a phase of a spec took, and what a failed one shows."""
        told = Told.by(report)
        if told is None:
            return
        self._seconds[report.nodeid] += report.duration
        if report.longrepr and any(one.outcome in _SHOWN for one in told.results):
            self._seen[report.nodeid] = str(report.longrepr)
            self._drawn[report.nodeid] = attached(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the report, once all is judged."""
        if self._conclusion.verdicts:
            report = self._report()
            self._folder.write(JSON, report_text(report))
            self._folder.write(PAGE, page([report]).encode())

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the report is."""
        if self._conclusion.verdicts:
            terminalreporter.write_line(f"report: {self._folder.shown}")

    def _report(self) -> Report:
        verdicts = zip(self._lineup.subjects, self._conclusion.verdicts, strict=True)
        return Report(
            version=VERSION,
            kit=this_kit(),
            machine=this_machine(),
            run=self._run(),
            subjects=tuple(self._subject(subject, verdict) for subject, verdict in verdicts),
            complaints=tuple(map(self._redact, self._conclusion.complaints)),
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

    def _subject(self, subject: Subject, verdict: Verdict) -> SubjectReport:
        offering = distribution_of(self._lineup.request(subject.name))
        tried = Tried(
            label=verdict.label,
            edition=verdict.edition,
            declares=Level(verdict.durability),
            specs=[self._spec(told) for told in self._results.of(subject.name)],
            specs_available=self._taker.census.available.get(subject.name, 0),
            incomplete_because=verdict.incomplete_because or "",
            deviations=[self._deviation(one, verdict) for one in self._deviations.of(verdict.name)],
        )
        provenance = Provenance(
            package=package_of(subject.backend, offering),
            integrity=integrity_of(subject.backend),
            drivers=drivers_of(offering),
            server=self._redact(subject.backend.about()),
            command=self._redact(self._lineup.command(subject.name)),
        )
        return subject_report(tried, provenance)

    def _deviation(self, known: KnownDeviation, verdict: Verdict) -> Deviation:
        waived = {rule.rule.id for rule in verdict.with_outcome(Outcome.WAIVED)}
        return Deviation(
            rule=known.rule,
            failure=known.failure,
            reason=known.reason,
            link=known.link,
            until=known.until.isoformat(),
            happened=known.rule in waived,
        )

    def _spec(self, told: Told) -> SpecReport:
        outcome = gravest(result.outcome for result in told.results)
        reasons = (result.reason for result in told.results if result.outcome is outcome)
        proofs = dict.fromkeys(
            (result.rule_id, result.level, result.requirement) for result in told.results
        )
        shown = outcome in _SHOWN
        repeat = self._lineup.repeat(told.subject, told.node_id) if shown else ""
        return SpecReport(
            id=told.node_id,
            proofs=tuple(
                Proof(rule=rule, level=level, requirement=requirement)
                for rule, level, requirement in proofs
                if level is not None and requirement is not None
            ),
            outcome=outcome,
            reason="; ".join(dict.fromkeys(filter(None, reasons))),
            seconds=round(self._seconds[told.node_id], 6),
            repeat=self._redact(repeat),
            seen=self._seen.get(told.node_id, ""),
            notes=told.notes.findings,
            choices=told.notes.seen,
            pictures=self._pictures(told),
        )

    def _pictures(self, told: Told) -> tuple[Picture, ...]:
        drawn = self._drawn.get(told.node_id)
        if not drawn:
            return ()
        return (
            Picture(
                title="What was seen, as a picture",
                svg=drawn,
                text="The text below says the same.",
            ),
        )


def _workers(config: pytest.Config) -> int:
    distributed: Any = getattr(config.option, "tx", None)
    return len(distributed) if distributed else 0
