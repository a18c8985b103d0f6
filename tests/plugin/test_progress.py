"""How far a spec has come is shown on a terminal, and nowhere else."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from .projects import Project

pty = pytest.importorskip("pty", reason="a system without terminals of this kind")

COUNTING = """
from flue_conformance.plugin import progress as shown
from flue_conformance.specs.support import progress

shown._SILENT_S = shown._AGAIN_S = 0

def pytest_runtest_call(item):
    print("own words")
    for _ in range(3):
        progress.count("kills")
"""
ARGUMENTS = ("-p", "counting", "--flue-adapter=forgetful", "--flue-seed=7", "flue.sessions")
LINE = re.compile(r"\r?\n(kills \d; seed 7)?\x1b\[K\r\x1b\[A(\x1b\[\d+C)?")


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """Run pytest on a terminal of 80 columns; returns all that was written there."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(sys.executable, [sys.executable, "-m", "pytest", "--color=no", *arguments])
    written = b""
    while piece := _read(terminal):
        written += piece
    os.close(terminal)
    os.waitpid(pid, 0)
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        # Nobody has the other end any more.
        return b""


@pytest.fixture
def counting(project: Project) -> Project:
    project.write({"counting.py": COUNTING})
    project.set(PYTHONPATH=os.pathsep.join([str(project.folder), os.environ["PYTHONPATH"]]))
    project.set(PYTEST_PLUGINS="flue_fakes.plugin")
    return project


def test_it_is_a_line_below_and_is_taken_away(counting: Project) -> None:
    written = on_a_terminal(counting.folder, *ARGUMENTS)

    shown = [match[1] for match in LINE.finditer(written)]
    assert shown[:4] == ["kills 1; seed 7", "kills 2; seed 7", "kills 3; seed 7", None]
    # Without it the report is as it always is, what specs wrote included.
    rest = LINE.sub("", written)
    assert "kills" not in rest
    assert "\x1b" not in rest
    assert "own words" in rest


def test_there_is_none_without_a_terminal(counting: Project) -> None:
    run = counting.spawn(*ARGUMENTS)

    assert "own words" in run.output
    assert "kills" not in run.output
