"""Adapters of `modules/`, served by Node."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from flue_conformance.backends import Backend, Settings
from flue_conformance.backends.discovery import select
from flue_conformance.contract import Stores

if importlib.util.find_spec("flue_adapter_npm") is None:
    # Without the plugin there is nothing to test.
    collect_ignore_glob = ["*"]

T = TypeVar("T")
MODULES = Path(__file__).with_name("modules")

InStores = Callable[..., T]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from the user's cache."""
    monkeypatch.setenv("FLUE_NPM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def selected(argument: str, root: Path = MODULES) -> Backend:
    """Return the backend of what stands after `npm:`."""
    return select([f"npm:{argument}"], Settings(rootdir=root))[0]


class Served:
    """One adapter of a backend, and its stores for one use at a time."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def use(self, act: Callable[[Stores], Awaitable[T]]) -> T:
        """Do something with fresh stores."""

        async def used() -> T:
            adapter = self.backend.adapter("a location", "0.11")
            stores = await adapter.connect()
            try:
                return await act(stores)
            finally:
                await adapter.close()
                await self.backend.drop("a location")

        return asyncio.run(used())


@pytest.fixture(scope="session")
def echo() -> Iterator[Served]:
    """Serve the adapter that gives back what it is asked for."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FLUE_NPM_CACHE", "/nowhere")
        backend = selected("./echo.mjs#echo?memory")
        yield Served(backend)
        asyncio.run(backend.stop())
