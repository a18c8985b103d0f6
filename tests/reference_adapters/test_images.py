"""Image data beside the JSON, as section 4.6 of the contract lays it out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from flue_conformance.contract import MalformedRecord
from reference_adapters.images import (
    Images,
    join_images,
    load_images,
    replace_images,
    split_images,
)
from reference_adapters.migration import migrate
from reference_adapters.sqlite_file import SqliteFile

CHUNK = 262_144

TEXT_BLOCK = {"type": "text", "text": "__flue_image_chunks__:0"}


def image(data: str) -> dict[str, str]:
    return {"type": "image", "data": data, "mimeType": "image/png"}


@given(
    st.lists(
        st.one_of(
            st.builds(image, st.text(st.characters(codec=None))),
            st.just(image("__flue_image_chunks__:0")),
            st.just(TEXT_BLOCK),
            st.integers(),
        )
    )
)
def test_what_is_split_can_be_joined(blocks: list[Any]) -> None:
    assert join_images(*split_images(blocks)) == blocks


def test_markers_count_images() -> None:
    marked, images = split_images([TEXT_BLOCK, image("a"), TEXT_BLOCK, image("b")])

    assert marked == [
        TEXT_BLOCK,
        image("__flue_image_chunks__:0"),
        TEXT_BLOCK,
        image("__flue_image_chunks__:1"),
    ]
    assert images == {"0": "a", "1": "b"}


@pytest.mark.parametrize("images", [{"0": "a"}, {"0": "a", "1": "b", "2": "c"}])
def test_markers_and_images_belong_together(images: Images) -> None:
    marked, _ = split_images([image("a"), image("b")])

    with pytest.raises(MalformedRecord):
        join_images(marked, images)


PARTS = {
    "": {"0": ""},
    "e1": {"0": "a" * CHUNK, "1": "b" * (CHUNK + 1), "10": "c"},
    "e2": {"0": "a" + "\U0001f600" * CHUNK},
}


@pytest.mark.asyncio
async def test_data_is_kept_in_pieces() -> None:
    database = SqliteFile(None).open()
    await database.write(migrate, database.dialect, "0.11")
    await database.write(replace_images, "session_entry", "s", PARTS)
    await database.write(replace_images, "session_entry", "other", {"e1": {"0": "d"}})

    assert await database.read(load_images, "session_entry", "s") == PARTS
    pieces = await database.read(
        lambda connection: connection.execute(
            text(
                "SELECT owner_part, image_id, chunk_index, chunk_count, length(data)"
                " FROM flue_image_chunks WHERE owner_id = 's' ORDER BY 1, 2, 3"
            )
        ).all()
    )
    half = CHUNK // 2
    assert pieces == [
        ("", "0", 0, 1, 0),
        ("e1", "0", 0, 1, CHUNK),
        ("e1", "1", 0, 2, CHUNK),
        ("e1", "1", 1, 2, 1),
        ("e1", "10", 0, 1, 1),
        # Pieces end a unit early rather than in the middle of a character.
        ("e2", "0", 0, 3, half),
        ("e2", "0", 1, 3, half),
        ("e2", "0", 2, 3, 1),
    ]
    await database.write(replace_images, "session_entry", "s", {"e1": {"0": "changed"}})
    assert await database.read(load_images, "session_entry", "s") == {"e1": {"0": "changed"}}
    assert await database.read(load_images, "session_entry", "other") == {"e1": {"0": "d"}}
    await database.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM flue_image_chunks WHERE chunk_index = 0",
        "DELETE FROM flue_image_chunks WHERE chunk_index = 1",
        "UPDATE flue_image_chunks SET chunk_count = 3",
        "UPDATE flue_image_chunks SET chunk_index = 5 WHERE chunk_index = 1",
        "UPDATE flue_image_chunks SET data = x'00' WHERE chunk_index = 1",
    ],
)
async def test_damaged_data_is_malformed_until_it_is_replaced(damage: str) -> None:
    database = SqliteFile(None).open()
    await database.write(migrate, database.dialect, "0.11")
    parts = {"": {"0": "a" * (CHUNK + 1)}}
    await database.write(replace_images, "submission", "s", parts)
    await database.write(lambda connection: connection.execute(text(damage)))

    with pytest.raises(MalformedRecord, match="incomplete"):
        await database.read(load_images, "submission", "s")

    await database.write(replace_images, "submission", "s", parts)
    assert await database.read(load_images, "submission", "s") == parts
    await database.close()
