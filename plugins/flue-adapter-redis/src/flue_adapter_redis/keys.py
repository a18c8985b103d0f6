"""Texts as Redis keeps them, in keys and in fields: bytes, of any length and content."""

from __future__ import annotations

import re
from typing import Final

from flue_conformance.contract import UnstorableText

_HALF_A_CHARACTER: Final = re.compile("[\ud800-\udfff]")


def text_bytes(text: str) -> bytes:
    """Return a text as it is stored outside JSON; raises `UnstorableText`. ENCODING-06."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UnstorableText(f"Half a character cannot be stored as text: {text!r}.") from None


def can_store(*texts: str | None) -> bool:
    """Tell whether each of the texts that are given can be stored."""
    return not any(text is not None and _HALF_A_CHARACTER.search(text) for text in texts)


def storable(text: str) -> str:
    """Return a text with U+FFFD in place of half characters. LIFECYCLE-14."""
    return _HALF_A_CHARACTER.sub("\ufffd", text)


def place(started_at: str, run_id: str) -> bytes:
    """Return bytes that order runs by start and id, as code points; the id is what they end in.

    UTF-8 keeps that order. A zero ends the start, and one inside it is marked.
    """
    return text_bytes(started_at).replace(b"\0", b"\0\xff") + b"\0\1" + text_bytes(run_id)
