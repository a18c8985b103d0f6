"""What a server is told behind an adapter's back, on connections of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_S: Final = 5.0


class Ask(Protocol):
    """Returns what a server answers to a command; raises `redis.RedisError`."""

    def __call__(self, *command: str | bytes | int) -> Any:
        """Make a command."""


@contextmanager
def connected(url: str) -> Iterator[Ask]:
    """Lend a connection."""
    client = Redis.from_url(
        url, socket_connect_timeout=CONNECT_S, retry=Retry(NoBackoff(), 0), protocol=2
    )
    try:
        yield client.execute_command
    finally:
        client.close()


def ask(url: str, *command: str | bytes | int) -> Any:
    """Return what a server answers; raises `redis.RedisError`."""
    with connected(url) as its_answer:
        return its_answer(*command)
