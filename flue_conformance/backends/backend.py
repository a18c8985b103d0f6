"""`Backend`: how the kit gets empty databases for one adapter and opens them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from flue_conformance.backends.durability import Durability
from flue_conformance.backends.errors import UsageProblem
from flue_conformance.backends.settings import Settings
from flue_conformance.contract import PersistenceAdapter

JsonObject: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """A process that speaks the bridge protocol; killed together with its process group."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Offered:
    """The package that an adapter comes in, where that is no Python distribution."""

    name: str
    version: str
    integrity: str
    """The digest of the file that was installed, as npm writes it: `sha512-…` in Base64."""


class Planter(Protocol):
    """Reads and damages the stored records of one database, behind the adapter's back.

    Columns are named as in section 4 of the contract; a value is stored as it is given. Where
    records lie otherwise, such as in a store that is not SQL, the planter translates; a table that
    has no counterpart there has no rows.
    """

    async def rows(self, table: str, **equal: object) -> list[dict[str, Any]]:
        """Return the rows of `table` whose columns equal the given values."""

    async def insert(self, table: str, **values: object) -> None:
        """Store one row as it is given, however malformed."""

    async def update(self, table: str, where: Mapping[str, object], **values: object) -> int:
        """Overwrite columns of the matching rows; returns how many rows matched."""

    async def delete(self, table: str, **equal: object) -> int:
        """Remove the matching rows; returns how many there were."""


class Server(Protocol):
    """A server of a spec's own: to disconnect, to kill, to start again, and to lose.

    It has the settings and the storage of production, whatever the run's fast server has, for what
    it acknowledges must be durable. It listens on a TCP port, so that a proxy can stand before it.
    Its databases are not those of `Backend.create`. Its coroutines may run on any loop. To write
    one for another product takes a data directory, a process and two statements;
    `backends/postgres/servers/private.py` is an example, and `plugins/flue-adapter-redis` another.
    """

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port on which it listens, also after it was started again."""

    async def create(self) -> str:
        """Make a fresh, empty database on it; returns its location."""

    async def disconnect(self) -> None:
        """End every client's connection from the server's side."""

    async def kill(self) -> None:
        """Kill all its processes with no warning; returns when they are gone.

        Raises `NotAvailable` where they cannot be killed from here. So may `replicate` and
        `through`; what needs them is *not run*, with that reason.
        """

    async def start(self) -> None:
        """Start it again on the data that it had; returns when it takes connections."""

    async def replicate(self) -> Server | None:
        """Return a standby that has everything before it is acknowledged, from now on.

        Called on a fresh server, before anybody connects. None: there is no such thing.
        """

    async def separate(self) -> None:
        """Have this standby get nothing more of its primary, which goes on without it.

        What the primary acknowledges from now on is lost with it: it should be nothing.
        """

    async def promote(self) -> None:
        """Have this standby take its primary's place, which is gone."""

    async def destroy(self) -> None:
        """Kill it, if it runs, and remove its data and all else; repeating is fine."""

    def through(self, location: str, host: str, port: int) -> str:
        """Return `location` re-addressed to a proxy, or to a standby, at `host` and `port`."""


class Backend(ABC):
    """One adapter as the kit sees it.

    A hand-written backend must give `create` and `adapter`; everything else has a default.
    `create`, `copy` and `drop` may run in any thread and on any loop.
    """

    label: str = ""
    """Shown in node ids and reports; never a secret. Empty: the entry point's name."""
    editions: frozenset[str] = frozenset({"0.10", "0.11"})
    durability: Durability = Durability.EPHEMERAL
    needs_argument: bool = False
    """Whether it is an adapter only with an argument; then `all` leaves it out."""

    def configure(self, argument: str | None, settings: Settings) -> Backend:
        """Return the backend for `NAME:ARGUMENT` and the run's options, before collection.

        Raises `UsageProblem` for an argument that it does not understand.
        """
        del settings
        if argument is not None:
            raise UsageProblem(f"The adapter {self.label!r} takes no argument after its name.")
        return self

    async def start(self) -> None:  # noqa: B027 - nothing to do is a good default
        """Make ready what all databases share, once a run, in the controlling process.

        Raises `NotAvailable` when this machine lacks what is needed.
        """

    async def stop(self) -> None:  # noqa: B027 - likewise
        """Undo `start` or, in a parallel worker, `join`; nothing is left behind."""

    def about(self) -> str:
        """Say in one line, without a secret, what `start` made; empty where there is no more."""
        return ""

    def offered(self) -> Offered | None:
        """Return the package under test; None: the distribution of the entry point."""
        return None

    def package_folder(self) -> Path | None:
        """Return where the files of the package under test lie; None: with the entry point's."""
        return None

    def share(self) -> JsonObject:
        """Return, as JSON, what a parallel worker needs to use what `start` made."""
        return {}

    def join(self, shared: JsonObject) -> None:
        """Use, in a parallel worker, what the controlling process started."""
        del shared

    @abstractmethod
    async def create(self) -> str:
        """Make a fresh, empty database; returns its location."""

    async def copy(self, location: str) -> str | None:
        """Copy a closed, migrated database; None: the kit migrates a new one instead."""
        del location
        return None

    async def drop(self, location: str) -> None:
        """Remove a database that `create` or `copy` made."""
        del location

    def durable(self) -> Backend:
        """Return this backend with databases on storage that outlives a power loss.

        Itself where they lie on such storage anyway, or where there is nothing to choose.
        """
        return self

    def sharing(self) -> Backend | None:
        """Return this backend with adapters that get the very objects of their callers.

        Where only copies reach an adapter, whoever makes the copies may be the careless caller:
        whoever changes objects that the adapter got or gave, after a call and in the case of an
        event during it, and raises in listeners. None: nobody does that, so nobody can see whether
        the adapter bears it.
        """
        return self

    @abstractmethod
    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a new adapter on `location` that speaks `edition`."""

    def describe(self, location: str) -> str:
        """Say how a person opens a database that was kept; never with a password."""
        return location

    def planter(self, location: str) -> Planter | None:
        """Return a planter for the stored records, or None where there is none."""
        del location
        return None

    def worker(self, location: str, edition: str) -> Command | None:
        """Return a process that serves the adapter itself, or None for an ordinary worker."""
        del location, edition
        return None

    async def private_server(self) -> Server | None:
        """Start a new server of the caller's own, which destroys it; None where there is no server.

        Raises `NotAvailable` where this machine lacks what is needed. Specs of server faults are
        *not run* in either case. Only called between `start`, or `join`, and `stop`.
        """
        return None
