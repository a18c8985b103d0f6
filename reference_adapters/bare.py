"""Statements with neither parameters nor rows, sent past SQLAlchemy's machinery."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError


def run_bare(connection: Connection, statement: str) -> None:
    """Execute `statement` at the driver: BEGIN through SQLAlchemy costs as much as a short call.

    Raises `OperationalError`, as SQLAlchemy would, for whatever the driver raises.
    """
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        raise OperationalError(statement, None, error, connection_invalidated=lost) from error
