"""`Blackbox`: a small file in which a process leaves what it was doing, should it die."""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_BEATS: Final = struct.Struct("=Q")
_LENGTH: Final = struct.Struct("=I")
_CALL: Final = slice(16, 144)
_ABOUT: Final = 148
_SIZE: Final = 1 << 18


class Blackbox:
    """Holds how often the process beat, the call under way and what is known about the spec.

    What is written is in the file at once, even if the process is killed in the next moment.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        os.truncate(path, _SIZE)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._beats = 0
        self._names: dict[str, bytes] = {}

    def beat(self) -> None:
        """Note that the process is alive."""
        self._beats += 1
        self._map[: _BEATS.size] = _BEATS.pack(self._beats)

    def call(self, name: str) -> None:
        """Note the call that is under way, or that none is."""
        written = self._names.get(name)
        if written is None:
            room = _CALL.stop - _CALL.start
            written = self._names[name] = name.encode()[:room].ljust(room, b"\0")
        self._map[_CALL] = written

    def about(self, facts: Mapping[str, Any] | None) -> None:
        """Note, as JSON, what is known about the spec that begins, or that none runs."""
        text = json.dumps(facts).encode()
        if _ABOUT + len(text) <= _SIZE:
            # The length comes last: without it there is nothing to read.
            self._map[_ABOUT - _LENGTH.size : _ABOUT] = _LENGTH.pack(0)
            self._map[_ABOUT : _ABOUT + len(text)] = text
            self._map[_ABOUT - _LENGTH.size : _ABOUT] = _LENGTH.pack(len(text))

    def close(self) -> None:
        """Release the file."""
        self._map.close()


def left_behind(path: Path) -> tuple[str, dict[str, Any] | None]:
    """Return the call that was under way in a process that died, and the facts about its spec."""
    written = path.read_bytes()
    (length,) = _LENGTH.unpack(written[_ABOUT - _LENGTH.size : _ABOUT])
    call = written[_CALL].rstrip(b"\0").decode()
    return call, json.loads(written[_ABOUT : _ABOUT + length] or b"null")
