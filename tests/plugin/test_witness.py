"""What takes the process down is told by those who outlive it."""

from __future__ import annotations

import signal

import pytest

from flue_conformance.certification import Outcome
from flue_conformance.certification.certificate.statement import NotCertifiable, statement_of
from flue_conformance.certification.report.text import read_report

from .projects import Project
from .test_hostile import IMPATIENT, UNKNOWN


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("kills_itself", signal.SIGKILL),
        ("crashes", signal.SIGSEGV),
        # Only another process can end one whose threads have no chance to run.
        ("holds_the_lock", signal.SIGABRT),
    ],
)
def test_the_witness_tells_spec_rule_and_call(project: Project, kind: str, number: int) -> None:
    run = project.spawn(f"--flue-adapter=hostile:{kind}", IMPATIENT, "--flue-report=out")

    assert run.status == -number
    told = run.output.partition(" flue conformance ")[2]
    command = f"pytest --flue-adapter=hostile:{kind} {IMPATIENT} '{UNKNOWN}[hostile-0.11]'"
    for text in (
        "SESSION-01 (MUST) Loading an id never saved",
        "  called     > sessions.load\n",
        f"  repeat     {command}",
        "report: out",
        "1 spec could not be judged: the process died in sessions.load",
        "hostile-0.11  earned: nothing; the process died before ",
    ):
        assert text in told
    report = read_report((project.folder / "out/report.json").read_bytes())
    assert report.complaints == ("The run was cut short: the process died in sessions.load.",)
    (subject,) = report.subjects
    assert not subject.complete
    assert subject.earned is None
    assert subject.incomplete_because.startswith("the process died before ")
    last = subject.specs[-1]
    assert (last.outcome, last.repeat) == (Outcome.ERROR, command)
    assert "  called     > sessions.load\n" in last.seen
    with pytest.raises(NotCertifiable, match="cut short"):
        statement_of(report, subjects={}, report_name="", report_digest="", catalogue_digest="")
    page = (project.folder / "out/report.html").read_text()
    assert "The run was cut short: the process died in sessions.load." in page


def test_the_controller_names_the_call_that_took_a_worker_down(project: Project) -> None:
    run = project.spawn(
        "--flue-adapter=hostile:kills_itself", "-n1", "-k", "unknown_session_is", "--junitxml=o"
    )

    assert run.status == 1
    assert run.counts == {"error": 1}
    assert "  called     > sessions.load" in run.output
    assert "SESSION-01 (MUST) Loading an id never saved" in run.output
    assert "1 spec could not be judged: the process died in sessions.load" in run.output
    assert "nothing: the process died" in (project.folder / "o").read_text()
