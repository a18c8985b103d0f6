"""What a server is told by those who start it, each time on a connection of its own."""

from __future__ import annotations

from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_S = 5.0


def ask(url: str, *command: str | bytes | int) -> Any:
    """Return what a server answers; raises `redis.RedisError`."""
    client = Redis.from_url(
        url, socket_connect_timeout=CONNECT_S, retry=Retry(NoBackoff(), 0), protocol=2
    )
    try:
        return client.execute_command(*command)  # type: ignore[no-untyped-call]
    finally:
        client.close()
