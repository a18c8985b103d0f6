"""The limit on image data."""

from __future__ import annotations

import pytest

from flue_conformance.contract import ImageTooLarge, check_image_sizes

TEXT_BLOCK = {"type": "text", "text": "no image"}


def image(data: str) -> dict[str, str]:
    return {"type": "image", "data": data, "mimeType": "image/png"}


def test_the_limit_counts_utf_16_units() -> None:
    limit = 14 * 1024 * 1024
    check_image_sizes([TEXT_BLOCK, image("a" * limit), image("\U0001f600" * (limit // 2))])
    with pytest.raises(ImageTooLarge):
        check_image_sizes([image("a" * (limit + 1))])
    with pytest.raises(ImageTooLarge):
        check_image_sizes([image("\U0001f600" * (limit // 2) + "a")])
