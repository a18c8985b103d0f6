"""Image data beside the JSON that it belongs to; section 4.6 of the contract.

In SQLite, edition 0.11 keeps the data of images in `flue_image_chunks`, in pieces; the JSON holds a
marker in its place. Postgres keeps it inline, and only the size limit applies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import JsonValue, MalformedRecord
from reference_adapters.dialects import SQLITE
from reference_adapters.schema import image_chunks

OwnerKind: TypeAlias = Literal["session_entry", "submission"]
Images: TypeAlias = Mapping[str, str]
"""Image data by image id, which is the image's place among the images of its list."""

_MARKER: Final = re.compile(r"__flue_image_chunks__:([0-9]+)")
_UNIT_BYTES: Final = 2
_CHUNK_BYTES: Final = 262_144 * _UNIT_BYTES
_HIGH_SURROGATES: Final = range(0xD8, 0xDC)
"""The upper byte of the first half of a character that takes two UTF-16 units."""

_LOAD: Final = (
    select(
        image_chunks.c.owner_part,
        image_chunks.c.image_id,
        image_chunks.c.chunk_index,
        image_chunks.c.chunk_count,
        image_chunks.c.data,
    )
    .where(
        image_chunks.c.owner_kind == bindparam("kind"),
        image_chunks.c.owner_id == bindparam("id"),
    )
    .order_by(image_chunks.c.owner_part, image_chunks.c.image_id, image_chunks.c.chunk_index)
)
_INSERT: Final = insert(image_chunks)
_UPSERT: Final = _INSERT.on_conflict_do_update(
    index_elements=image_chunks.primary_key.columns.keys(),
    set_={
        "chunk_count": _INSERT.excluded.chunk_count,
        "data": _INSERT.excluded.data,
    },
)
_DELETE_CHUNK: Final = delete(image_chunks).where(
    image_chunks.c.owner_kind == bindparam("kind"),
    image_chunks.c.owner_id == bindparam("id"),
    image_chunks.c.owner_part == bindparam("part"),
    image_chunks.c.image_id == bindparam("image"),
    image_chunks.c.chunk_index == bindparam("index"),
)
_DELETE_OWNER: Final = delete(image_chunks).where(
    image_chunks.c.owner_kind == bindparam("kind"),
    image_chunks.c.owner_id == bindparam("id"),
)


def split_images(blocks: Sequence[JsonValue]) -> tuple[list[JsonValue], Images]:
    """Return a list of content blocks with markers for image data, and the data.

    Data that a text column cannot hold stays where it is: inside JSON it is escaped.
    """
    images: dict[str, str] = {}
    marked: list[JsonValue] = []
    number = 0
    for block in blocks:
        if not _is_image(block):
            marked.append(block)
            continue
        if SQLITE.can_store(block["data"]):
            images[str(number)] = block["data"]
            marked.append({**block, "data": f"__flue_image_chunks__:{number}"})
        else:
            marked.append(block)
        number += 1
    return marked, images


def join_images(blocks: Sequence[JsonValue], images: Images) -> list[JsonValue]:
    """Return the list that `split_images` was given.

    Raises `MalformedRecord` when markers and images do not belong together.
    """
    joined: list[JsonValue] = []
    named: set[str] = set()
    for block in blocks:
        marker = _MARKER.fullmatch(block["data"]) if _is_image(block) else None
        if marker is None:
            joined.append(block)
            continue
        name = marker.group(1)
        if name not in images:
            raise MalformedRecord(f"Malformed record: the data of its image {name} is missing.")
        named.add(name)
        joined.append({**block, "data": images[name]})
    if named != images.keys():
        raise MalformedRecord("Malformed record: image data is stored that no image refers to.")
    return joined


def load_images(connection: Connection, kind: OwnerKind, owner_id: str) -> Mapping[str, Images]:
    """Return the images of an owner by part; raises `MalformedRecord` for incomplete data.

    The parts of a session are entry ids; the one part of a submission is the empty text.
    """
    parts: dict[str, dict[str, str]] = {}
    rows = connection.execute(_LOAD, {"kind": kind, "id": owner_id}).all()
    for (part, image_id), chunks in groupby(rows, key=lambda row: (row.owner_part, row.image_id)):
        parts.setdefault(part, {})[image_id] = _whole(image_id, list(chunks))
    return parts


def replace_images(
    connection: Connection, kind: OwnerKind, owner_id: str, parts: Mapping[str, Images]
) -> None:
    """Make `parts` the images of an owner, writing only what differs from what is stored."""
    stored = {
        (row.owner_part, row.image_id, row.chunk_index): (row.chunk_count, row.data)
        for row in connection.execute(_LOAD, {"kind": kind, "id": owner_id})
    }
    wanted = {
        (part, image_id, index): (len(pieces), piece)
        for part, images in parts.items()
        for image_id, data in images.items()
        for pieces in (_pieces(data),)
        for index, piece in enumerate(pieces)
    }
    for part, image_id, index in stored.keys() - wanted.keys():
        chunk = {"part": part, "image": image_id, "index": index}
        connection.execute(_DELETE_CHUNK, {"kind": kind, "id": owner_id, **chunk})
    for (part, image_id, index), (count, piece) in wanted.items():
        if stored.get((part, image_id, index)) != (count, piece):
            connection.execute(
                _UPSERT,
                {
                    "owner_kind": kind,
                    "owner_id": owner_id,
                    "owner_part": part,
                    "image_id": image_id,
                    "chunk_index": index,
                    "chunk_count": count,
                    "data": piece,
                },
            )


def delete_images(connection: Connection, kind: OwnerKind, owner_id: str) -> None:
    """Remove the images of an owner."""
    connection.execute(_DELETE_OWNER, {"kind": kind, "id": owner_id})


def _is_image(block: JsonValue) -> bool:
    return (
        isinstance(block, dict)
        and block.get("type") == "image"
        and isinstance(block.get("data"), str)
    )


def _whole(image_id: str, chunks: Sequence[Any]) -> str:
    complete = all(
        chunk.chunk_index == index
        and chunk.chunk_count == len(chunks)
        and isinstance(chunk.data, str)
        for index, chunk in enumerate(chunks)
    )
    if not complete:
        raise MalformedRecord(f"Malformed record: the data of its image {image_id} is incomplete.")
    return "".join(chunk.data for chunk in chunks)


def _pieces(data: str) -> list[str]:
    encoded = data.encode("utf-16-le")
    pieces: list[str] = []
    start = 0
    while not pieces or start < len(encoded):
        end = start + _CHUNK_BYTES
        if end < len(encoded) and encoded[end - 1] in _HIGH_SURROGATES:
            # The two halves of one character stay together: a half alone cannot be stored.
            end -= _UNIT_BYTES
        pieces.append(encoded[start:end].decode("utf-16-le"))
        start = end
    return pieces
