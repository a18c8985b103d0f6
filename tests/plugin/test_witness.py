"""What takes the process down is told by those who outlive it."""

from __future__ import annotations

import signal

import pytest

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
    run = project.spawn(f"--flue-adapter=hostile:{kind}", IMPATIENT)

    assert run.status == -number
    told = run.output.partition(" flue conformance ")[2]
    command = f"pytest --flue-adapter=hostile:{kind} {IMPATIENT} '{UNKNOWN}[hostile-0.11]'"
    for text in (
        "SESSION-01 (MUST) Loading an id never saved",
        "  called     > sessions.load\n",
        f"  repeat     {command}",
        "1 spec could not be judged: the process died in sessions.load",
        "hostile-0.11  earned: nothing; the process died before ",
    ):
        assert text in told


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
