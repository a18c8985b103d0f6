"""Reference adapters: one implementation of the contract over SQLAlchemy Core, three locations.

`adapter` opens a location and hands out the stores. A store checks and serialises its arguments,
then runs one plain function, a step, on the `database`: a whole transaction, on a thread unless the
database is in memory (`workers`). Statements are module constants over the tables of `schema`; what
differs between SQLite and Postgres is in `dialects`, and how each is opened in `sqlite_file` and
`postgres_server`.
"""

from __future__ import annotations

import os

from reference_adapters.adapter import ReferenceAdapter
from reference_adapters.editions import NEWEST_EDITION
from reference_adapters.postgres_server import PostgresServer
from reference_adapters.sqlite_file import SqliteFile

__all__ = ["ReferenceAdapter", "memory", "postgres", "sqlite"]


def memory(*, edition: str = NEWEST_EDITION) -> ReferenceAdapter:
    """Return an adapter whose state is lost when it is closed."""
    return ReferenceAdapter(SqliteFile(None), edition)


def sqlite(
    path: str | os.PathLike[str] | None = None, *, edition: str = NEWEST_EDITION
) -> ReferenceAdapter:
    """Return an adapter on a SQLite file, which is made on first use; no path means in memory.

    Raises `InvalidLocation` for a blank path.
    """
    return ReferenceAdapter(SqliteFile(path), edition)


def postgres(url: str, *, edition: str = NEWEST_EDITION) -> ReferenceAdapter:
    """Return an adapter on a Postgres database, for example `postgresql://user@host/database`.

    Raises `InvalidLocation` for an unusable URL, and `ImportError` without psycopg 3.
    """
    return ReferenceAdapter(PostgresServer(url), edition)
