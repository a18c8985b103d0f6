"""Tells of a parallel worker that died which call took it down."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from flue_conformance.plugin.lesson import lesson
from flue_conformance.plugin.watch.blackbox import left_behind
from flue_conformance.plugin.watch.obituary import obituary

WORKER_INPUT: Final = "flue_folder"


class Crashes:
    """Reads what workers leave behind, in the process that controls them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folders: dict[str, Path] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Lend a worker a folder for what it does."""
        folder = tempfile.TemporaryDirectory(prefix="flue-worker-", ignore_cleanup_errors=True)
        self._config.add_cleanup(folder.cleanup)
        self._folders[node.gateway.id] = Path(folder.name)
        node.workerinput[WORKER_INPUT] = folder.name

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Have the report of a spec that took its worker down say what is known."""
        folder = self._folders.get(report.node.gateway.id)
        if folder is None:
            return
        with suppress(OSError, ValueError):
            call, facts = left_behind(folder / "blackbox")
            if facts is None or facts["node_id"] != crashitem:
                return
            died = obituary(facts, call)
            path, _, line = facts["place"].rpartition(":")
            report.user_properties = died.properties
            report.longrepr = lesson(died.text, path, int(line))  # type: ignore[assignment] # pytest's type is private
            report.when = "call"
