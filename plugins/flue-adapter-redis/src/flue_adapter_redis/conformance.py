"""The adapter as a backend: what this distribution's entry point names."""

from __future__ import annotations

from typing import Final

from flue_adapter_redis.backend import RedisBackend

redis: Final = RedisBackend()
