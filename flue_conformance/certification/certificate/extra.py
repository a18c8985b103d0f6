"""What certificates need that a kit without its `certify` extra does not have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

INSTALL = "pip install 'flue-conformance[certify]'"


class MissingExtra(Exception):  # noqa: N818 - named for what a person reads
    """Something is not installed; the message says how to get it."""


@contextmanager
def needing_the_extra() -> Iterator[None]:
    """Say how to get what cannot be imported."""
    try:
        yield
    except ImportError as problem:
        raise MissingExtra(
            f"certificates need {problem.name}, which is not installed: {INSTALL}"
        ) from None


def canonical(value: Any) -> bytes:
    """Return the canonical JSON (RFC 8785) of plain data.

    Raises `ValueError` for what has none, such as an integer that no double holds.
    """
    with needing_the_extra():
        import rfc8785  # noqa: PLC0415 - the kit works without
    return rfc8785.dumps(value)


def sha256(content: bytes) -> str:
    """Return a digest as statements write it."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
