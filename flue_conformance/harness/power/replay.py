"""`Replay`: what system calls did to a disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from flue_conformance.harness.power.calls import Cut, Descriptor, Event, SystemCall
from flue_conformance.harness.power.disk import Contents, Disk, File
from flue_conformance.harness.power.rebuilt import is_rebuilt

_CLONES: Final = frozenset({"clone", "clone3", "fork", "vfork"})


class Unseen(Exception):  # noqa: N818 - named for what happened
    """The calls do not say what is on the disk; the message says why."""


@dataclass(eq=False, slots=True)
class Opened:
    """A file as a process opened it; descriptors that were duplicated share one."""

    file: File | None
    """None: a directory, or a file that nobody told us of."""
    appends: bool = False
    through: bool = False
    """Whether what is written has reached the disk when the call returns."""
    position: int = 0


@dataclass(eq=False, slots=True)
class Process:
    """What relative paths and descriptors mean; the threads of a process share one."""

    directory: str
    opened: dict[int, Opened] = field(default_factory=dict)

    def copy(self) -> Process:
        """Return what a child begins with."""
        return Process(self.directory, dict(self.opened))


class Replay:
    """Does to a disk what the calls of one program and its children did, below `folder`.

    `disk` holds what was there before; `after` is what was there in the end. Raises `Unseen`.
    """

    def __init__(self, folder: Path, before: Contents, after: Contents) -> None:
        self.disk = Disk(before)
        self._after = after
        self.rebuilt: set[str] = set()
        """The files whose contents mean nothing after a crash."""
        self._folder = str(folder)
        self._processes: dict[int, Process] = {}
        """That of each task."""
        self._began: dict[int, int] = {}
        """The disk's time when the call of each task began."""
        self._cloning: set[int] = set()
        """The tasks that are about to have a child."""

    def take(self, event: Event) -> None:
        """Go on by one event."""
        call = event.call
        if event.begins:
            self._began[call.task] = self.disk.time
            if call.name in _CLONES:
                self._cloning.add(call.task)
            return
        act = self._ACTS.get(call.name)
        if act is None or call.value < 0:
            return
        try:
            act(self, call)
        except Cut:
            if self._is_ours(call.descriptor()):
                raise Unseen("A single write was longer than what is recorded of one.") from None

    def is_inside(self, path: str) -> bool:
        """Return whether a path is below the folder, and holds anything that outlives a crash."""
        return path.startswith(self._folder + os.sep) and path not in self.rebuilt

    def _is_ours(self, descriptor: Descriptor | None) -> bool:
        return descriptor is not None and self.is_inside(descriptor.name)

    def _process(self, task: int) -> Process:
        if task not in self._processes:
            # A child may be heard of before its parent's call has ended: it has what that has.
            parent = next((each for each in self._cloning if each != task), task)
            first = Process(str(Path.cwd()))
            self._processes[task] = self._processes.get(parent, first)
        return self._processes[task]

    def _opened(self, call: SystemCall) -> Opened | None:
        """Return what a call's descriptor stands for; None for sockets and pipes."""
        descriptor = call.descriptor()
        if descriptor is None or not descriptor.name.startswith(os.sep):
            return None
        opened = self._process(call.task).opened.get(descriptor.number)
        if opened is None and self.is_inside(descriptor.name):
            raise Unseen(f"{_name(descriptor.name)} was opened in a way that strace does not show.")
        return opened

    def _file(self, call: SystemCall) -> File | None:
        opened = self._opened(call)
        return opened.file if opened else None

    def _open(self, call: SystemCall) -> None:
        opened = call.opened()
        if opened is None:
            return
        file = self.disk.live.get(opened.name)
        makes = call.name == "creat" or call.flag("O_CREAT")
        if file is None and makes:
            file = self.disk.create(opened.name)
        elif file is not None and file.live and (call.name == "creat" or call.flag("O_TRUNC")):
            self.disk.resize(file, 0)
        if call.flag("O_TMPFILE") and self.is_inside(opened.name):
            raise Unseen(f"{_name(opened.name)} was made without a name, by O_TMPFILE.")
        through = call.flag("O_DSYNC") or call.flag("O_SYNC")
        self._process(call.task).opened[opened.number] = Opened(
            file, call.flag("O_APPEND"), through
        )

    def _write(self, call: SystemCall) -> None:
        opened = self._opened(call)
        if opened is None or opened.file is None:
            return
        position = len(opened.file.live) if opened.appends else opened.position
        self._put(call, opened, position)
        opened.position = position + call.value

    def _write_at(self, call: SystemCall) -> None:
        _, position, *_ = call.numbers()
        if position < 0:
            self._write(call)
            return
        opened = self._opened(call)
        if opened is not None and opened.file is not None:
            # Linux appends then, whatever the position.
            self._put(call, opened, len(opened.file.live) if opened.appends else position)

    def _put(self, call: SystemCall, opened: Opened, position: int) -> None:
        assert opened.file is not None
        through = opened.through or call.flag("RWF_DSYNC") or call.flag("RWF_SYNC")
        data = call.data[: call.value]
        self.disk.write(opened.file, position, data, through=through)

    def _seek(self, call: SystemCall) -> None:
        opened = self._opened(call)
        if opened is not None:
            opened.position = call.value

    def _resize(self, call: SystemCall) -> None:
        file = self._file(call)
        if file is not None:
            self.disk.resize(file, call.numbers()[-1])

    def _resize_path(self, call: SystemCall) -> None:
        file = self.disk.live.get(self._paths(call)[0])
        if file is not None:
            self.disk.resize(file, call.numbers()[-1])

    def _allocate(self, call: SystemCall) -> None:
        file = self._file(call)
        if file is None or call.flag("FALLOC_FL_KEEP_SIZE"):
            return
        offset, length = call.numbers()[-2:]
        if offset + length > len(file.live):
            self.disk.resize(file, offset + length)

    def _sync(self, call: SystemCall) -> None:
        descriptor, file = call.descriptor(), self._file(call)
        before = self._began[call.task]
        if file is not None:
            self.disk.sync(file, before)
        elif descriptor is not None:
            self.disk.sync_directory(descriptor.name, before)

    def _sync_all(self, call: SystemCall) -> None:
        self.disk.sync_all(self._began[call.task])

    def _rename(self, call: SystemCall) -> None:
        before, path = self._paths(call)
        if before in self.disk.live and not call.flag("RENAME_EXCHANGE"):
            self.disk.rename(before, path)
        elif any(self.is_inside(each) for each in (before, path)):
            raise Unseen(f"The renaming of {_name(before)} to {_name(path)} is not understood.")

    def _link(self, call: SystemCall) -> None:
        existing, path = self._paths(call)
        if existing in self.disk.live:
            self.disk.link(existing, path)
        elif self.is_inside(path):
            raise Unseen(f"{_name(path)} is a link to something that strace does not show.")

    def _unlink(self, call: SystemCall) -> None:
        self.disk.remove(self._paths(call)[0])

    def _duplicate(self, call: SystemCall) -> None:
        descriptor, copy = call.descriptor(), call.opened()
        if descriptor is None or copy is None:
            return
        table = self._process(call.task).opened
        if descriptor.number in table:
            table[copy.number] = table[descriptor.number]

    def _clone(self, call: SystemCall) -> None:
        self._cloning.discard(call.task)
        process = self._process(call.task)
        self._processes.setdefault(
            call.value, process if call.flag("CLONE_FILES") else process.copy()
        )

    def _change_directory(self, call: SystemCall) -> None:
        descriptor = call.descriptor()
        self._process(call.task).directory = descriptor.name if descriptor else self._paths(call)[0]

    def _map(self, call: SystemCall) -> None:
        descriptor = call.descriptor()
        shared = call.flag("MAP_SHARED") or call.flag("MAP_SHARED_VALIDATE")
        if descriptor is None or not (shared and call.flag("PROT_WRITE")):
            return
        path = descriptor.name
        if is_rebuilt(path, self._contents):
            self.rebuilt.add(path)
        elif self.is_inside(path):
            raise Unseen(
                f"{_name(path)} is mapped into memory and written there, which no system call "
                "shows."
            )

    def _contents(self, path: str) -> bytes | None:
        """Return what a file holds by now or, where it is not made yet, in the end."""
        file = self.disk.live.get(path)
        return bytes(file.live) if file and file.live else self._after.get(path)

    def _unseen(self, call: SystemCall) -> None:
        raise Unseen(f"The adapter writes through {call.name}, whose writes no system call shows.")

    def _paths(self, call: SystemCall) -> list[str]:
        return call.paths(self._process(call.task).directory)

    _ACTS: ClassVar[dict[str, Callable[[Replay, SystemCall], None]]] = {
        **dict.fromkeys(("open", "openat", "openat2", "creat"), _open),
        **dict.fromkeys(("write", "writev"), _write),
        **dict.fromkeys(("pwrite64", "pwritev", "pwritev2"), _write_at),
        **dict.fromkeys(("fsync", "fdatasync"), _sync),
        **dict.fromkeys(("sync", "syncfs"), _sync_all),
        **dict.fromkeys(("rename", "renameat", "renameat2"), _rename),
        **dict.fromkeys(("link", "linkat"), _link),
        **dict.fromkeys(("unlink", "unlinkat"), _unlink),
        **dict.fromkeys(("dup", "dup2", "dup3", "fcntl"), _duplicate),
        **dict.fromkeys(_CLONES, _clone),
        **dict.fromkeys(("io_uring_setup", "io_submit"), _unseen),
        **dict.fromkeys(("chdir", "fchdir"), _change_directory),
        "lseek": _seek,
        "ftruncate": _resize,
        "truncate": _resize_path,
        "fallocate": _allocate,
        "mmap": _map,
    }


def _name(path: str) -> str:
    return os.path.basename(path)  # noqa: PTH119 - of a text
