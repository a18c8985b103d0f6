"""`Supervision`: sees to it that no adapter hangs a run, ends it or makes it lie.

Works in the process that runs specs. Each phase of a spec is watched; what an adapter swallowed of
an interruption is raised at the end of the phase. A process that cannot be brought to go on is
ended with its reports written.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from flue_conformance.plugin.census import CensusTaker
from flue_conformance.plugin.databases import Databases
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.servers import Servers
from flue_conformance.plugin.spec import Spec, spec_of
from flue_conformance.plugin.stacks import (
    blocked_at,
    displayed,
    frame_of,
    innermost,
    is_idle,
    lines_of,
    runs_of_pytest,
    suspended_at,
)
from flue_conformance.plugin.subjects import Lineup
from flue_conformance.plugin.teaching import headlines, leaves
from flue_conformance.plugin.trial import trial_of
from flue_conformance.plugin.watch.blackbox import Blackbox
from flue_conformance.plugin.watch.crashes import WORKER_INPUT
from flue_conformance.plugin.watch.exits import Exits, real_exit
from flue_conformance.plugin.watch.flood import Flood
from flue_conformance.plugin.watch.watchdog import Afterlife, Watchdog
from flue_conformance.plugin.watch.witness import BOX, POSIX, Witness
from flue_conformance.specs.support import endings
from flue_conformance.specs.support.broken import Stuck, StuckAfterwards
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.pulse import Pulse

_LEAST_WITHOUT_BEAT_S: Final = 5.0
"""A machine under load may keep the watchdog's thread waiting for a while."""


class Supervision:
    """Watches specs while they run."""

    def __init__(
        self,
        config: pytest.Config,
        *,
        lineup: Lineup,
        taker: CensusTaker,
        limits: Limits,
        pulse: Pulse,
        databases: Databases,
        servers: Servers,
        redact: Redaction,
    ) -> None:
        self._config = config
        self._lineup = lineup
        self._taker = taker
        self._limits = limits
        self.pulse = pulse
        self._databases = databases
        self._servers = servers
        self._redact = redact
        self._exits = Exits()
        self._flood = Flood(config)
        self._watchdog = Watchdog(
            pulse, limits, interrupt=self._interrupt, give_up=self._give_up, tick=self._tick
        )
        self._witness: Witness | None = None
        self._box: Blackbox | None = None
        self._session: pytest.Session | None = None
        self._item: pytest.Item | None = None
        self._phase = "setup"
        self._stuck: Stuck | None = None
        self._was_stuck = False
        self._folder: Path | None = None
        self._threads: list[threading.Thread] = []
        self._draft: Callable[[], Mapping[str, Any] | None] = lambda: None

    def draft_by(self, draft: Callable[[], Mapping[str, Any]]) -> None:
        """Have whoever outlives this process complete a report that is begun by this."""
        self._draft = draft

    def watching(self) -> AbstractContextManager[None]:
        """Watch the main thread while it does something with what an adapter left."""
        return self._watchdog.watching()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session: it knows the exit status."""
        self._session = session

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Keep the process of a spec from being ended by it, and note what the spec is about."""
        spec = spec_of(item)
        if spec is None:
            return (yield)
        self._start()
        self._item = item
        if self._box is not None:
            self._box.about(self._facts(item, spec))
        self._exits.refuse()
        try:
            return (yield)
        finally:
            self._exits.allow()
            self.pulse.forget()
            self._item = None
            if self._box is not None:
                self._box.about(None)

    # Inside the wrappers of others: they are not watched, and see what the phase came to.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Watch the setup of a spec."""
        yield from self._watched(item, "setup")

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Watch a spec."""
        yield from self._watched(item, "call")

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Watch the teardown of a spec, and remove what it could not."""
        try:
            yield from self._watched(item, "teardown")
        finally:
            self._databases.reclaim(trial_of(item))

    def pytest_enter_pdb(self) -> None:
        """Leave the process alone while a person debugs it."""
        self._watchdog.pause()

    def pytest_leave_pdb(self) -> None:
        """Watch again."""
        self._watchdog.go_on()

    def stop(self) -> None:
        """End the watch; threads that were left behind get a grace before the process ends."""
        self._watchdog.stop()
        must_end = self._was_stuck and _pytest_is_the_program()
        if self._witness is not None:
            self._witness.dismiss(must_end=must_end)
        if self._box is not None:
            self._box.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        left = [thread for thread in threading.enumerate() if self._was_left(thread)]
        if left or must_end:
            grace = self._limits.grace
            Afterlife(grace, self._end_at_last, at_most=4 * grace if must_end else None).start()

    def _watched(self, item: pytest.Item, phase: str) -> Generator[None, None, None]:
        if spec_of(item) is None:
            yield
            return
        self._phase, self._stuck = phase, None
        self._exits.take_refused()
        try:
            with self._watchdog.watching():
                yield
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as error:
            self._raise_instead_of(error, trial_of(item).ledger)
            raise
        finally:
            self._flood.trim()
        self._raise_instead_of(None, trial_of(item).ledger)

    def _raise_instead_of(self, error: BaseException | None, ledger: Ledger) -> None:
        """Raise what happened besides, or before, what the phase raised, if anything did."""
        refused = self._exits.take_refused()
        if self._stuck is not None and error is not self._stuck:
            raise self._stuck from None
        if error is not None and ledger.breaking_call(error):
            return
        if refused is not None:
            raise endings.wanted_to_end_the_process(refused)
        if error is not None and any(map(endings.is_about_a_stopped_loop, leaves(error))):
            raise endings.broke_the_loop(ledger) from error

    def _start(self) -> None:
        if self._session is None or self._threads:
            return
        self._threads = threading.enumerate()
        lent = getattr(self._config, "workerinput", {}).get(WORKER_INPUT)
        folder = Path(lent or tempfile.mkdtemp(prefix="flue-run-"))
        self._box = Blackbox(folder / BOX)
        self.pulse.tell = self._box.call
        self._watchdog.start()
        if POSIX:
            self._call_a_witness(folder, alone=lent is None)
        self._folder = None if lent else folder

    def _call_a_witness(self, folder: Path, *, alone: bool) -> None:
        self._witness = Witness(folder)
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        limit = max(3 * (self._limits.settle + self._limits.grace), _LEAST_WITHOUT_BEAT_S)
        with capture.global_and_fixture_disabled() if capture else _nothing():
            draft = self._draft() if alone else None
            run = {"alone": alone, "subjects": self._subjects(), "draft": draft}
            self._witness.start(run, limit)
        if alone:
            self._config.pluginmanager.register(self._witness, "flue-witness")

    def _subjects(self) -> list[dict[str, Any]]:
        return [
            {
                "name": subject.name,
                "label": subject.backend.label,
                "edition": subject.edition,
                "durability": str(subject.backend.durability),
                "available": self._taker.census.available.get(subject.name, 0),
                "command": self._lineup.command(subject.name),
            }
            for subject in self._lineup.subjects
        ]

    def _facts(self, item: pytest.Item, spec: Spec) -> dict[str, Any]:
        return {
            "node_id": item.nodeid,
            "place": self._redact(f"{displayed(item.path)}:{(item.location[1] or 0) + 1}"),
            "headlines": list(headlines(spec)),
            "properties": item.user_properties,
            "repeat": self._redact(self._lineup.repeat(spec.subject.name, item.nodeid)),
        }

    def _tick(self) -> None:
        if self._box is not None:
            self._box.beat()
        if self._item is not None:
            self._flood.trim()

    def _interrupt(self, waited: float, frame: FrameType | None) -> None:
        """Raise in the main thread, which does not go on."""
        self._stuck = self._account(waited, frame)
        self._was_stuck = True
        if self._item is not None:
            trial_of(self._item).ledger.over = self._stuck
        raise self._stuck

    def _account(self, waited: float, frame: FrameType | None) -> Stuck:
        """Return what keeps the process from going on."""
        blocked = blocked_at(frame)
        waiting = () if blocked or not is_idle(frame) else suspended_at()
        where = list(lines_of(blocked or waiting or innermost(frame)))
        call = self.pulse.under_way
        if not call:
            about = f"nothing went on in the {self._phase} of the spec"
        elif blocked:
            about = f"{call} blocked the event loop"
        elif not is_idle(frame):
            about = f"the event loop was blocked while {call} was under way"
        else:
            about = f"{call} did not come back, not even when it was cancelled"
        # pytest goes on with its finalizers after an ordinary exception alone.
        kind = StuckAfterwards if self._phase == "teardown" else Stuck
        return kind(about, waited, where)

    def _give_up(self, waited: float) -> None:
        """End the process, in the watchdog's thread: the main thread cannot be interrupted."""
        item, session = self._item, self._session
        spec = spec_of(item) if item else None
        if item is None or spec is None or session is None:
            real_exit(pytest.ExitCode.INTERNAL_ERROR)
        manager = self._config.pluginmanager
        capture = manager.get_plugin("capturemanager")
        if capture is not None:
            capture.suspend(in_=True)
        stuck = self._account(waited, frame_of(threading.main_thread().ident))
        report = self._report(item, stuck)
        if self._box is not None and hasattr(self._config, "workerinput"):
            facts = {
                "text": report.longreprtext,
                "properties": report.user_properties,
                "because": stuck.about,
            }
            self._box.about({**self._facts(item, spec), **facts})
            real_exit(pytest.ExitCode.TESTS_FAILED)
        item.ihook.pytest_runtest_logreport(report=report)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.shouldstop = f"{stuck.about}; the process could not be brought to go on"
        others = manager.subset_hook_caller("pytest_sessionfinish", [manager.get_plugin("runner")])
        others(session=session, exitstatus=pytest.ExitCode.TESTS_FAILED)
        self._leave(pytest.ExitCode.TESTS_FAILED)

    def _report(self, item: pytest.Item, stuck: Stuck) -> pytest.TestReport:
        def give() -> None:
            raise stuck

        phase: Any = self._phase
        told = pytest.CallInfo.from_call(give, when=phase)
        report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=told)
        return report

    def _leave(self, status: int) -> None:
        """End the process; servers get a grace to stop, their guardians do the rest."""
        stopping = threading.Thread(target=self._servers.stop, name="flue-stop", daemon=True)
        stopping.start()
        stopping.join(max(self._limits.grace, _LEAST_WITHOUT_BEAT_S))
        if self._witness is not None:
            self._witness.dismiss(must_end=False)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._exit(status)

    def _end_at_last(self, left: str) -> None:
        kept = f"threads kept alive: {left}" if left else "did not end"
        sys.stderr.write(f"flue: ended a process that {kept}\n")
        self._exit(int(self._session.exitstatus) if self._session else 0)

    def _exit(self, status: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        real_exit(status)

    def _was_left(self, thread: threading.Thread) -> bool:
        return bool(self._threads) and not thread.daemon and thread not in self._threads


def _pytest_is_the_program() -> bool:
    """Return whether nothing is to follow the end of pytest in this process."""
    program = sys.modules["__main__"]
    spec = getattr(program, "__spec__", None)
    name = spec.name if spec else Path(getattr(program, "__file__", None) or "").stem
    return name.partition(".")[0] in ("pytest", "py") and runs_of_pytest() == 1


@contextmanager
def _nothing() -> Iterator[None]:
    yield
