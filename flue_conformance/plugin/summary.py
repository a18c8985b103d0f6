"""What a run prints about the adapters: tables, broken rules, verdicts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial

import pytest

from flue_conformance.certification import Outcome, Verdict, gravest
from flue_conformance.plugin.conclusion import Conclusion
from flue_conformance.plugin.findings import broken_rules, choices, errors, left_out, remarks
from flue_conformance.plugin.page import BLANK, Line, Text, lines, write
from flue_conformance.plugin.results import Results
from flue_conformance.plugin.subjects import Lineup
from flue_conformance.plugin.table import table
from flue_conformance.plugin.wording import counted, paragraph
from flue_conformance.rules import Level
from flue_conformance.specs.support.database import Subject

_INDENT = "  "


class Summary:
    """Writes the header and the end of pytest's report."""

    def __init__(self, lineup: Lineup, results: Results, conclusion: Conclusion) -> None:
        self._lineup = lineup
        self._results = results
        self._conclusion = conclusion

    def pytest_report_header(self) -> str:
        """Say what is under test, and from which seed."""
        names = ", ".join(subject.name for subject in self._lineup.subjects)
        return f"flue: {names}; seed {self._lineup.options.seed}"

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Write a table and the broken rules of each subject, then all verdicts."""
        verdicts, complaints = self._conclusion.verdicts, self._conclusion.complaints
        if not verdicts and not complaints:
            return
        terminalreporter.section("flue conformance", bold=True)
        verbosity = config.get_verbosity()
        if verbosity >= 0:
            for subject, verdict in zip(self._lineup.subjects, verdicts, strict=False):
                write(terminalreporter, self._about(subject, verdict, verbosity))
        width = max((len(verdict.name) for verdict in verdicts), default=0)
        for verdict in verdicts:
            write(terminalreporter, [verdict_line(verdict, width)])
            if verbosity > 0 or _shows_more_than_declared(verdict):
                for notice in verdict.notices:
                    write(terminalreporter, lines(paragraph(notice, _INDENT), "yellow"))
        for complaint in complaints:
            write(terminalreporter, lines(paragraph(complaint), "red"))

    def _about(self, subject: Subject, verdict: Verdict, verbosity: int) -> Iterator[Line]:
        told = self._results.of(verdict.name)
        repeat = partial(self._lineup.repeat, verdict.name)
        about = subject.backend.about()
        yield (Text(verdict.name, ("bold",)), Text(f"  {about}" if about else ""))
        if told:
            yield from table(verdict)
        yield BLANK
        yield from broken_rules(told, repeat)
        yield from errors(told, repeat)
        yield from remarks(told)
        yield from left_out(told, Outcome.NOT_RUN)
        if verbosity > 0:
            yield from left_out(told, Outcome.NOT_APPLICABLE)
            yield from choices(told)


def verdict_line(verdict: Verdict, width: int) -> Line:
    """Return what an adapter earned in an edition, and what it is short of."""
    earned = verdict.earned
    return (
        Text(verdict.name.ljust(width), ("bold",)),
        Text("  earned: "),
        Text(earned or "nothing", ("green" if earned else "red", "bold")),
        Text(_shortfall(verdict)),
    )


def _shows_more_than_declared(verdict: Verdict) -> bool:
    return verdict.earned is not None and verdict.earned > Level(verdict.durability)


def _shortfall(verdict: Verdict) -> str:
    if verdict.incomplete_because:
        return f"; {verdict.incomplete_because}"
    earned, declared = verdict.earned, Level(verdict.durability)
    wanted = next((level for level in Level if earned is None or level > earned), None)
    if wanted is None or wanted > declared:
        return ""
    outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
    for blocker in verdict.blockers(wanted):
        outcomes[blocker.rule.id].append(blocker.outcome)
    tally = Counter(map(gravest, outcomes.values()))
    causes = ", ".join(f"{tally[outcome]} {outcome}" for outcome in Outcome if tally[outcome])
    return f"; short of {wanted} by {counted(len(outcomes), 'rule')}: {causes}"
