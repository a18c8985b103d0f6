"""What backends share is started once, only when it is needed, and stopped in any case."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from .projects import Project

STARTED = ["start shelf", "stop shelf"]


def lifetimes(project: Project) -> list[str]:
    return [event for event in project.events() if event.split()[0] in ("start", "stop", "join")]


def test_a_backend_is_started_once_and_stopped(project: Project) -> None:
    run = project.run("--flue-adapter=shelf", "--flue-edition=all")

    assert run.status == 0
    assert lifetimes(project) == STARTED


@pytest.mark.parametrize("flag", ["--collect-only", "--setup-plan"])
def test_nothing_is_started_to_show_what_would_run(project: Project, flag: str) -> None:
    run = project.run("--flue-adapter=shelf", flag)

    assert run.status == 0
    assert project.events() == []


def test_nothing_is_started_that_no_spec_needs(project: Project) -> None:
    run = project.run(
        "--flue-adapter=shelf", "--flue-adapter=stuck", "-k", "shelf and unknown_session_is"
    )

    assert run.counts["passed"] == 1
    assert lifetimes(project) == STARTED


def test_a_machine_without_a_server_runs_the_other_adapters(project: Project) -> None:
    run = project.run("--flue-adapter=absent", "--flue-adapter=good")

    assert run.status == 0
    assert run.counts == {"passed": 9, "skipped": 15}
    assert "11 specs not run: There is no shelf here (tops3cret); buy one." in run.output
    assert "absent-0.11  earned: nothing" in run.output


def test_a_backend_that_collapses_is_an_error_told_once(project: Project) -> None:
    run = project.run("--flue-adapter=collapsing", "flue.sessions")

    assert run.status == 1
    assert run.counts == {"errors": 8}
    assert run.output.count('raise ZeroDivisionError(f"the shelf') == 1
    told = "could not be checked: collapsing could not be started: ZeroDivisionError:"
    assert told in " ".join(run.output.split())
    assert "tops3cret" not in run.output


def test_a_backend_that_cannot_stop_is_told_and_stops_no_other(project: Project) -> None:
    run = project.spawn("--flue-adapter=shelf", "--flue-adapter=stuck", "-k", "unknown_session_is")

    assert run.status == 0
    assert "flue: stuck could not be stopped. RuntimeError: the shelf is stuck" in run.lines
    assert set(lifetimes(project)) == {"start shelf", "start stuck", "stop stuck", "stop shelf"}


@pytest.mark.parametrize("arguments", [["-x"], ["--maxfail=1"], ["-k", "comes_back"]])
def test_it_is_stopped_after_a_failure(project: Project, arguments: list[str]) -> None:
    project.run("--flue-adapter=forgetful_shelf", *arguments)

    assert lifetimes(project) == ["start forgetful_shelf", "stop forgetful_shelf"]


def test_it_is_stopped_after_an_internal_error(project: Project) -> None:
    project.write(
        {
            "conftest.py": "def pytest_runtest_logreport(report): raise RuntimeError('mine')\n"
            "def pytest_collection_modifyitems(items):\n"
            "    items.sort(key=lambda item: 'test_own' in item.nodeid)\n",
            "test_own.py": "def test_one(): pass\n",
        }
    )

    run = project.run("--flue-adapter=shelf", "test_own.py")

    assert run.status == 3
    events = project.events()
    assert events[0] == "start shelf"
    assert events[-1] == "stop shelf"
    assert events.count("create shelf") == events.count("drop shelf")


def test_it_is_stopped_after_ctrl_c(project: Project) -> None:
    project.write(
        {
            "test_own.py": "import signal, time\n"
            "def test_waits():\n"
            # A shell has what it starts in the background ignore it.
            "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "    print('here', flush=True)\n"
            "    time.sleep(60)\n"
        }
    )
    project.set(PYTEST_PLUGINS="flue_fakes.plugin")
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-s", "--flue-adapter=shelf", ".", "-p", "no:randomly"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout
        for line in running.stdout:
            if "here" in line:
                break
        os.killpg(running.pid, signal.SIGINT)
        output = running.stdout.read()

    assert running.returncode == 2
    assert "KeyboardInterrupt" in output
    assert lifetimes(project) == STARTED


def test_the_current_event_loop_of_a_users_tests_stays(project: Project) -> None:
    project.write(
        {
            "conftest.py": "import asyncio\n"
            "mine = asyncio.new_event_loop()\n"
            "asyncio.set_event_loop(mine)\n"
            "def pytest_collection_modifyitems(items):\n"
            "    items.sort(key=lambda item: 'test_own' not in item.nodeid)\n"
            "def pytest_unconfigure(): mine.close()\n",
            "test_own.py": "import asyncio, conftest\n"
            "def test_mine():\n"
            "    assert asyncio.get_event_loop_policy().get_event_loop() is conftest.mine\n",
        }
    )

    run = project.spawn("--flue-adapter=shelf", "test_own.py", "-k", "test_mine or unknown")

    assert run.counts["passed"] == 3
