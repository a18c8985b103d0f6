"""What backends share in a run: started once, handed to parallel workers, stopped in any case."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from flue_conformance.backends import Backend, NotAvailable, UsageProblem
from flue_conformance.plugin.blocking import run_blocking, undo
from flue_conformance.plugin.options import runs_nothing
from flue_conformance.plugin.outcomes import NOT_RUN
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.spec import spec_of

_WORKER_INPUT = "flue_servers"


class CannotStart(Exception):  # noqa: N818 - named for what a person reads
    """A backend raised something unforeseen when it was started."""


@dataclass(slots=True)
class Absent:
    """Why a backend cannot be used: this machine lacks something, or starting it failed."""

    reason: str
    traceback: str = ""
    """Of the failure; empty where the machine lacks something."""
    told: bool = False
    """Whether a report has the traceback already."""


class Servers:
    """Starts backends before the first spec needs them, in the process that controls the run."""

    def __init__(
        self, config: pytest.Config, backends: Iterable[Backend], redact: Redaction
    ) -> None:
        self._config = config
        self._backends = {backend.label: backend for backend in backends}
        self._redact = redact
        self._begun: list[Backend] = []
        self._absent: dict[str, Absent] = {}

    def check(self, backend: Backend) -> None:
        """Skip the current spec if this machine lacks what the backend needs.

        Raises `CannotStart` if starting it failed.
        """
        absent = self._absent.get(backend.label)
        if absent is None:
            return
        if not absent.traceback:
            pytest.skip(f"{NOT_RUN}{absent.reason}")
        problem = CannotStart(absent.reason)
        if not absent.told:
            problem.add_note(absent.traceback)
            absent.told = True
        raise problem

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Start all backends before parallel workers are made, or join them in a worker."""
        shared = getattr(self._config, "workerinput", {}).get(_WORKER_INPUT)
        if shared is not None:
            self._join(shared)
        elif self._config.pluginmanager.has_plugin("dsession"):
            self._start(self._backends.values())

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a parallel worker how to use what was started."""
        node.workerinput[_WORKER_INPUT] = {
            label: (
                asdict(self._absent[label])
                if label in self._absent
                else {"shared": dict(backend.share())}
            )
            for label, backend in self._backends.items()
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Start the backends of the collected specs."""
        broken_off = session.testsfailed and not self._config.option.continue_on_collection_errors
        if runs_nothing(self._config) or broken_off or hasattr(self._config, "workerinput"):
            return
        needed = {spec.subject.backend.label for item in session.items if (spec := spec_of(item))}
        self._start(backend for label, backend in self._backends.items() if label in needed)

    def stop(self) -> None:
        """Stop what was started; one backend that fails to does not keep the others running."""
        while self._begun:
            backend = self._begun.pop()
            undo(backend.stop(), f"{backend.label} could not be stopped", self._redact)

    def _start(self, backends: Iterable[Backend]) -> None:
        for backend in backends:
            if backend in self._begun:
                continue
            self._begun.append(backend)
            try:
                run_blocking(backend.start())
            except NotAvailable as problem:
                self._absent[backend.label] = Absent(self._redact(str(problem)))
            except UsageProblem as problem:
                raise pytest.UsageError(self._redact(str(problem))) from None
            except Exception as error:  # noqa: BLE001 - anybody's backend
                self._absent[backend.label] = self._failure(backend, error)

    def _join(self, shared: dict[str, Any]) -> None:
        for label, told in shared.items():
            if "reason" in told:
                self._absent[label] = Absent(**told)
                continue
            backend = self._backends[label]
            self._begun.append(backend)
            try:
                backend.join(told["shared"])
            except Exception as error:  # noqa: BLE001 - anybody's backend
                self._absent[label] = self._failure(backend, error)

    def _failure(self, backend: Backend, error: Exception) -> Absent:
        told = traceback.format_exception(error)
        return Absent(
            self._redact(f"{backend.label} could not be started: {told[-1].strip()}"),
            self._redact("".join(told)),
        )
