"""Postgres locations."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import QueuePool

from flue_conformance.contract import InvalidLocation
from reference_adapters.database import Database
from reference_adapters.dialects import POSTGRES
from reference_adapters.engines import open_engine
from reference_adapters.workers import Threads

_CONNECTIONS: Final = 10
# A server that vanished without a word is noticed within half a minute. DURABILITY-12.
_DEFAULTS: Final = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SCHEME: Final = re.compile(r"(?:postgresql|postgres)(?:\+\w+)?://")
_PORTS: Final = re.compile(r"[0-9,]*")
# A slash in a password makes its rest pass for a port and a database, which errors would name.
_PASSWORD_ASTRAY: Final = re.compile(r"://[^/?]*/[^?]*@")
_UNREADABLE: Final = (
    "The Postgres URL cannot be read; it looks like "
    "postgresql://user:password@host:5432/database, with unusual characters as %XX."
)


class PostgresServer:
    """A database on a Postgres server; `url` is whatever libpq accepts, or SQLAlchemy.

    Raises `InvalidLocation` for anything else; never repeats the URL, which may hold a password.
    """

    def __init__(self, url: str) -> None:
        self._parameters = _DEFAULTS | _connection_parameters(url)

    def open(self) -> Database:
        """Return the database; the first call to it connects."""
        pool = QueuePool(self._connect, _CONNECTIONS, max_overflow=0, use_lifo=True)
        engine = open_engine("postgresql+psycopg", pool)
        return Database(self._name(), engine, POSTGRES, Threads(_CONNECTIONS))

    # Any: SQLAlchemy's protocol of connections has members that the driver's lack.
    def _connect(self) -> Any:
        import psycopg  # noqa: PLC0415 - the other locations work without it

        # Prepared on first use: few statements come again and again on connections that stay.
        return psycopg.connect(autocommit=True, prepare_threshold=0, **self._parameters)

    def _name(self) -> str:
        known = {name: self._parameters.get(name) for name in ("dbname", "host", "port")}
        where = " ".join(f"{name}={value}" for name, value in known.items() if value)
        return f"The Postgres database ({where})" if where else "The Postgres database"


def _connection_parameters(url: str) -> dict[str, Any]:
    try:
        from psycopg import ProgrammingError  # noqa: PLC0415
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "Postgres needs psycopg 3: pip install 'flue-conformance[postgres]'."
        ) from error
    if _SCHEME.match(url) is None:
        raise InvalidLocation("A Postgres URL begins with postgresql://; this one does not.")
    plain_url = _SCHEME.sub("postgresql://", url, count=1)
    try:
        parameters = dict(conninfo_to_dict(plain_url))
    except ProgrammingError:
        raise InvalidLocation(_UNREADABLE) from None
    if _PASSWORD_ASTRAY.search(plain_url) or not _PORTS.fullmatch(str(parameters.get("port", ""))):
        raise InvalidLocation(_UNREADABLE)
    return parameters
