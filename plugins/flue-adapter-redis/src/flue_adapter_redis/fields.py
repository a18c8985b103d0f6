"""Hashes: fields and values of records, as Redis takes and returns them.

What is absent has no field; a null that is a value is JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from flue_adapter_redis.keys import text_bytes

Hash: TypeAlias = dict[str, str]


def hash_of(answer: Sequence[bytes]) -> Hash:
    """Return an answer's fields and values, which come in turn."""
    return {
        field.decode(): value.decode()
        for field, value in zip(answer[::2], answer[1::2], strict=True)
    }


def pairs(members: Mapping[str, object]) -> list[bytes]:
    """Return fields and values in turn, without those that are None; raises `UnstorableText`."""
    return [
        word
        for field, value in members.items()
        if value is not None
        for word in (field.encode(), _text(value))
    ]


def _text(value: object) -> bytes:
    # Redis has no truth values.
    return text_bytes(str(int(value) if isinstance(value, bool) else value))
