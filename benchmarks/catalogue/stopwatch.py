"""A pytest plugin that tells where the time of a run goes, in the file `FLUE_STOPWATCH`.

It works in one process: parallel workers would each have a clock of their own.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from sqlalchemy import Engine, event

from flue_conformance.backends import Backend
from flue_conformance.contract import PersistenceAdapter, Stores
from flue_conformance.plugin.spec import spec_of

VARIABLE = "FLUE_STOPWATCH"


class Watch:
    """Measures for how long at least one of several overlapping things goes on, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.count = 0
        self._running = 0
        self._since = 0.0
        self._lock = Lock()

    def begin(self) -> None:
        """One more begins."""
        with self._lock:
            if self._running == 0:
                self._since = time.perf_counter()
            self._running += 1
            self.count += 1

    def end(self) -> None:
        """One of them ends."""
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self.seconds += time.perf_counter() - self._since

    def timed(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return the call, timed."""

        async def timed(*arguments: Any, **options: Any) -> Any:
            self.begin()
            try:
                return await call(*arguments, **options)
            finally:
                self.end()

        return timed


class TimedStore:
    """A surface of an adapter whose calls are timed."""

    def __init__(self, store: object, calls: Watch) -> None:
        self._store = store
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._store, name)
        return member if name == "subscribe" else self._calls.timed(member)


class TimedAdapter:
    """An adapter whose calls are timed, those of its stores too."""

    def __init__(self, adapter: PersistenceAdapter, calls: Watch) -> None:
        self._adapter = adapter
        self._calls = calls
        self.migrate = calls.timed(adapter.migrate)
        self.close = calls.timed(adapter.close)

    async def connect(self) -> Stores:
        """Open the location."""
        stores = await self._calls.timed(self._adapter.connect)()
        surfaces = {name: getattr(stores, name) for name in Stores.__dataclass_fields__}
        timed: dict[str, Any] = {
            name: store and TimedStore(store, self._calls) for name, store in surfaces.items()
        }
        return Stores(**timed)


class Stopwatch:
    """Times what specs do, and writes it down at the end of the run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begun = time.perf_counter()
        self._collected = self._begun
        self._calls = Watch()
        self._statements = Watch()
        self._databases = Watch()
        self._rules: defaultdict[str, float] = defaultdict(float)
        self._specs = 0.0
        event.listen(Engine, "before_cursor_execute", lambda *_: self._statements.begin())
        event.listen(Engine, "after_cursor_execute", lambda *_: self._statements.end())
        # A statement that fails has no `after`.
        event.listen(Engine, "handle_error", lambda _: self._statements.end())

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Time the backends of all specs."""
        for backend in {spec.subject.backend for item in session.items if (spec := spec_of(item))}:
            self._time(backend)
        self._collected = time.perf_counter()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Time one spec, and its rules with it."""
        begun = time.perf_counter()
        result = yield
        spec = spec_of(item)
        if spec:
            seconds = time.perf_counter() - begun
            self._specs += seconds
            for proof in spec.proofs:
                self._rules[proof.rule.id] += seconds / len(spec.proofs)
        return result

    def pytest_sessionfinish(self) -> None:
        """Write."""
        told = {
            "whole": time.perf_counter() - self._begun,
            "collection": self._collected - self._begun,
            "specs": self._specs,
            "calls": self._calls.seconds,
            "call_count": self._calls.count,
            "statements": self._statements.seconds,
            "statement_count": self._statements.count,
            "databases": self._databases.seconds,
            "database_count": self._databases.count,
            "rules": self._rules,
        }
        self._path.write_text(json.dumps(told))

    def _time(self, backend: Backend) -> None:
        make = backend.adapter
        timed: dict[str, Any] = {
            name: self._databases.timed(getattr(backend, name))
            for name in ("create", "copy", "drop")
        }
        timed["adapter"] = lambda *place: TimedAdapter(make(*place), self._calls)
        vars(backend).update(timed)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure."""
    config.pluginmanager.register(Stopwatch(Path(os.environ[VARIABLE])), "flue-stopwatch")
