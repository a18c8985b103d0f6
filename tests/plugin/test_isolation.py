"""`--flue-isolation=process`: each adapter object in a process of its own."""

from __future__ import annotations

import pytest

from .projects import Project

PROCESS = "--flue-isolation=process"
UNKNOWN = "flue.sessions::test_an_unknown_session_is_none"


def test_the_kit_s_own_specs_run_through_workers(project: Project) -> None:
    run = project.spawn_plain(
        "--flue-adapter=memory", "--flue-adapter=sqlite", PROCESS, "--flue-rule=SESSION-02"
    )

    assert run.status == 0
    assert run.counts["passed"] > 3


def test_what_shares_objects_with_the_adapter_is_not_run(project: Project) -> None:
    run = project.spawn_plain("--flue-adapter=memory", PROCESS, "--flue-rule=SESSION-07", "-rs")

    assert list(run.counts) == ["skipped"]
    assert "not run: with --flue-isolation=process" in run.output


def test_a_broken_rule_is_broken_there_too(project: Project) -> None:
    here = project.run("--flue-adapter=forgetful")
    there = project.run("--flue-adapter=forgetful", PROCESS)

    assert (there.status, there.counts) == (here.status, here.counts)
    assert f"pytest --flue-adapter=forgetful {PROCESS}" in there.output


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("exits", "The call ended in SystemExit."),
        ("exits_at_once", "ended with exit status 0."),
        ("kills_itself", "was ended by SIGKILL."),
        ("cancels", "The call ended in CancelledError."),
        ("synchronous", "sessions.load returned what it may not"),
        ("nan", "(['version'] is nan)"),
        ("decimal", "sessions.load returned what it may not"),
        ("sly", "The call ended in SystemExit."),
        ("unspeakable", "(its message cannot be had: KeyError)"),
    ],
)
def test_what_no_call_may_do_breaks_the_rule_there_too(
    project: Project, kind: str, told: str
) -> None:
    run = project.spawn(f"--flue-adapter=hostile:{kind}", PROCESS, UNKNOWN)

    assert run.status == 1
    assert run.counts["failed"] == 1
    assert "passed" not in run.counts
    assert told in run.output
    assert "           > sessions.load('unknown')" in run.output


def test_an_adapter_that_stops_its_loop_does_not_go_unseen(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:stops_the_loop", PROCESS, UNKNOWN)

    assert run.status == 1
    assert "Event loop stopped before Future completed" in run.output


def test_a_blocked_adapter_exceeds_its_limit_and_nothing_else(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:blocks", PROCESS, "--flue-patience=0.1", UNKNOWN)

    assert run.status == 1
    assert "sessions.load exceeded its time limit" in run.output
