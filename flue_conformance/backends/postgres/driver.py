"""The driver for administration, imported only once a Postgres server is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flue_conformance.backends.errors import NotAvailable

if TYPE_CHECKING:
    from psycopg import Connection

CONNECT_TIMEOUT_SECONDS = 10


def require_driver() -> None:
    """Raise `NotAvailable`, naming what to install, where psycopg 3 is missing or broken."""
    try:
        import psycopg  # noqa: F401, PLC0415 - found out only now on purpose
    except ImportError as error:
        raise NotAvailable(
            "Postgres needs the driver psycopg 3: pip install 'flue-conformance[postgres]' "
            f"({' '.join(str(error).split())})"
        ) from error


def connect(url: str) -> Connection[dict[str, Any]]:
    """Connect in autocommit mode; rows are dictionaries."""
    import psycopg  # noqa: PLC0415 - heavy
    from psycopg.rows import dict_row  # noqa: PLC0415 - heavy

    return psycopg.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS, row_factory=dict_row
    )
