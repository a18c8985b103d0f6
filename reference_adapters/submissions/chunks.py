"""Chunks of provider streams: opaque bodies under a key and an index, written once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

# SQLite reads the same ON CONFLICT clause that this construct writes for Postgres.
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import StreamChunkSegment
from reference_adapters import clock
from reference_adapters.schema import stream_chunks

_of_stream: Final = stream_chunks.c.stream_key == bindparam("stream")

_APPEND: Final = (
    insert(stream_chunks).on_conflict_do_nothing().returning(stream_chunks.c.segment_index)
)
_READ: Final = (
    select(stream_chunks.c.segment_index, stream_chunks.c.body)
    .where(_of_stream)
    .order_by(stream_chunks.c.segment_index)
)
_REMOVE: Final = delete(stream_chunks).where(_of_stream)


def append(connection: Connection, stream_key: str, segment_index: int, body: str) -> bool:
    """Store a chunk unless its index is taken; tell whether it was. CHUNK-01, CHUNK-02."""
    stored = connection.execute(
        _APPEND,
        {
            "stream_key": stream_key,
            "segment_index": segment_index,
            "body": body,
            "created_at": clock.now(),
        },
    )
    return stored.first() is not None


def read(connection: Connection, stream_key: str) -> list[StreamChunkSegment]:
    """Return a stream's chunks in the order of their indices. CHUNK-03."""
    found = connection.execute(_READ, {"stream": stream_key})
    return [StreamChunkSegment(row.segment_index, row.body) for row in found]


def remove(connection: Connection, stream_key: str) -> None:
    """Remove a stream's chunks. CHUNK-04."""
    connection.execute(_REMOVE, {"stream": stream_key})
