"""Keys: bytes whose order is the order of what they stand for.

LMDB orders keys by their bytes and takes at most 511 of them, so what is only looked up, never
listed in order, is found by its digest: names of any length have a key, and exactly one.
"""

from __future__ import annotations

import hashlib
from typing import Final

from flue_conformance.contract import UnstorableText

DIGEST_BYTES: Final = hashlib.sha256().digest_size
NUMBER_BYTES: Final = 8
_ORDERED_BYTES: Final = 400
_OFFSET: Final = 1 << 63


def name_key(name: str) -> bytes:
    """Return the key of a name, compared exactly. Raises `UnstorableText` for half characters."""
    return hashlib.sha256(text_bytes(name)).digest()


def number_key(number: int) -> bytes:
    """Return a key that orders numbers, negative ones too; `OverflowError` beyond 64 bits."""
    return (number + _OFFSET).to_bytes(NUMBER_BYTES, "big")


def key_number(key: bytes) -> int:
    """Return the number at the end of a key."""
    return int.from_bytes(key[-NUMBER_BYTES:], "big") - _OFFSET


def ordered_key(*texts: str) -> bytes:
    """Return the beginning of a key that orders texts by code point, the first before the next.

    UTF-8 keeps that order. A zero ends a text, and one inside it is marked. What is too long for a
    key is cut off, so different texts may share one; they are neighbours then.
    """
    ended = (text_bytes(text).replace(b"\0", b"\0\xff") + b"\0\1" for text in texts)
    return b"".join(ended)[:_ORDERED_BYTES]


def text_bytes(text: str) -> bytes:
    """Return a text as it is stored outside JSON; raises `UnstorableText`. ENCODING-06."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UnstorableText(f"Half a character cannot be stored as text: {text!r}.") from None


def check_text(*texts: str | None) -> None:
    """Raise `UnstorableText` unless each of the texts that are given can be stored."""
    for text in texts:
        if text is not None:
            text_bytes(text)


def can_store(*texts: str | None) -> bool:
    """Tell whether `check_text` passes."""
    try:
        check_text(*texts)
    except UnstorableText:
        return False
    return True
