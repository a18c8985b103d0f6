"""`Guardian`: it tidies when it is let go, when it is killed, and not when it is dismissed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.scratch import remove_directories

LEAVES = """
import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: os._exit(3 if os.path.isdir(sys.argv[1]) else 4))
print("ready", flush=True)
while True:
    signal.pause()
"""
"""A program that ends at SIGINT, also where that was ignored, as it is in the background."""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "guarded"
    made.mkdir()
    return made


def test_releasing_tidies(directory: Path) -> None:
    guardian = Guardian(remove_directories, str(directory))

    guardian.release()

    assert not directory.exists()


def test_trouble_in_tidying_is_heard(directory: Path) -> None:
    guardian = Guardian(_refuse, str(directory))

    with pytest.raises(PermissionError, match="guarded"):
        guardian.release()


def _refuse(directory: str) -> None:
    raise PermissionError(directory)


def test_dismissing_leaves_everything(directory: Path) -> None:
    guardian = Guardian(remove_directories, str(directory))

    guardian.dismiss()

    assert directory.exists()


def test_a_guardian_that_was_killed_is_not_missed(directory: Path) -> None:
    guardian = Guardian(remove_directories, str(directory))
    os.kill(guardian._process.pid, signal.SIGKILL)

    guardian.release()

    assert not directory.exists()


def test_a_guardian_that_cannot_start_tidies_at_once(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(FileNotFoundError):
        Guardian(remove_directories, str(directory))

    assert not directory.exists()


def test_guarded_processes_end_before_the_files_go(directory: Path) -> None:
    guardian = Guardian(remove_directories, str(directory))
    process = guardian.spawn([sys.executable, "-c", LEAVES, directory], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()

    guardian.release()

    assert process.wait() == 3
    assert not directory.exists()
    process.stdout.close()


def test_secrets_are_not_in_the_arguments(directory: Path) -> None:
    guardian = Guardian(remove_directories, str(directory))
    arguments = subprocess.run(
        ["ps", "-o", "args=", "-p", str(guardian._process.pid)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    guardian.release()

    assert str(directory) not in arguments
