"""Images for sessions and direct prompts; edition 0.11. SESSION-19, ADMISSION-18."""

from __future__ import annotations

from typing import Final

from flue_conformance.contract import ImageBlock
from flue_conformance.specs.scenarios.values import image

# 61 is prime: a lost, repeated or swapped piece of any size can never line up again.
_PERIOD: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[:61]

PIECE: Final = 262_144
"""How many characters of an image the shared SQL store puts into one row."""

PIECE_EDGES: Final = (PIECE - 1, PIECE, PIECE + 1, 2 * PIECE)


def image_data(length: int, number: int = 0) -> str:
    """Return image data of this many characters; numbers from 0 to 60 give different data."""
    return (_PERIOD * (length // len(_PERIOD) + 2))[number : number + length]


def twelve_images() -> list[ImageBlock]:
    """Return images that all differ, one of them longer than a piece and one empty."""
    lengths = [40, PIECE + 1, 0, *range(100, 109)]
    types = ("image/png", "image/jpeg", "image/webp")
    return [
        image(image_data(length, number), types[number % len(types)])
        for number, length in enumerate(lengths)
    ]
