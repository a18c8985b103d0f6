"""Databases that an adapter from npm and a reference adapter have open at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

import reference_adapters
from flue_conformance.backends import Backend, FlueSchemaPlanter, NotAvailable, Settings
from flue_conformance.backends.discovery import select
from flue_conformance.backends.errors import UsageProblem
from flue_conformance.contract import PersistenceAdapter
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.observed import ObservedAdapter

T = TypeVar("T")
Open = Callable[[], Coroutine[Any, Any, Handle]]

PAIRS = {
    "sqlite-0.10": "@flue/runtime@0.10.2#sqlite",
    "sqlite-0.11": "@flue/runtime@0.11.1#sqlite",
    "postgres-0.10": "@flue/postgres@0.10.2#postgres",
}


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use the user's cache: packages are big, and installed once."""
    del tmp_path_factory


@dataclass(frozen=True, slots=True)
class Shared:
    """One database; each `open` is a further adapter object on it."""

    location: str
    npm: Open
    python: Open

    @property
    def planter(self) -> FlueSchemaPlanter:
        """Reads what is stored."""
        return FlueSchemaPlanter(self.location)


@dataclass(frozen=True, slots=True)
class Both:
    """An adapter of each language on one database, for examples that share it."""

    shared: Shared
    npm: Handle
    python: Handle
    run: Callable[[Coroutine[Any, Any, Any]], Any]


class Pair:
    """An adapter from npm and the reference adapter of the same edition."""

    def __init__(self, backend: Backend, edition: str, loop: asyncio.Runner) -> None:
        self._backend = backend
        self._loop = loop
        self.edition = edition

    def run(self, act: Callable[[Shared], Coroutine[Any, Any, T]]) -> T:
        """Do something with a fresh database that both have migrated."""

        async def done() -> T:
            async with self.shared() as shared:
                return await act(shared)

        return self._loop.run(done())

    @contextmanager
    def lasting(self) -> Iterator[Both]:
        """Lend a database for many uses."""
        run = self._loop.run
        lending = self.shared()
        shared = run(lending.__aenter__())
        try:
            yield Both(shared, run(shared.npm()), run(shared.python()), run)
        finally:
            run(lending.__aexit__(None, None, None))

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[Shared]:
        """Lend a fresh database."""
        location = await self._backend.create()
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self._backend.drop, location)

            async def opened(adapter: PersistenceAdapter, where: str) -> Handle:
                observed = ObservedAdapter(adapter, Ledger(), Limits(), where)
                closing.push_async_callback(observed.close)
                await observed.migrate()
                return Handle(observed, await observed.connect())

            def npm() -> Coroutine[Any, Any, Handle]:
                return opened(self._backend.adapter(location, self.edition), "npm")

            def python() -> Coroutine[Any, Any, Handle]:
                return opened(self._reference(location), "Python")

            yield Shared(location, npm, python)

    def _reference(self, location: str) -> PersistenceAdapter:
        is_url = location.startswith("postgresql://")
        make = reference_adapters.postgres if is_url else reference_adapters.sqlite
        return make(location, edition=self.edition)


@pytest.fixture(scope="session", params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Lend each pair; skip it where its package cannot be installed, or there is no server."""
    try:
        (backend,) = select([f"npm:{PAIRS[request.param]}"], Settings(rootdir=Path.cwd()))
    except UsageProblem as problem:
        pytest.skip(str(problem))
    with asyncio.Runner() as loop:
        try:
            loop.run(backend.start())
        except NotAvailable as problem:
            pytest.skip(str(problem))
        yield Pair(backend, request.param.rpartition("-")[2], loop)
        loop.run(backend.stop())


@pytest.fixture(scope="session")
def both(pair: Pair) -> Iterator[Both]:
    """Lend a database that stays, opened by both."""
    with pair.lasting() as both:
        yield both


@pytest.fixture(params=["npm writes", "Python writes"])
def roles(request: pytest.FixtureRequest) -> Callable[[Shared], tuple[Open, Open]]:
    """Say who goes first: the writer and the reader of a database."""

    def chosen(shared: Shared) -> tuple[Open, Open]:
        both = shared.npm, shared.python
        return both if request.param == "npm writes" else both[::-1]

    return chosen
