"""Moody adapters, installed, and ways to make workers of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from flue_conformance.backends import Command
from flue_conformance.harness import Births, Cut, Duty, Nursery, Subprocesses, Worker

SITE = Path(__file__).parent / "site"
ENTRY_POINTS = """
[flue.adapters]
moody = flue_moods:backend
threads = flue_moods.threads:backend
unimportable = flue_moods.unimportable:backend
"""

Bear: TypeAlias = Callable[..., Worker]
WAYS: dict[str, Callable[[Duty], Births]] = {"nursery": Nursery, "subprocess": Subprocesses}


@pytest.fixture(autouse=True)
def _site(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    installed = tmp_path_factory.mktemp("site")
    information = installed / "flue_moods-2.5.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: flue-moods\nVersion: 2.5\n")
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(installed)
    monkeypatch.syspath_prepend(SITE)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """Return a nursery of moody workers."""
    made = Nursery(Duty("moody"))
    yield made
    made.close()


@pytest.fixture(params=WAYS)
def births(request: pytest.FixtureRequest) -> Iterator[Births]:
    """Return each way to make moody workers."""
    made: Births = WAYS[request.param](Duty("moody"))
    yield made
    made.close()


@pytest.fixture(params=[*WAYS, "command"])
def bear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bear]:
    """Return what makes workers on one SQLite database, in each way."""
    births = WAYS.get(request.param, Nursery)(Duty("sqlite"))
    serve = "from flue_conformance.cli import main; main()"
    command = Command([sys.executable, "-c", serve, "serve", "sqlite"])
    workers: list[Worker] = []

    def make(cut: Cut | None = None) -> Worker:
        own = command if request.param == "command" else None
        location = str(tmp_path / "flue.db")
        workers.append(Worker(births, location, "0.11", cut=cut, command=own))
        return workers[-1]

    yield make
    for worker in workers:
        worker.end()
    births.close()
