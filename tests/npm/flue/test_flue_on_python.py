"""Flue's contract suites, and its coordinator, on the Python reference adapters."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flue_adapter_npm.node import node
from flue_conformance.backends import FlueSchemaPlanter

from .conftest import HERE, JS, Served

Environment = Callable[..., dict[str, str]]


def test_flues_contract_suites_pass(
    project: Path, edition: str, served: Served, environment: Environment
) -> None:
    shutil.copy(HERE / "contract.test.mjs", project)
    suite = {"adapter": JS.as_uri(), "options": {"command": served.command, "edition": edition}}

    # Again, for Flue's tests give some calls 50 ms, however busy the machine is.
    vitest = (node(), "node_modules/vitest/vitest.mjs", "run", "--retry=5")
    done = subprocess.run(
        [*vitest, "--reporter=json", "--root", "."],
        cwd=project,
        env=environment(FLUE_SUITE=json.dumps(suite), NODE_NO_WARNINGS="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    report = json.loads(done.stdout)
    failed = [
        (each["fullName"], each["failureMessages"])
        for file in report["testResults"]
        for each in file["assertionResults"]
        if each["status"] != "passed"
    ]
    assert failed == []
    assert report["numPassedTests"] >= 25
    assert done.returncode == 0


def test_a_dispatch_goes_on_after_its_server_was_killed(
    project: Path, edition: str, environment: Environment
) -> None:
    """A model asks for a tool, the server dies while that runs, and another one ends the work."""
    shutil.copy(HERE / "dispatch.mjs", project)
    location = str(project / "flue.db")
    options = {"command": serving("sqlite"), "location": location, "edition": edition}

    def dispatched(mode: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [node(), "dispatch.mjs", JS.as_uri(), json.dumps(options), mode],
            cwd=project,
            env=environment(NODE_NO_WARNINGS="1"),
            stdout=subprocess.PIPE,
            text=True,
        )

    with dispatched("begin") as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "the tool runs\n"
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    expire_the_lease(location)
    with dispatched("resume") as resumed:
        told, _ = resumed.communicate(timeout=120)

    outcome = json.loads(told)
    assert outcome["status"] == "settled"
    assert outcome["attempts"] == 2
    assert "error" not in outcome
    assert outcome["roles"][:3] == ["signal", "assistant", "toolResult"]
    assert outcome["said"] == [{"type": "text", "text": "It looked, and it is done."}]
    assert (outcome.get("events", 0) > 0) == (edition == "0.11")


def serving(name: str) -> list[str]:
    """Return the command that serves an adapter with this Python."""
    return [sys.executable, "-c", "from flue_conformance.cli import main; main()", "serve", name]


def expire_the_lease(location: str) -> None:
    """Do what half a minute would."""

    async def expire() -> int:
        planter: Any = FlueSchemaPlanter(location)
        where = {"submission_id": "dispatch-1", "status": "running"}
        changed: int = await planter.update("flue_agent_submissions", where, lease_expires_at=1)
        return changed

    assert asyncio.run(expire()) == 1
