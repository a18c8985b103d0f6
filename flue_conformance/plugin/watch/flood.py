"""Keeps what adapters print within bounds: the beginning and the end of it are enough."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest

KEPT: Final = 10_000
"""How many characters of the beginning, and of the end, a report shows."""
_MARGIN: Final = 1_000
_MOST_BYTES: Final = 1 << 24
"""From which size on captured output is cut while it is still being written."""


def cut(text: str, redact: Callable[[str], str]) -> str:
    """Return the beginning and the end of a text, without secrets.

    Secrets are masked before the cut, which might go right through one.
    """
    if len(text) <= 2 * KEPT:
        return redact(text)
    head = redact(text[: KEPT + _MARGIN])[:KEPT]
    tail = redact(text[-KEPT - _MARGIN :])[-KEPT:]
    return f"{head}\n… ({len(text) - 2 * KEPT} characters left out) …\n{tail}"


class Flood:
    """Cuts the files that pytest captures output in, before they fill the disk and the memory."""

    def __init__(self, config: pytest.Config) -> None:
        self._captures = config.option.capture == "fd"

    def trim(self) -> None:
        """Cut what has grown too large; called while specs run."""
        if self._captures:
            for descriptor in (1, 2):
                with suppress(OSError):
                    _trim(descriptor)


def _trim(descriptor: int) -> None:
    """Cut the file that a descriptor writes to, if it is one of pytest's: it has no name."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink or status.st_size < _MOST_BYTES:
        return
    head = os.pread(descriptor, 2 * KEPT, 0)
    tail = os.pread(descriptor, 2 * KEPT, status.st_size - 2 * KEPT)
    left_out = f"\n… ({status.st_size - len(head) - len(tail)} bytes left out) …\n"
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, head + left_out.encode() + tail)
