"""What lies where on the server, and what the server has to promise.

Every key begins with the database's prefix in braces, then the kind of record, then its name:

| kind | name | value |
|---|---|---|
| `facts` | | hash: the format, the last sequence |
| `session` | session id | the record as JSON |
| `submission` | submission id | hash with the columns of section 4.2 |
| `queue`, `settled` | session key | sorted set of submission ids by sequence |
| `heads` | | sorted set of the first unsettled submission of each session |
| `journal` | submission id | hash with the columns of section 4.3 |
| `chunks` | stream key | hash of bodies by segment index |
| `marker` | session key | hash: since when, and the beats of each running deletion |
| `receipt` | dispatch id | hash: accepted and settled at |
| `run`, `pointer` | run id | hash |
| `listed` | status and workflow's name, if any | sorted set of runs, in a list's order |
| `run-events`, `run-event-order` | run id | hash of events by index, sorted set of indices |
| `stream` | path | hash: the next offset, whether it is closed |
| `events` | path | hash of events by sequence |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redis.exceptions import ResponseError

from flue_adapter_redis.database import Database
from flue_conformance.contract import Storage

_FORMAT: Final = b"1"
_PROMISES: Final[Mapping[bytes, bytes]] = {
    b"appendonly": b"yes",
    b"appendfsync": b"always",
    b"maxmemory-policy": b"noeviction",
}
"""Settings without which the server forgets what it has acknowledged."""


async def lay_out(database: Database) -> None:
    """Write down how the database is laid out; raises `Storage` where that is another way."""
    await database.tell("HSETNX", database.facts, "format", _FORMAT)
    await check_format(database)


async def check_format(database: Database) -> None:
    """Raise `Storage` unless the database is laid out as this version reads it. ADAPTER-11."""
    found = await database.ask("HGET", database.facts, "format")
    if found is None:
        raise Storage("The database is empty; call migrate() before connect().")
    if found != _FORMAT:
        raise Storage(
            f"The database has the format {found.decode(errors='replace')!r}, and this version of "
            f"flue-adapter-redis reads {_FORMAT.decode()!r}."
        )


async def check_promises(database: Database) -> None:
    """Raise `Storage` for a server that would lose what it acknowledged.

    One that does not tell its settings, as many that are rented, is taken at its owner's word.
    """
    try:
        told = await database.ask("CONFIG", "GET", *_PROMISES)
    except Storage as error:
        if isinstance(error.__cause__, ResponseError):
            return
        raise
    settings = dict(zip(told[::2], told[1::2], strict=True))
    for name, needed in _PROMISES.items():
        found = settings.get(name, needed)
        if found != needed:
            raise Storage(
                f"The Redis server has {name.decode()} {found.decode()}, and what it acknowledges "
                f"is only safe with {name.decode()} {needed.decode()}; set that in its "
                "configuration, or give durable=False."
            )
