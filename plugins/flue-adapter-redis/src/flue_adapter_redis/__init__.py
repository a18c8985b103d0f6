"""A Flue persistence adapter on Redis."""

from __future__ import annotations

from flue_adapter_redis.adapter import RedisAdapter

__all__ = ["RedisAdapter"]
