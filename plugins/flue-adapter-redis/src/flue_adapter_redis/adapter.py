"""The adapter: one database on a server, opened for one edition."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from flue_adapter_redis.database import CONNECTIONS, Database
from flue_adapter_redis.layout import check_format, check_promises, lay_out
from flue_adapter_redis.runs import RunEventStore, RunRegistry, RunStore
from flue_adapter_redis.sessions import SessionStore
from flue_adapter_redis.streams import EventStreamStore
from flue_adapter_redis.submissions import SubmissionStore
from flue_conformance.contract import InvalidLocation, Stores

Edition: TypeAlias = Literal["0.10", "0.11"]

EDITIONS: Final[frozenset[Edition]] = frozenset(get_args(Edition))
_SCHEMES: Final = ("redis://", "rediss://", "unix://")


class RedisAdapter:
    """A `PersistenceAdapter` on the Redis server at `url`, which both editions read and write.

    `url` is `redis://[[user:]password@]host:port/0`, `rediss://…` or `unix:///path/of/socket`.
    Databases of one server differ in the `prefix` of their keys. `replicas` is how many replicas
    have to have a write before it is acknowledged. `connections` is how many an adapter opens at
    most. `durable=False` bears a server whose settings lose acknowledged writes.

    Raises `InvalidLocation` for a URL that is none of those or a prefix that is empty or has
    braces, and `ValueError` for an unknown edition or a number that is none.
    """

    def __init__(
        self,
        url: str,
        edition: str = "0.11",
        *,
        prefix: str = "flue",
        replicas: int = 0,
        connections: int = CONNECTIONS,
        durable: bool = True,
    ) -> None:
        if not url.startswith(_SCHEMES):
            raise InvalidLocation(
                f"A Redis server needs a URL that begins with {', '.join(_SCHEMES)}."
            )
        if not prefix or set(prefix) & set("{}"):
            raise InvalidLocation("The prefix of a database is a text without braces.")
        if edition not in EDITIONS:
            raise ValueError(f"Unknown edition {edition!r}; known: {', '.join(sorted(EDITIONS))}.")
        if replicas < 0 or connections < 1:
            raise ValueError("There are at least no replicas, and one connection.")
        self._url = url
        self._edition = edition
        self._prefix = prefix
        self._replicas = replicas
        self._connections = connections
        self._durable = durable
        self._database: Database | None = None

    async def migrate(self) -> None:
        """Lay the database out, unless it is; idempotent, also from several processes at once.

        Raises `Storage`, also for a server that loses what it acknowledged. ADAPTER-01,
        ADAPTER-02, ADAPTER-08.
        """
        database = await self._opened()
        await lay_out(database)

    async def connect(self) -> Stores:
        """Return new store objects on the database, opening it again after `close`.

        Raises `Storage` for a database that was never migrated or has another layout, and for a
        server that loses what it acknowledged. ADAPTER-03, ADAPTER-05, ADAPTER-11.
        """
        database = await self._opened()
        await check_format(database)
        earlier = self._edition == "0.10"
        return Stores(
            sessions=SessionStore(database, self._edition),
            submissions=SubmissionStore(database, self._edition),
            runs=RunStore(database),
            run_registry=RunRegistry(database),
            run_events=RunEventStore(database) if earlier else None,
            event_streams=None if earlier else EventStreamStore(database),
        )

    async def close(self) -> None:
        """Let running calls finish and disconnect; store objects raise `Storage` from now on.

        Harmless without `connect` and when repeated. ADAPTER-04 to -06.
        """
        database, self._database = self._database, None
        if database is not None:
            await database.close()

    async def _opened(self) -> Database:
        if self._database is None:
            database = Database(
                self._url, self._prefix, connections=self._connections, replicas=self._replicas
            )
            try:
                await database.prepare()
                if self._durable:
                    await check_promises(database)
            except BaseException:
                await database.close()
                raise
            self._database = database
        return self._database
