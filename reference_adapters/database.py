"""One open database: every call is one whole transaction, which its workers run."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from flue_conformance.contract import Storage
from reference_adapters import bare
from reference_adapters.dialects import Dialect
from reference_adapters.workers import Again, Workers

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE_S: Final = 10.0
"""How long a call goes on meeting contention or lost connections before it gives up."""


class Database:
    """An engine and the workers that run its transactions, each on a connection that it keeps.

    A `step` gets the connection first, then its arguments. It may run more than once, each time in
    a transaction of its own, so it has no effect but on the database. It reads a result to its end
    before it may raise: SQLite would keep the connection at that state of the database for as long
    as somebody keeps the error. Cancelling a call leaves its outcome unknown: what has begun is
    finished.

    `name` is what errors call the location, so it holds no password.
    """

    def __init__(self, name: str, engine: Engine, dialect: Dialect, workers: Workers) -> None:
        self.dialect = dialect
        self._name = name
        self._engine = engine
        self._workers = workers
        self._connections: dict[int, Connection] = {}
        self._closed = False

    async def read(
        self, step: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `step` in a transaction whose statements all see one state.

        Raises `Storage` for whatever the database or its driver raises.
        """
        self._refuse_when_closed()
        attempt = self._transaction(self.dialect.begin_read, step, *args, **kwargs)
        return await self._outcome(self._workers.run(attempt, self._patience()))

    async def query(
        self, step: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `step`, which executes one SELECT: that sees one state without a transaction.

        Raises `Storage` as `read` does.
        """
        self._refuse_when_closed()

        def statement(connection: Connection) -> T:
            result = step(connection, *args, **kwargs)
            # Ends what SQLAlchemy takes for a transaction; the database hears nothing of it.
            connection.commit()
            return result

        attempt = partial(self._try, statement)
        return await self._outcome(self._workers.run(attempt, self._patience()))

    async def write(
        self, step: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `step` in a transaction that may write; durable once this returns.

        Raises `Storage` for whatever the database or its driver raises; nothing is stored then,
        unless the message says that the outcome is unknown.
        """
        self._refuse_when_closed()
        attempt = self._transaction(self.dialect.begin_write, step, *args, **kwargs)
        return await self._outcome(self._workers.run(attempt, self._patience()))

    async def write_in_turn(
        self,
        lane: str,
        step: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as `write` does, after all earlier calls that named the same lane."""
        self._refuse_when_closed()
        attempt = self._transaction(self.dialect.begin_write, step, *args, **kwargs)
        return await self._outcome(self._workers.run_in_turn(lane, attempt, self._patience()))

    async def close(self) -> None:
        """Refuse further calls, let the running ones finish, and disconnect; repeating is fine."""
        self._closed = True
        # After the work of cancelled calls too, which has a connection in its hands.
        await self._workers.finish(self._disconnect)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Storage(f"{self._name} was closed; connect the adapter again.")

    def _transaction(
        self,
        begin: str,
        step: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Callable[[], T]:
        def transaction(connection: Connection) -> T:
            # Without it, a step that executes nothing would have nothing to commit.
            connection.begin()
            bare.run_bare(connection, begin)
            result = step(connection, *args, **kwargs)
            self._commit(connection)
            return result

        return partial(self._try, transaction)

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Storage(
                    f"{self._name}: the connection was lost during COMMIT, so the outcome of the "
                    f"call is unknown: {error.orig}"
                ) from error
            raise

    def _try(self, act: Callable[[Connection], T]) -> T:
        thread = threading.get_ident()
        connection = self._connections.get(thread)
        if connection is None:
            connection = self._connections[thread] = self._engine.connect()
        try:
            return act(connection)
        except BaseException:
            # Closing rolls back, and lets go of a connection that was lost.
            self._connections.pop(thread).close()
            raise

    def _disconnect(self) -> None:
        while self._connections:
            _, connection = self._connections.popitem()
            connection.close()
        self._engine.dispose()

    def _patience(self) -> Again:
        deadline = time.monotonic() + _PATIENCE_S
        return lambda error: self._may_pass(error) and time.monotonic() < deadline

    def _may_pass(self, error: Exception) -> bool:
        # A connection lost before COMMIT took its transaction with it, and the pool replaces it.
        return isinstance(error, DBAPIError) and (
            error.connection_invalidated or self.dialect.is_contention(error)
        )

    async def _outcome(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except DBAPIError as error:
            raise Storage(f"{self._name}: {error.orig}") from error
