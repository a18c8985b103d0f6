"""What a system lacks is not run, and says so; the rest runs there."""

from __future__ import annotations

import sys

import pytest

from flue_conformance.harness.power import strace_problem

from .projects import Project

POOR = """
import os, signal

for name in ("fork", "killpg", "getpgrp", "geteuid"):
    delattr(os, name)
for name in ("SIGKILL", "SIGSTOP", "SIGCONT"):
    delattr(signal, name)
"""
SOME = "claimed_like_a_dispatch or held_open or a_stopped_process"
STOPLESS = "import signal\n\ndel signal.SIGSTOP\n"


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        (POOR, "has no process groups, by which worker"),
        (STOPLESS, "has no signal that stops a process"),
    ],
    ids=["no process", "no pause"],
)
def test_a_system_without_signals_runs_the_other_specs(
    project: Project, lacking: str, reason: str
) -> None:
    project.write({"lacking.py": lacking})
    project.set(PYTHONPATH=str(project.folder))

    run = project.spawn_plain("-p", "lacking", "--flue-adapter=sqlite", "-k", SOME)

    assert run.status == 0
    assert run.counts["passed"] > 0
    assert run.counts["skipped"] > 0
    assert f"not run: {sys.platform} {reason}" in " ".join(run.output.split())


def test_power_is_cut_on_linux_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    assert strace_problem.__wrapped__() == "power is cut through strace, which darwin has not"


def test_without_strace_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", "")

    assert "apt-get install strace" in str(strace_problem.__wrapped__())
