"""Adapters that hang, exit, flood or lie come to an outcome that names the call."""

from __future__ import annotations

import pytest

from .projects import Project

UNKNOWN = "flue.sessions::test_an_unknown_session_is_none"
SAVED = "flue.sessions::test_a_saved_session_comes_back"
DELETED = "flue.sessions::test_an_unknown_session_can_be_deleted"
IMPATIENT = "--flue-patience=0.02"
"""Calls have 0.6 s, and the process 0.9 s without any progress."""


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("exits", "sessions.load ended in SystemExit"),
        ("exits_at_once", "sessions.load called os._exit(0)"),
        ("exits_in_a_thread", "the adapter called os._exit(0)"),
        ("replaces_itself", "sessions.load called os.execv('/bin/true', ['/bin/true'])"),
        ("ends_generators", "sessions.load ended in GeneratorExit"),
        ("raises_beyond", "sessions.load ended in Unheard"),
        ("cancels", "sessions.load ended in CancelledError"),
        ("times_out", "TimeoutError: pool exhausted"),
        ("unspeakable", "Unspeakable: (its message cannot be had: KeyError)"),
        ("verbose", "… (50000000 characters)"),
        ("stops_the_loop", "sessions.load stopped the event loop"),
        ("synchronous", "sessions.load returned what cannot be awaited"),
        ("mock", "<unittest.mock.Mock object>"),
        ("sly", "<flue_fakes.hostile.Sly object>"),
        ("sly_inside", "(['inside'][0] is a Sly)"),
        ("endless", "(['version'] is a Endless)"),
        ("yes_sayer", "sessions.load returned what it may not"),
        ("nan", "(['version'] is nan)"),
        ("decimal", "(['version'] is a Decimal)"),
        ("instant", "(['createdAt'] is a datetime)"),
        ("text", "  expected   SessionData or None"),
    ],
)
def test_what_no_call_may_do_breaks_the_rule(project: Project, kind: str, told: str) -> None:
    run = project.spawn(f"--flue-adapter=hostile:{kind}", UNKNOWN)

    assert run.status == 1
    # pytest may warn besides, of a thread that ended in an error.
    assert run.counts["failed"] == 1
    assert "passed" not in run.counts
    assert "SESSION-01 (MUST) Loading an id" in run.output
    assert "           > sessions.load('unknown')" in run.output
    assert told in run.output
    assert len(run.output) < 200_000


@pytest.mark.parametrize(
    ("kind", "told", "where"),
    [
        ("sleeps", "sessions.load exceeded its time limit", ""),
        ("blocks", "sessions.load blocked the event loop", '"blocks": lambda: time.sleep(LONG)'),
        ("endless_error", "sessions.load blocked the event loop", "time.sleep(LONG)"),
        ("blocks_later", "the event loop was blocked while sessions.load was under way", ""),
    ],
)
def test_what_hangs_is_named_and_the_run_goes_on(
    project: Project, kind: str, told: str, where: str
) -> None:
    run = project.spawn(f"--flue-adapter=hostile:{kind}", IMPATIENT, UNKNOWN, SAVED)

    assert run.status == 1
    assert run.counts == {"failed": 2}
    assert run.output.count(f"  about      {told}") == 2
    assert where in run.output
    assert f"{IMPATIENT} '{UNKNOWN}[hostile-0.11]'" in run.output


def test_an_adapter_that_hangs_in_every_spec_is_given_up(project: Project) -> None:
    run = project.spawn_plain("--flue-adapter=hostile:sleeps", IMPATIENT, "--flue-area=sessions")

    assert run.status == 1
    assert run.counts["failed"] == 10
    assert run.counts["skipped"] > 20
    assert "hostile-0.11  earned: nothing" in run.output


def test_a_closed_loop_harms_no_other_spec(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:closes_the_loop", UNKNOWN, DELETED)

    assert run.counts["failed"] == run.counts["passed"] == 1
    assert "the event loop was stopped or closed by sessions.load" in run.output


def test_a_changed_argument_breaks_the_rule(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:mutates", SAVED)

    assert run.counts == {"failed": 1}
    assert "  about      sessions.save changed what it was given" in run.output


def test_what_connect_returns_instead_of_stores_is_named(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:unconnected", UNKNOWN)

    assert run.counts == {"error": 1}
    assert "SESSION-01 could not be checked: adapter.connect returned what it may" in run.output


def test_a_slow_adapter_is_no_hanging_one(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:is_slow", "--flue-patience=0.1", UNKNOWN, SAVED)

    assert run.status == 0
    assert run.counts == {"passed": 2}


def test_a_flood_of_output_is_cut(project: Project) -> None:
    run = project.spawn("--flue-adapter=hostile:floods", "-rA", "--junitxml=o", UNKNOWN)

    assert run.status == 0
    assert " left out) …" in run.output
    assert len(run.output) < 100_000
    assert (project.folder / "o").stat().st_size < 100_000
