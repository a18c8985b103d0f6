"""`MemoryBackend` and `FileBackend`: fresh databases, copies, parallel workers, keeping."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from flue_conformance.backends import (
    Durability,
    FileBackend,
    FlueSchemaPlanter,
    MemoryBackend,
    Settings,
    UsageProblem,
)
from flue_conformance.contract import PersistenceAdapter


class Opened:
    """What an adapter was made with."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments


def opened(*arguments: str) -> PersistenceAdapter:
    return cast("PersistenceAdapter", Opened(*arguments))


def file_backend(directory: Path, *, keep: bool = False) -> FileBackend:
    backend = FileBackend(
        opened, editions={"0.11"}, label="files", planter=FlueSchemaPlanter, directory=directory
    )
    return backend.configure(None, Settings(keep=keep))


def test_memory_names_its_databases_and_makes_an_adapter_for_each() -> None:
    backend = MemoryBackend(opened, editions={"0.10", "0.11"}, label="memory")

    first, second = asyncio.run(backend.create()), asyncio.run(backend.create())

    assert first != second
    adapter = backend.adapter(first, "0.10")
    assert isinstance(adapter, Opened)
    assert adapter.arguments == ("0.10",)
    assert backend.adapter(first, "0.10") is not adapter
    assert backend.durability is Durability.EPHEMERAL
    assert asyncio.run(backend.copy(first)) is None
    assert backend.planter(first) is None


def test_a_backend_without_arguments_refuses_one(tmp_path: Path) -> None:
    memory = MemoryBackend(opened, editions={"0.11"}, label="memory")
    for backend in (memory, file_backend(tmp_path)):
        with pytest.raises(UsageProblem, match="takes no argument"):
            backend.configure("x", Settings())


def test_a_file_database_starts_as_a_path_without_a_file(tmp_path: Path) -> None:
    backend = file_backend(tmp_path)
    asyncio.run(backend.start())
    try:
        location = Path(asyncio.run(backend.create()))

        assert location.parent.is_dir()
        assert not location.exists()
        adapter = backend.adapter(str(location), "0.11")
        assert isinstance(adapter, Opened)
        assert adapter.arguments == (str(location), "0.11")
        assert backend.durability is Durability.SINGLE_HOST
    finally:
        asyncio.run(backend.stop())
    assert not list(tmp_path.iterdir())


def test_a_copied_file_database_brings_the_files_beside_it(tmp_path: Path) -> None:
    backend = file_backend(tmp_path)
    asyncio.run(backend.start())
    template = asyncio.run(backend.create())
    with closing(sqlite3.connect(template)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("CREATE TABLE flue_sessions (id TEXT)")
        connection.execute("INSERT INTO flue_sessions VALUES ('only in the log')")
        connection.commit()
        # Copied while open, so that the row is still in the file beside the main one.
        copy = asyncio.run(backend.copy(template))
    assert copy is not None

    planter = backend.planter(copy)
    assert planter is not None
    assert asyncio.run(planter.rows("flue_sessions")) == [{"id": "only in the log"}]
    asyncio.run(backend.drop(copy))
    assert not Path(copy).parent.exists()
    assert Path(template).exists()
    asyncio.run(backend.stop())


def test_a_parallel_worker_shares_the_folder(tmp_path: Path) -> None:
    backend, worker = file_backend(tmp_path), file_backend(tmp_path)
    asyncio.run(backend.start())
    worker.join(json.loads(json.dumps(backend.share())))

    theirs = asyncio.run(worker.create())
    asyncio.run(worker.stop())

    assert Path(theirs).parent.is_dir()
    asyncio.run(backend.stop())
    assert not list(tmp_path.iterdir())


def test_kept_file_databases_stay_and_others_go(tmp_path: Path) -> None:
    backend = file_backend(tmp_path, keep=True)
    asyncio.run(backend.start())
    kept, dropped = asyncio.run(backend.create()), asyncio.run(backend.create())
    asyncio.run(backend.drop(dropped))

    asyncio.run(backend.stop())

    assert Path(kept).parent.is_dir()
    assert not Path(dropped).parent.exists()
    assert backend.describe(kept) == kept
    shutil.rmtree(Path(kept).parent.parent)


def test_nothing_stays_when_nothing_was_kept(tmp_path: Path) -> None:
    backend = file_backend(tmp_path, keep=True)
    asyncio.run(backend.start())
    asyncio.run(backend.drop(asyncio.run(backend.create())))

    asyncio.run(backend.stop())

    assert not list(tmp_path.iterdir())


def test_only_databases_of_the_run_are_removed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    backend = file_backend(tmp_path)
    asyncio.run(backend.start())
    with pytest.raises(ValueError, match="no database of this run"):
        asyncio.run(backend.drop(str(theirs / "database.db")))
    asyncio.run(backend.stop())
    assert theirs.is_dir()


def test_a_file_database_exists_only_between_start_and_stop(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="between start and stop"):
        asyncio.run(file_backend(tmp_path).create())


def test_stopping_what_never_started_does_nothing(tmp_path: Path) -> None:
    asyncio.run(file_backend(tmp_path).stop())


def test_durable_databases_lie_on_disk_and_go_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    memory.mkdir()
    disk.mkdir()
    monkeypatch.setattr("flue_conformance.backends.scratch.MEMORY", memory)
    monkeypatch.setattr("tempfile.tempdir", str(disk))
    backend = FileBackend(opened, editions={"0.11"}, label="files").configure(None, Settings())
    worker = FileBackend(opened, editions={"0.11"}, label="files").configure(None, Settings())
    asyncio.run(backend.start())
    try:
        worker.join(json.loads(json.dumps(backend.share())))
        for one in (backend, worker):
            assert Path(asyncio.run(one.create())).is_relative_to(memory)
            location = asyncio.run(one.durable().create())
            assert Path(location).is_relative_to(disk)
            assert one.durable() is one.durable()
            asyncio.run(one.durable().drop(location))
    finally:
        asyncio.run(backend.stop())
    assert not [*memory.iterdir(), *disk.iterdir()]


def test_an_author_s_own_folder_is_where_durable_databases_lie_too(tmp_path: Path) -> None:
    backend = file_backend(tmp_path)
    asyncio.run(backend.start())
    try:
        assert backend.durable() is backend
    finally:
        asyncio.run(backend.stop())
