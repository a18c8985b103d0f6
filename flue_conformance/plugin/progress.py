"""Shows on a terminal how far a spec has come that takes long, below what pytest writes there."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import Final

import pytest

from flue_conformance.plugin.spec import spec_of
from flue_conformance.specs.support import progress

_SILENT_S: Final = 1.0
"""How long a spec may take before it is worth a word."""
_AGAIN_S: Final = 0.2
_ERASE, _UP, _RIGHT = "\x1b[K", "\x1b[A", "\x1b[{}C"


class Progress:
    """Writes one line below the cursor, and takes it away again.

    Only where pytest's report goes to a terminal: not in CI, not in files, not in parallel workers,
    and never into what is captured of a spec.
    """

    def __init__(self, config: pytest.Config, seed: int) -> None:
        self._config = config
        self._seed = seed
        self._next = 0.0
        self._shown = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Listen to a spec, and leave nothing on the terminal."""
        if spec_of(item) is None or not self._on_terminal():
            return (yield)
        self._next = time.monotonic() + _SILENT_S
        progress.listen(self._hear)
        try:
            return (yield)
        finally:
            progress.listen(None)
            if self._shown:
                self._write("")
                self._shown = False

    def _hear(self, done: Mapping[str, int]) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _AGAIN_S
        self._shown = True
        counted = ", ".join(f"{what} {number}" for what, number in done.items())
        self._write(f"{counted}; seed {self._seed}")

    def _write(self, text: str) -> None:
        reporter = self._reporter()
        capture = self._config.pluginmanager.getplugin("capturemanager")
        assert reporter is not None
        terminal = reporter._tw  # noqa: SLF001 - pytest gives its writer no other name
        column = terminal.width_of_current_line % terminal.fullwidth
        # The terminal may scroll, so the way back is relative.
        back = f"\r{_UP}{_RIGHT.format(column) if column else ''}"
        with capture.global_and_fixture_disabled():
            # Past the writer, which would count these as columns.
            terminal._file.write(f"\n{text[: terminal.fullwidth - 1]}{_ERASE}{back}")  # noqa: SLF001 - likewise
            terminal.flush()

    def _on_terminal(self) -> bool:
        reporter = self._reporter()
        return reporter is not None and bool(reporter.isatty)

    def _reporter(self) -> pytest.TerminalReporter | None:
        found: pytest.TerminalReporter | None = self._config.pluginmanager.getplugin(
            "terminalreporter"
        )
        return found
