"""`FileBackend`: an adapter whose database is a file."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from flue_conformance.backends.backend import Backend, JsonObject, Planter
from flue_conformance.backends.durability import Durability
from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.scratch import (
    disk_directory,
    make_directory,
    memory_directory,
    remove_directories,
)
from flue_conformance.backends.settings import Settings
from flue_conformance.contract import PersistenceAdapter


class FileBackend(Backend):
    """Databases in files: `make(path, edition)` returns an adapter on the file at `path`.

    Each database has a folder of its own, so the files that it keeps beside the main one belong
    to it: they are copied and removed with it. `path` does not exist until the adapter creates it.
    `planter` makes a planter for a path, such as `FlueSchemaPlanter`. The folders lie under
    `directory`; by default in memory where the machine has that, but for those of `durable`, and
    else in the temporary directory.
    """

    durability = Durability.SINGLE_HOST

    def __init__(
        self,
        make: Callable[[str, str], PersistenceAdapter],
        *,
        editions: Iterable[str],
        suffix: str = ".db",
        label: str = "",
        planter: Callable[[str], Planter] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.label = label
        self.editions = frozenset(editions)
        self._make = make
        self._file_name = f"database{suffix}"
        self._planter = planter
        self._directory = directory
        self._keep = False
        self._root: Path | None = None
        self._durable_root: Path | None = None
        self._on_disk: FileBackend | None = None
        self._guardian: Guardian | None = None

    def configure(self, argument: str | None, settings: Settings) -> Self:
        """Return this backend for one run; it takes no argument."""
        super().configure(argument, settings)
        configured = copy.copy(self)
        configured._keep = settings.keep  # noqa: SLF001 - a copy of this object
        return configured

    async def start(self) -> None:
        """Make the folders of this run."""
        in_memory = self._directory is None and memory_directory() is not None
        self._root = make_directory("files", parent=self._directory)
        self._durable_root = (
            make_directory("files", parent=disk_directory()) if in_memory else self._root
        )
        self._guardian = Guardian(remove_directories, *map(str, self._roots))

    async def stop(self) -> None:
        """Remove the folders of this run, unless databases in them were kept."""
        if self._guardian is None:
            return
        guardian, self._guardian = self._guardian, None
        empty = [str(root) for root in self._roots if not any(root.iterdir())]
        if self._keep and len(empty) < len(self._roots):
            guardian.dismiss()
            remove_directories(*empty)
        else:
            guardian.release()

    def share(self) -> JsonObject:
        """Return where the folders of this run are."""
        return {"root": str(self._root), "durable": str(self._durable_root)}

    def join(self, shared: JsonObject) -> None:
        """Make databases in the folders that the controlling process made."""
        self._root, self._durable_root = Path(shared["root"]), Path(shared["durable"])

    def durable(self) -> FileBackend:
        """Return this backend with databases on disk."""
        if self._durable_root == self._root:
            return self
        if self._on_disk is None:
            self._on_disk = copy.copy(self)
            self._on_disk._root = self._durable_root  # noqa: SLF001 - a copy of this object
        return self._on_disk

    @property
    def _roots(self) -> list[Path]:
        return [*dict.fromkeys(root for root in (self._root, self._durable_root) if root)]

    async def create(self) -> str:
        """Return the path of a file that does not exist yet, in a new folder."""
        return str(self._new_folder() / self._file_name)

    async def copy(self, location: str) -> str | None:
        """Copy a closed database together with the files beside it."""
        folder = self._new_folder()
        shutil.copytree(Path(location).parent, folder, dirs_exist_ok=True)
        return str(folder / self._file_name)

    async def drop(self, location: str) -> None:
        """Remove a database and the files beside it."""
        folder = Path(location).parent
        if folder.parent != self._root:
            raise ValueError(f"{location} is no database of this run.")
        remove_directories(str(folder))

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Return a new adapter on the file at `location`."""
        return self._make(location, edition)

    def planter(self, location: str) -> Planter | None:
        """Return a planter for the file, where the author gave one."""
        return self._planter(location) if self._planter else None

    def _new_folder(self) -> Path:
        if self._root is None:
            raise RuntimeError("A FileBackend makes databases only between start and stop.")
        return Path(tempfile.mkdtemp(prefix="", dir=self._root))
