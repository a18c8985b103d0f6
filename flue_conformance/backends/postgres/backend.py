"""`PostgresBackend`: an adapter whose databases are on a Postgres server."""

from __future__ import annotations

import asyncio
import copy
import difflib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Self

from flue_conformance.backends.backend import Backend, JsonObject, Planter, Server
from flue_conformance.backends.durability import Durability
from flue_conformance.backends.errors import UsageProblem
from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.maker import Maker
from flue_conformance.backends.postgres.places import Places, places
from flue_conformance.backends.postgres.servers import KINDS, start_server
from flue_conformance.backends.postgres.servers.disposable import dispose_of
from flue_conformance.backends.postgres.servers.private import start_private
from flue_conformance.backends.postgres.servers.server import PostgresServer
from flue_conformance.backends.postgres.url import PostgresUrl
from flue_conformance.backends.settings import Settings
from flue_conformance.contract import PersistenceAdapter

AHEAD = 4
BEHIND = 12


class PostgresBackend(Backend):
    """Databases on Postgres: `make(url, edition)` returns an adapter on the database at `url`.

    The server is the one of `--flue-postgres`, or of the argument where there is one
    (`NAME:embedded`, `NAME:postgresql://…`). The label stays the same, since it is the same adapter
    whatever server it meets. `planter` makes a planter for a URL, such as `FlueSchemaPlanter`.

    `network` says that the adapter reaches no server through a socket in the file system, as many a
    driver of other languages; a server that the run starts then listens on this machine.

    A location is the URL of a database of its own; on a server that does not let the role create
    databases it is that of a schema, and then there are no copies.
    """

    durability = Durability.MULTI_REPLICA

    def __init__(
        self,
        make: Callable[[str, str], PersistenceAdapter],
        *,
        editions: Iterable[str],
        label: str = "",
        planter: Callable[[str], Planter] | None = None,
        network: bool = False,
    ) -> None:
        self.label = label
        self.editions = frozenset(editions)
        self._make = make
        self._planter = planter
        self._network = network
        self._settings = Settings()
        self._server: PostgresServer | None = None
        self._entered: _Entered | None = None

    def configure(self, argument: str | None, settings: Settings) -> Self:
        """Return this backend for one run; the argument goes before `settings.postgres`."""
        choice = settings.postgres if argument is None else argument
        _check(choice)
        configured = copy.copy(self)
        configured._settings = replace(settings, postgres=choice)  # noqa: SLF001 - a copy
        return configured

    async def start(self) -> None:
        """Start the server, or meet the one that is there.

        Raises `NotAvailable` where `auto` finds none, and `UsageProblem` where one that was asked
        for by name cannot be had.
        """
        self._server = await asyncio.to_thread(
            start_server,
            self._settings.postgres,
            image=self._settings.postgres_image,
            keep=self._settings.keep,
            network=self._network,
        )
        self._enter(self._server.access)

    async def stop(self) -> None:
        """End what `start` began or, in a parallel worker, what `join` began."""
        await asyncio.to_thread(self._stop)

    def about(self) -> str:
        """Return the server's version and kind."""
        return self._entered.access.about if self._entered else ""

    def share(self) -> JsonObject:
        """Return the way into the server."""
        return asdict(self._inside.access)

    def join(self, shared: JsonObject) -> None:
        """Make databases on the server that the controlling process started."""
        self._enter(Access(**shared))

    async def create(self) -> str:
        """Make an empty database."""
        return await self._take(None)

    async def copy(self, location: str) -> str | None:
        """Copy a closed, migrated database, which must not change any more."""
        inside = self._inside
        if inside.access.schemas:
            return None
        return await self._take(inside.places.name(location))

    async def drop(self, location: str) -> None:
        """Drop a database; its sessions get a moment to leave, then they are ended."""
        inside = self._inside
        await asyncio.wrap_future(inside.maker.give_back(inside.places.name(location)))

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a new adapter on the database at the URL `location`."""
        return self._make(location, edition)

    def describe(self, location: str) -> str:
        """Return the command that opens a kept database."""
        inside = self._inside
        return inside.access.opening.replace("{name}", inside.places.name(location))

    def planter(self, location: str) -> Planter | None:
        """Return a planter for the database, where the author gave one."""
        return self._planter(location) if self._planter else None

    async def private_server(self) -> Server:
        """Start a server with default settings from programs on this machine.

        Raises `NotAvailable` where there are none, also when the run's own server is a container's
        or somebody's: neither is ever killed. One that was given as disposable stands in for it,
        as far as that can be broken from here.
        """
        access = self._inside.access
        if access.given and self._settings.postgres_disposable:
            return await asyncio.to_thread(dispose_of, access)
        return await asyncio.to_thread(start_private, self._settings.postgres)

    @property
    def _inside(self) -> _Entered:
        if self._entered is None:
            raise RuntimeError("A PostgresBackend has databases only between start and stop.")
        return self._entered

    def _enter(self, access: Access) -> None:
        # Where databases may be kept, those that are left at the end are exactly the kept ones.
        ahead, behind = (0, 0) if self._settings.keep else (AHEAD, BEHIND)
        its_places = places(access)
        maker = Maker(its_places, access.prefix, ahead=ahead, behind=behind)
        self._entered = _Entered(access, its_places, maker)

    async def _take(self, template: str | None) -> str:
        inside = self._inside
        return inside.places.url(await asyncio.wrap_future(inside.maker.take(template)))

    def _stop(self) -> None:
        if self._entered is None:
            return
        entered, self._entered = self._entered, None
        entered.maker.close()
        if self._server is not None:
            kept = self._settings.keep and bool(entered.places.left())
            entered.places.close()
            self._server.stop(keep=kept)


@dataclass(frozen=True, slots=True)
class _Entered:
    """A server that this process makes databases on."""

    access: Access
    places: Places
    maker: Maker


def _check(choice: str) -> None:
    """Refuse, before anything is started, what is neither a kind of server nor a URL."""
    if "://" in choice:
        PostgresUrl.parse(choice, "The Postgres server that was asked for")
    elif choice not in KINDS:
        near = difflib.get_close_matches(choice, KINDS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UsageProblem(
            f"No kind of Postgres server {choice!r}; there are {', '.join(KINDS)} and URLs such as "
            f"postgresql://user:password@host/database.{hint}"
        )
