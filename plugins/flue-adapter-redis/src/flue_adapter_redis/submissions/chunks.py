"""Chunks of provider streams: opaque bodies under a key and an index, written once."""

from __future__ import annotations

from flue_adapter_redis.database import Database
from flue_adapter_redis.fields import hash_of
from flue_conformance.contract import StreamChunkSegment


class Chunks:
    """The chunks of one database; each stream's are one hash, so commands suffice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, stream_key: str, segment_index: int, body: str) -> bool:
        """Store a chunk unless its index is taken; tell whether it was stored.

        CHUNK-01, CHUNK-02.
        """
        key = self._database.key("chunks", stream_key)
        return bool(await self._database.tell("HSETNX", key, segment_index, body))

    async def read(self, stream_key: str) -> list[StreamChunkSegment]:
        """Return a stream's chunks in the order of their indices. CHUNK-03."""
        key = self._database.key("chunks", stream_key)
        bodies = hash_of(await self._database.ask("HGETALL", key))
        found = {int(index): body for index, body in bodies.items()}
        return [StreamChunkSegment(index, found[index]) for index in sorted(found)]

    async def remove(self, stream_key: str) -> None:
        """Remove a stream's chunks. CHUNK-04."""
        await self._database.tell("UNLINK", self._database.key("chunks", stream_key))
