"""A pytest plugin: writes what each spec showed of each adapter to the file `FLUE_OUTCOMES`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

VARIABLE = "FLUE_OUTCOMES"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one spec showed of one adapter."""

    adapter: str
    edition: str
    spec: str
    """Without the parameters of its node id."""
    rules: tuple[str, ...]
    requirements: tuple[str, ...]
    """How binding the spec is, a rule each."""
    outcomes: tuple[str, ...]


def read(path: Path) -> list[Shown]:
    """Return what a run wrote."""
    return [
        Shown(
            told["adapter"],
            told["edition"],
            told["spec"],
            tuple(told["rules"]),
            tuple(told["requirements"]),
            tuple(told["outcomes"]),
        )
        for told in map(json.loads, path.read_text().splitlines())
    ]


class Outcomes:
    """Writes, in the process that has all the reports."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one line at the end of each spec."""
        if report.when == "teardown":
            with self._path.open("a") as file:
                file.writelines(json.dumps(asdict(shown)) + "\n" for shown in _shown(report))


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write, in the controlling process."""
    path = os.environ.get(VARIABLE)
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(path)), "flue-wrong-outcomes")


def _shown(report: pytest.TestReport) -> Iterator[Shown]:
    told: dict[str, list[str]] = {}
    for name, value in report.user_properties:
        told.setdefault(name, []).append(str(value))
    for subject in told.get("flue_subject", ())[:1]:
        adapter, _, edition = subject.rpartition("-")
        yield Shown(
            adapter,
            edition,
            report.nodeid.partition("[")[0],
            tuple(told.get("flue_rule", ())),
            tuple(told.get("flue_requirement", ())),
            tuple(told.get("flue_outcome", ())),
        )
