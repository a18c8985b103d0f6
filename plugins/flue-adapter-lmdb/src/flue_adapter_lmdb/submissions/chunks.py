"""Chunks of provider streams: opaque bodies under a key and an index, written once."""

from __future__ import annotations

from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import key_number, name_key, number_key
from flue_adapter_lmdb.layout import CHUNKS
from flue_conformance.contract import StreamChunkSegment


def append(txn: Transaction, stream_key: str, segment_index: int, body: bytes) -> bool:
    """Store a chunk unless its index is taken; tell whether it was stored. CHUNK-01, CHUNK-02."""
    return CHUNKS.add(txn, name_key(stream_key) + number_key(segment_index), body)


def read(txn: Transaction, stream_key: str) -> list[StreamChunkSegment]:
    """Return a stream's chunks in the order of their indices. CHUNK-03."""
    found = CHUNKS.ascending(txn, name_key(stream_key))
    return [StreamChunkSegment(key_number(key), body.decode()) for key, body in found]


def remove(txn: Transaction, stream_key: str) -> None:
    """Remove a stream's chunks. CHUNK-04."""
    CHUNKS.clear(txn, name_key(stream_key))
