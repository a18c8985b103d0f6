"""Turns what happens in a spec into its reports; works in the process that runs the spec."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from tempfile import NamedTemporaryFile

import pytest

from flue_conformance.certification import Outcome
from flue_conformance.plugin.deviations import Deviations
from flue_conformance.plugin.lesson import Lesson
from flue_conformance.plugin.needs import not_applicable, not_run
from flue_conformance.plugin.outcomes import NOT_APPLICABLE, NOT_RUN, Notes, attach, record
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.servers import Servers
from flue_conformance.plugin.spec import Spec, spec_of
from flue_conformance.plugin.standin import nothing_of, tellable
from flue_conformance.plugin.subjects import Lineup
from flue_conformance.plugin.teaching import (
    Excerpt,
    Failure,
    is_broken_rule,
    needs_traceback,
    principal,
    teach,
    why,
)
from flue_conformance.plugin.trial import Trial, begin_trial, forget_trial, trial_of
from flue_conformance.plugin.watch.flood import cut
from flue_conformance.plugin.watch.supervision import Supervision
from flue_conformance.specs.support.broken import BrokenRule, Stuck


class Recorder:
    """Skips specs that have nothing to say, judges the others and words their failures."""

    def __init__(
        self,
        config: pytest.Config,
        *,
        lineup: Lineup,
        servers: Servers,
        redact: Redaction,
        supervision: Supervision,
        deviations: Deviations,
    ) -> None:
        self._config = config
        self._lineup = lineup
        self._options = lineup.options
        self._servers = servers
        self._redact = redact
        self._supervision = supervision
        self._deviations = deviations

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Keep nothing of a spec but its reports."""
        try:
            return (yield)
        finally:
            forget_trial(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a spec that does not apply, or whose backend this machine cannot run."""
        spec = spec_of(item)
        if not spec:
            return
        begin_trial(item, self._supervision.pulse)
        reason = not_applicable(spec)
        if reason:
            pytest.skip(f"{NOT_APPLICABLE}{reason}")
        unseen = not_run(spec)
        if unseen:
            pytest.skip(f"{NOT_RUN}{unseen}")
        self._servers.check(spec.subject.backend)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write the outcome into the report, and tell a failure so that it teaches."""
        spec = spec_of(item)
        if spec is None:
            return (yield)
        raised = call.excinfo and call.excinfo.value
        if call.excinfo is not None:
            call.excinfo = self._shown_by_pytest(item, call.excinfo)
        try:
            with self._supervision.watching():
                report = yield
        except (Stuck, Exception):  # noqa: BLE001 - pytest asks errors and values for their texts
            report = _bare(item, call)
        if report.skipped:
            self._record_skip(item, report)
        elif report.failed:
            assert raised is not None
            self._tell_failure(item, spec, report, raised)
        elif report.when == "call":
            record(item, report, Outcome.HELD, "", self._notes(trial_of(item)))
        report.sections = [(title, cut(text, self._redact)) for title, text in report.sections]
        return report

    def _record_skip(self, item: pytest.Item, report: pytest.TestReport) -> None:
        if hasattr(report, "wasxfail"):
            record(item, report, Outcome.NOT_RUN, f"expected to fail: {report.wasxfail}")
            return
        said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = self._redact(said.removeprefix("Skipped: "))
        if reason.startswith(NOT_APPLICABLE):
            outcome, bare = Outcome.NOT_APPLICABLE, reason.removeprefix(NOT_APPLICABLE)
        else:
            outcome, bare = Outcome.NOT_RUN, reason.removeprefix(NOT_RUN)
        record(item, report, outcome, bare)
        module, _, _ = item.nodeid.partition("::")
        report.longrepr = (module, (item.location[1] or 0) + 1, f"{outcome}: {bare}")

    def _shown_by_pytest(
        self, item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> pytest.ExceptionInfo[BaseException]:
        """Return what pytest is to show: little where a lesson will stand in its place anyway."""
        lesson_is_all = self._config.option.tbstyle not in ("long", "native")
        if lesson_is_all and is_broken_rule(excinfo.value, trial_of(item).ledger):
            return nothing_of(excinfo)
        return tellable(excinfo)

    def _tell_failure(
        self, item: pytest.Item, spec: Spec, report: pytest.TestReport, raised: BaseException
    ) -> None:
        """Record a failure, or that an adapter's error does not let itself be told."""
        try:
            with self._supervision.watching():
                self._record_failure(item, spec, report, raised)
        except (Stuck, Exception) as problem:  # noqa: BLE001 - an adapter's own may do anything
            untold = BrokenRule(
                about=f"an error of type {type(raised).__name__} cannot be told",
                came_back=type(problem).__name__,
                expected="a message",
            )
            self._record_failure(item, spec, report, untold)

    def _record_failure(
        self, item: pytest.Item, spec: Spec, report: pytest.TestReport, raised: BaseException
    ) -> None:
        trial = trial_of(item)
        if report.when != "teardown":
            trial.kept = self._options.keep and spec.subject.persistent
        failure = self._failure(item, spec, report, raised)
        excerpt = Excerpt(self._config.get_verbosity(), self._redact)
        picture = failure.picture(excerpt)
        if picture and self._options.keep:
            failure = replace(failure, kept=[*failure.kept, _stored(picture)])
        lesson = self._lesson(failure, report, excerpt)
        known = self._deviations.excusing(spec, lesson.seen) if failure.breaks_rule else None
        if known is not None:
            outcome = Outcome.WAIVED
        else:
            outcome = Outcome.BROKEN if failure.breaks_rule else Outcome.ERROR
        reason, notes = self._redact(why(failure)), self._notes(trial)
        record(item, report, outcome, reason, notes, blamed=failure.blamed)
        attach(report, self._redact(picture))
        report.longrepr = lesson  # type: ignore[assignment] # pytest's type for it is private
        if known is not None:
            report.outcome = "skipped"
            report.wasxfail = f"known deviation of {known.rule}: {known.reason}"
        elif failure.breaks_rule and not failure.breaks_must and not self._options.strict:
            report.outcome = "skipped"
            report.wasxfail = lesson.reprcrash.message

    def _failure(
        self, item: pytest.Item, spec: Spec, report: pytest.TestReport, raised: BaseException
    ) -> Failure:
        trial = trial_of(item)
        error = principal(raised, trial.ledger)
        kept = [
            spec.subject.backend.describe(database.location)
            for database in (trial.databases if trial.kept else ())
        ]
        return Failure(
            spec=spec,
            path=item.path,
            line=(item.location[1] or 0) + 1,
            phase=report.when,
            error=error,
            ledger=trial.ledger,
            repeat=self._lineup.repeat(spec.subject.name, item.nodeid),
            kept=kept,
        )

    def _lesson(self, failure: Failure, report: pytest.TestReport, excerpt: Excerpt) -> Lesson:
        lesson = teach(failure, excerpt)
        style = self._config.option.tbstyle
        if style == "line":
            lesson = lesson.in_one_line()
        elif style in ("long", "native") or needs_traceback(failure):
            lesson = lesson.with_appendix(report.longreprtext)
        return lesson.redacted(self._redact)

    def _notes(self, trial: Trial) -> Notes:
        return Notes(
            tuple(self._redact(text) for text in dict.fromkeys(trial.ledger.findings)),
            tuple(self._redact(text) for text in dict.fromkeys(trial.ledger.seen)),
        )


def _stored(picture: str) -> str:
    """Write an SVG document to a file that stays; return where it is, in words."""
    with NamedTemporaryFile(
        "w", prefix="flue-history-", suffix=".svg", delete=False, encoding="utf-8"
    ) as file:
        file.write(picture)
    return f"what was seen, as a picture: {file.name}"


def _bare(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
    """Return the report of a failed phase without what pytest would make of its error."""
    assert call.excinfo is not None
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome="failed",
        longrepr=None,
        when=call.when,  # type: ignore[arg-type] # reports are made of phases alone
        duration=call.duration,
        start=call.start,
        stop=call.stop,
        user_properties=item.user_properties,
    )
