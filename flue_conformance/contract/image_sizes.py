"""The limit on image data, edition 0.11."""

from __future__ import annotations

from collections.abc import Iterable

from flue_conformance.contract.constants import MAX_IMAGE_CHARACTERS
from flue_conformance.contract.errors import ImageTooLarge
from flue_conformance.contract.json_text import JsonValue


def check_image_sizes(blocks: Iterable[JsonValue]) -> None:
    """Raise `ImageTooLarge` for an image over the limit. ADMISSION-18, SESSION-20."""
    for block in blocks:
        data = block.get("data") if _is_image(block) else None
        if isinstance(data, str) and _characters(data) > MAX_IMAGE_CHARACTERS:
            raise ImageTooLarge(
                f"Image data exceeds the limit of {MAX_IMAGE_CHARACTERS} characters: "
                f"{_characters(data)}."
            )


def _is_image(block: JsonValue) -> bool:
    return isinstance(block, dict) and block.get("type") == "image"


def _characters(data: str) -> int:
    """Return the length as JavaScript counts it, in units of UTF-16."""
    if data.isascii():
        return len(data)
    return len(data) + sum(character > "\uffff" for character in data)
