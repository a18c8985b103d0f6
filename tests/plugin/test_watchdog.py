"""A process that cannot go on is ended, with all that it has to report."""

from __future__ import annotations

import json

import pytest

from .projects import Project
from .test_hostile import IMPATIENT, SAVED, UNKNOWN


def test_an_adapter_that_swallows_interruptions_ends_the_run(project: Project) -> None:
    run = project.spawn(
        *("--flue-adapter=hostile:swallows", IMPATIENT, "--junitxml=o", "--flue-report=out"),
        *(UNKNOWN, SAVED),
    )

    assert run.status == 1
    assert "  about      sessions.load blocked the event loop" in run.output
    assert "time.sleep(LONG)" in run.output
    assert "SESSION-01 is broken:" in run.output
    assert "hostile-0.11  earned: nothing" in run.output
    assert "the process could not be brought to go on" in run.output
    assert 'message="SESSION-01 (MUST)' in (project.folder / "o").read_text()
    report = json.loads((project.folder / "out/report.json").read_bytes())
    (complaint,) = report["complaints"]
    assert complaint.startswith("The run was cut short: sessions.load blocked the event loop; the")
    (subject,) = report["subjects"]
    assert not subject["complete"]
    assert [spec["outcome"] for spec in subject["specs"]] == ["broken"]


def test_the_verdict_says_what_is_left(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:swallows", IMPATIENT)

    assert run.status == 1
    assert "hostile-0.11  earned: nothing; the run ended before " in run.output


def test_a_worker_that_cannot_go_on_is_replaced(project: Project) -> None:
    run = project.spawn(
        "--flue-adapter=hostile:swallows", IMPATIENT, "-n1", "-k", "unknown_session_is"
    )

    assert run.status == 1
    assert "           > sessions.load('unknown')" in run.output
    assert "  about      sessions.load blocked the event loop" in run.output
    assert "SESSION-01 is broken:" in run.output


@pytest.mark.parametrize("kind", ["never_gives_up", "blocks_an_executor", "blocks_at_the_end"])
def test_what_is_left_behind_is_ended(project: Project, kind: str) -> None:
    run = project.spawn(f"--flue-adapter=hostile:{kind}", IMPATIENT, UNKNOWN)

    assert run.status == 1
    assert "SESSION-01 could not be finished: " in run.output
    assert "hostile-0.11  earned: nothing" in run.output


def test_threads_that_stay_keep_no_process_alive(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:leaves_a_thread", IMPATIENT, UNKNOWN)

    assert run.status == 0
    assert run.output.count("flue: ended a process that threads kept alive: Thread-") == 1
