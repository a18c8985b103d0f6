"""One adapter's use of a server: every call is one request, and one atomic step there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from redis.asyncio.connection import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from flue_adapter_redis.keys import text_bytes
from flue_adapter_redis.scripts import SCRIPTS
from flue_conformance.contract import Storage

Argument: TypeAlias = str | bytes | int

CONNECTIONS: Final = 16
"""How many connections an adapter opens at most."""
_ANSWER_S: Final = 15.0
"""How long the server gets for an answer."""
_CONNECT_S: Final = 5.0
_TURN_S: Final = 30.0
"""How long a call waits for a connection while all are busy."""
_REPLICAS_MS: Final = 5000
"""How long replicas get to receive a write."""


class Database:
    """Sends commands and scripts, whose keys all begin with a prefix.

    Nothing is sent twice: a call whose answer was lost raises, for only its caller knows whether it
    may be made again. Cancelling a call leaves its outcome unknown.
    """

    def __init__(self, url: str, prefix: str, *, connections: int, replicas: int) -> None:
        # In braces, the keys of a database are together in a cluster, and no prefix continues
        # another.
        self._root = b"{" + text_bytes(prefix) + b"}"
        self._replicas = replicas
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=_TURN_S,
            socket_timeout=_ANSWER_S,
            socket_connect_timeout=_CONNECT_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._under_way: set[asyncio.Future[None]] = set()
        self._closed = False

    def key(self, kind: str, name: str) -> bytes:
        """Return the key of a record; raises `UnstorableText`."""
        return self._root + b":" + kind.encode() + b":" + text_bytes(name)

    @property
    def facts(self) -> bytes:
        """The key of what holds for the whole database."""
        return self._root + b":facts"

    @property
    def heads(self) -> bytes:
        """The key of the first unsettled submissions of all sessions."""
        return self._root + b":heads"

    async def prepare(self) -> None:
        """Have the server know all scripts; raises `Storage`."""
        await self._ask([("SCRIPT", "LOAD", script.text) for script in SCRIPTS.values()])

    async def read(self, name: str, *arguments: Argument) -> Any:
        """Return what a script sees, all of it in one state; raises `Storage`."""
        return await self._run(name, arguments, ())

    async def write(self, name: str, *arguments: Argument) -> Any:
        """Run a script; durable once this returns. Raises `Storage`, as to the outcome unknown."""
        return await self._run(name, arguments, self._received())

    async def ask(self, *command: Argument) -> Any:
        """Return what a command that writes nothing answers; raises `Storage`."""
        [answer] = await self._ask([command])
        return answer

    async def tell(self, *command: Argument) -> Any:
        """Make a command that writes; durable once this returns. Raises `Storage`."""
        return (await self._ask([command, *self._received()]))[0]

    async def close(self) -> None:
        """Refuse further calls, let the running ones finish, and disconnect; repeating is fine."""
        if not self._closed:
            self._closed = True
            if self._under_way:
                await asyncio.wait(self._under_way)
            await self._pool.disconnect()

    async def _run(
        self, name: str, arguments: Sequence[Argument], after: Sequence[Sequence[Argument]]
    ) -> Any:
        script = SCRIPTS[name]
        rest = (1, self._root, *arguments)
        try:
            answers = await self._ask([("EVALSHA", script.digest, *rest), *after])
        except NoScriptError:
            # The server was started again; it did nothing.
            answers = await self._ask([("EVAL", script.text, *rest), *after])
        return answers[0]

    def _received(self) -> Sequence[Sequence[Argument]]:
        """Return what makes sure that replicas have all that this connection has seen.

        Also what others wrote: a replay that finds its effect there must not lose it.
        """
        return [("WAIT", self._replicas, _REPLICAS_MS)] if self._replicas else []

    async def _ask(self, commands: Sequence[Sequence[Argument]]) -> list[Any]:
        words = [[_word(argument) for argument in command] for command in commands]
        async with self._calling():
            try:
                answers = await self._exchange(words)
            except (RedisError, OSError, TimeoutError) as error:
                raise Storage(f"The Redis server: {error}") from error
        for command, answer in zip(words, answers, strict=True):
            if isinstance(answer, NoScriptError):
                raise answer
            if isinstance(answer, ResponseError):
                raise Storage(f"The Redis server refuses: {answer}") from answer
            if command[0] == b"WAIT" and answer < self._replicas:
                raise Storage(
                    f"Of {self._replicas} replicas {answer} have the write; it may be lost."
                )
        return answers

    async def _exchange(self, commands: Sequence[Sequence[bytes]]) -> list[Any]:
        """Return the answers, among them errors."""
        connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(connection.pack_commands(commands))
            answers: list[Any] = []
            for _ in commands:
                try:
                    answers.append(await connection.read_response())
                except ResponseError as error:
                    answers.append(error)
            return answers
        finally:
            # A connection that a cancelled caller kept would be one fewer for ever.
            await asyncio.shield(self._pool.release(connection))

    @asynccontextmanager
    async def _calling(self) -> AsyncIterator[None]:
        if self._closed:
            raise Storage("The connection to Redis was closed; connect the adapter again.")
        over = asyncio.get_running_loop().create_future()
        self._under_way.add(over)
        try:
            yield
        finally:
            self._under_way.discard(over)
            over.set_result(None)


def _word(argument: Argument) -> bytes:
    if isinstance(argument, bytes):
        return argument
    return text_bytes(str(argument))
