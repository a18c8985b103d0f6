"""`Disk`: files as processes see them, and what is left of them when the power goes.

What a real file system promises, and no more (ext4, XFS and Btrfs in their default settings agree):

- Bytes and sizes of a file are lost unless it was synced after they were written.
- A name that was given to a file, when it was made or renamed, counts once its directory was
  synced, or the file itself: a file's own sync commits what made it reachable.
- The removal of a name counts at once. That is generous; but SQLite in its default settings
  commits by removing its journal and syncs no directory after it, and the contract takes those
  settings for durable.
- Directories are there when a file in them is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from random import Random
from typing import Final

SECTOR: Final = 4096
"""What of a write reaches the disk, reaches it in pieces that end at multiples of this."""

Contents = dict[str, bytes]
"""What each file holds, by its path."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that a file got; without bytes it got another size, `position`."""

    time: int
    position: int
    data: bytes | None

    def apply(self, to: bytearray) -> None:
        """Do to the bytes of a file what this did."""
        end = self.position + len(self.data or b"")
        if len(to) < end:
            to.extend(bytes(end - len(to)))
        if self.data is None:
            del to[self.position :]
        else:
            to[self.position : end] = self.data

    def pieces(self) -> Iterator[Write]:
        """Return the parts of it that reach a disk or do not."""
        data, position = self.data or b"", self.position
        while data:
            length = SECTOR - position % SECTOR
            yield Write(self.time, position, data[:length])
            data, position = data[length:], position + length


@dataclass(eq=False, slots=True)
class File:
    """One file, whatever its names."""

    live: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    unsynced: list[Write] = field(default_factory=list)
    """What `live` has and `durable` has not, in order."""

    @classmethod
    def holding(cls, data: bytes) -> File:
        """Return a file that has been on the disk for long."""
        return cls(bytearray(data), bytearray(data))

    def write(self, write: Write) -> None:
        """Change it."""
        write.apply(self.live)
        self.unsynced.append(write)

    def sync(self, chosen: Callable[[Write], bool]) -> None:
        """Have what was chosen of its changes reach the disk."""
        for write in filter(chosen, self.unsynced):
            write.apply(self.durable)
        self.unsynced = [write for write in self.unsynced if not chosen(write)]

    def torn(self, random: Random) -> bytes:
        """Return what it may hold after a power loss: some of what was not synced too.

        File systems keep changes of size in order, and no bytes from before one that was lost.
        """
        torn = bytearray(self.durable)
        resizes = sum(write.data is None for write in self.unsynced)
        left = random.randint(0, resizes)
        for write in self.unsynced:
            if write.data is None:
                if left == 0:
                    break
                left -= 1
                write.apply(torn)
                continue
            for piece in write.pieces():
                if random.random() < 0.5:
                    piece.apply(torn)
        return bytes(torn)


@dataclass(frozen=True, slots=True)
class Naming:
    """A file got a name, and lost the one that it had."""

    time: int
    file: File
    path: str
    before: str | None = None

    def apply(self, to: dict[str, File]) -> None:
        """Do to names what this did."""
        if self.before is not None and to.get(self.before) is self.file:
            del to[self.before]
        to[self.path] = self.file


class Disk:
    """Files under their names, now and after a power loss."""

    def __init__(self, contents: Contents) -> None:
        self.live = {path: File.holding(data) for path, data in contents.items()}
        self.time = 0
        """Counts the changes."""
        self._durable = dict(self.live)
        self._unsynced: list[Naming] = []

    def create(self, path: str) -> File:
        """Make an empty file."""
        file = File()
        self._name(Naming(self._now(), file, path))
        return file

    def rename(self, before: str, path: str) -> None:
        """Give a file another name, which may have been another file's."""
        self._name(Naming(self._now(), self.live[before], path, before))

    def link(self, existing: str, path: str) -> None:
        """Give a file a further name."""
        self._name(Naming(self._now(), self.live[existing], path))

    def remove(self, path: str) -> None:
        """Remove a name."""
        file = self.live.pop(path, None)
        if file not in self.live.values():
            self._durable = {name: each for name, each in self._durable.items() if each is not file}
            self._unsynced = [naming for naming in self._unsynced if naming.file is not file]
        self._durable.pop(path, None)
        self._unsynced = [naming for naming in self._unsynced if naming.path != path]

    def write(self, file: File, position: int, data: bytes, *, through: bool = False) -> None:
        """Write into a file; `through` to the disk, where the file was opened that way."""
        written = Write(self._now(), position, data)
        file.write(written)
        if through:
            file.sync(lambda write: write is written)
            self._settle(lambda naming: naming.file is file)

    def resize(self, file: File, size: int) -> None:
        """Cut a file off, or make it longer."""
        file.write(Write(self._now(), size, None))

    def sync(self, file: File, before: int) -> None:
        """Have what was done to a file before that time reach the disk."""
        file.sync(lambda write: write.time < before)
        self._settle(lambda naming: naming.file is file and naming.time < before)

    def sync_directory(self, directory: str, before: int) -> None:
        """Have the names in a directory reach the disk that were given before that time."""

        def within(path: str | None) -> bool:
            return path is not None and str(PurePath(path).parent) == directory

        self._settle(
            lambda naming: naming.time < before and (within(naming.path) or within(naming.before))
        )

    def sync_all(self, before: int) -> None:
        """Have everything reach the disk that was done before that time."""
        self._settle(lambda naming: naming.time < before)
        for file in self.live.values():
            file.sync(lambda write: write.time < before)

    def contents(self) -> Contents:
        """Return what each file holds, as processes see it."""
        return {path: bytes(file.live) for path, file in self.live.items()}

    def durable(self) -> Contents:
        """Return what is left when the power goes and nothing is there that was not synced."""
        return {path: bytes(file.durable) for path, file in self._durable.items()}

    def torn(self, random: Random) -> Contents:
        """Return what may be left when the power goes: some of what was not synced is there.

        Names reach a disk in order, bytes in any.
        """
        names = dict(self._durable)
        for naming in self._unsynced[: random.randint(0, len(self._unsynced))]:
            naming.apply(names)
        return {path: file.torn(random) for path, file in names.items()}

    def unsynced(self) -> dict[str, str]:
        """Return, by its path, what of each file is not on the disk, in words for a person."""
        told: dict[str, str] = {}
        for path, file in self.live.items():
            parts = []
            if any(naming.file is file for naming in self._unsynced):
                parts.append("its name")
            if file.unsynced:
                count = len(file.unsynced)
                size = sum(len(write.data or b"") for write in file.unsynced)
                parts.append(f"{count} write{'s' * (count > 1)} of {size} bytes")
            if parts:
                told[path] = " and ".join(parts)
        return told

    def _now(self) -> int:
        self.time += 1
        return self.time - 1

    def _name(self, naming: Naming) -> None:
        naming.apply(self.live)
        self._unsynced.append(naming)

    def _settle(self, chosen: Callable[[Naming], bool]) -> None:
        for naming in filter(chosen, self._unsynced):
            naming.apply(self._durable)
        self._unsynced = [naming for naming in self._unsynced if not chosen(naming)]
