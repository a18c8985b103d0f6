"""Backends of the adapters, as their entry points name them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any, Final

from flue_conformance.backends import (
    Backend,
    Durability,
    MemoryBackend,
    NotAvailable,
    Settings,
    UsageProblem,
)
from flue_conformance.contract import PersistenceAdapter
from flue_fakes.adapters import (
    SECRET,
    DictAdapter,
    Forgetful,
    Kept,
    Raising,
    Sorting,
    Unclosable,
    Unmigratable,
)

EDITIONS: Final = ("0.10", "0.11")


def note(event: str) -> None:
    """Write down what happened, for tests that look at it from another process."""
    path = os.environ.get("FLUE_FAKES_LOG")
    if path:
        with Path(path).open("a") as log:
            log.write(f"{event}\n")


class Shelf(Backend):
    """Persistent databases on a shelf of this process; it notes all that is done with them."""

    durability = Durability.SINGLE_HOST
    editions = frozenset(EDITIONS)
    shelf: Final[dict[str, Kept]] = {}

    def __init__(self, adapter: type[DictAdapter] = DictAdapter, *, copies: bool = True) -> None:
        self.make = adapter
        self.copies = copies
        self.key: str | None = None

    def configure(self, argument: str | None, settings: Settings) -> Backend:
        del argument, settings
        return self

    async def start(self) -> None:
        note(f"start {self.label}")
        self.key = secrets.token_hex(4)

    async def stop(self) -> None:
        note(f"stop {self.label}")

    def about(self) -> str:
        return "a shelf"

    def share(self) -> dict[str, Any]:
        return {"key": self.key}

    def join(self, shared: Any) -> None:
        note(f"join {self.label}")
        self.key = shared["key"]

    async def create(self) -> str:
        assert self.key, "nobody has started this backend"
        location = f"fake://kit:{SECRET}@127.0.0.1/{secrets.token_hex(4)}"
        self.shelf[location] = {}
        note(f"create {self.label}")
        return location

    async def copy(self, location: str) -> str | None:
        if not self.copies:
            return None
        copied = await self.create()
        self.shelf[copied].update(self.shelf[location])
        note(f"copy {self.label}")
        return copied

    async def drop(self, location: str) -> None:
        del self.shelf[location]
        note(f"drop {self.label}")

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        del edition
        return self.make(self.shelf[location])

    def describe(self, location: str) -> str:
        return f"fake-shell {location}"


class Absent(Shelf):
    async def start(self) -> None:
        raise NotAvailable(f"There is no shelf here ({SECRET}); buy one.")


class Refusing(Shelf):
    async def start(self) -> None:
        raise UsageProblem("The shelf that you asked for is taken.")


class Collapsing(Shelf):
    async def start(self) -> None:
        note(f"start {self.label}")
        raise ZeroDivisionError(f"the shelf at fake://kit:{SECRET}@h/d collapsed")


class Stuck(Shelf):
    async def stop(self) -> None:
        note(f"stop {self.label}")
        raise RuntimeError("the shelf is stuck")


class Served(Shelf):
    durability = Durability.MULTI_REPLICA


class Unserved(Served):
    async def private_server(self) -> None:
        note(f"private {self.label}")
        raise NotAvailable(f"There is no crate to build a shelf of ({SECRET}).")


def _memory(adapter: type[DictAdapter]) -> Backend:
    return MemoryBackend(lambda _: adapter(), editions=EDITIONS)


good = _memory(DictAdapter)
forgetful = _memory(Forgetful)
sorting = _memory(Sorting)
raising = _memory(Raising)
unmigratable = Shelf(Unmigratable)
unclosable = Shelf(Unclosable)
unclosable_memory = _memory(Unclosable)
shelf = Shelf()
forgetful_shelf = Shelf(Forgetful)
uncopied = Shelf(copies=False)
absent = Absent()
refusing = Refusing()
collapsing = Collapsing()
stuck = Stuck()
served = Served()
unserved = Unserved()
no_backend = DictAdapter
only_old = MemoryBackend(lambda _: DictAdapter(), editions=("0.10",))
