"""Redis servers of the kit's own: one for a run, and those that specs kill and lose."""

from __future__ import annotations

from flue_adapter_redis.servers.instance import Instance
from flue_adapter_redis.servers.private import PrivateServer

__all__ = ["Instance", "PrivateServer"]
