"""The lines that strace writes, read as system calls."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_LINE: Final = re.compile(
    r"(\d+)\s+(?:(\w+)\(|<\.\.\. (\w+) resumed>)(.*)(?:\)\s+= (.*)| <unfinished \.\.\.>)"
)
_WORD: Final = re.compile(r"\w+")
_DESCRIPTOR: Final = re.compile(r"(\d+)<([^>]*)>")
_PATH: Final = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:\\x[0-9a-f]{2})*)"')
_NUMBER: Final = re.compile(r"-?\d+")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A number, and what it stands for: a path, or such as `socket:[12]`."""

    number: int
    name: str


@dataclass(eq=False)
class SystemCall:
    """A call, which has ended when it has a result."""

    task: int
    """The thread that makes it."""
    name: str
    arguments: str
    result: str | None = None

    @property
    def value(self) -> int:
        """What it returned; -1 when it failed, or has not ended."""
        match = _NUMBER.match(self.result or "-1")
        return int(match[0]) if match else -1

    @cached_property
    def data(self) -> bytes:
        """The bytes that it was given, once it has ended. Raises `Cut` where some are missing."""
        texts = self.arguments.split('"')
        if any(after.startswith("...") for after in texts[2::2]):
            raise Cut
        return b"".join(map(_decoded, texts[1::2]))

    @cached_property
    def _bare(self) -> str:
        """The arguments without the bytes, which may be many."""
        return '""'.join(self.arguments.split('"')[::2])

    def descriptor(self) -> Descriptor | None:
        """Return the first descriptor that it was given."""
        return _descriptor(_DESCRIPTOR.search(self._bare))

    def opened(self) -> Descriptor | None:
        """Return the descriptor that it returned."""
        return _descriptor(_DESCRIPTOR.match(self.result or ""))

    def paths(self, directory: str) -> list[str]:
        """Return the absolute paths that it was given, those that begin nowhere in `directory`."""
        return [
            os.path.normpath(
                os.path.join(  # noqa: PTH118 - PurePath keeps what lies below a link
                    _text(base) or directory, os.fsdecode(_decoded(path))
                )
            )
            for base, path in _PATH.findall(self.arguments)
        ]

    def numbers(self) -> list[int]:
        """Return the arguments that are plain numbers."""
        words = self._bare.split(", ")
        return [int(word) for word in words if _NUMBER.fullmatch(word)]

    def flag(self, name: str) -> bool:
        """Return whether a flag stands among its arguments."""
        return name in _WORD.findall(self._bare)


@dataclass(frozen=True, slots=True)
class Event:
    """A call begins, or has ended."""

    call: SystemCall
    begins: bool


class Cut(Exception):  # noqa: N818 - named for what happened
    """The bytes of a call are longer than what is recorded of one."""


def system_calls(lines: Iterable[str]) -> Iterator[Event]:
    """Return the beginnings and ends of calls in their order; lines that are no calls are none."""
    begun: dict[int, SystemCall] = {}
    for line in lines:
        match = _LINE.fullmatch(line.rstrip("\n"))
        if match is None:
            continue
        task, name, resumed, arguments, result = match.groups()
        if resumed is None:
            call = SystemCall(int(task), name, arguments, result)
            yield Event(call, begins=True)
            if result is None:
                begun[call.task] = call
        elif int(task) in begun:
            call = begun.pop(int(task))
            call.arguments += arguments
            call.result = result
        else:
            continue
        if call.result is not None:
            yield Event(call, begins=False)


def _descriptor(match: re.Match[str] | None) -> Descriptor | None:
    return Descriptor(int(match[1]), _text(match[2])) if match else None


def _text(shown: str) -> str:
    return os.fsdecode(_decoded(shown)) if shown.startswith("\\x") else shown


def _decoded(shown: str) -> bytes:
    return bytes.fromhex(shown.replace("\\x", ""))
