"""One file in several processes, each of which has mapped it as it was."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from flue_adapter_lmdb import LmdbAdapter, database
from flue_adapter_lmdb.environment import Environment
from flue_conformance.contract import SessionData, Storage

SMALL = 64 * 1024
LONG: SessionData = {
    "version": 5,
    "affinityKey": "aff_1",
    "entries": [],
    "leafId": None,
    "metadata": {"note": "long " * 20_000},
    "createdAt": "2026-06-03T10:20:30.456Z",
    "updatedAt": "2026-06-03T10:20:30.456Z",
}
LOCKS = """
import sys
import lmdb
env = lmdb.open(sys.argv[1], subdir=False)
with env.begin(write=True) as held:
    print(flush=True)
    sys.stdin.read()
"""
GROWS = """
import asyncio, json, sys
from flue_adapter_lmdb import LmdbAdapter
async def grow():
    stores = await LmdbAdapter(sys.argv[1]).connect()
    for number in range(5):
        await stores.sessions.save(f"session-{number}", json.loads(sys.stdin.readline()))
asyncio.run(grow())
"""


@contextmanager
def locked(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Have another process hold the file's write lock."""
    command = [sys.executable, "-c", LOCKS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


async def migrated(path: Path, map_size: int = SMALL) -> LmdbAdapter:
    adapter = LmdbAdapter(path, map_size=map_size)
    await adapter.migrate()
    return adapter


@pytest.mark.asyncio
async def test_the_map_grows_with_what_is_stored(tmp_path: Path) -> None:
    adapter = await migrated(tmp_path / "one.lmdb")
    sessions = (await adapter.connect()).sessions
    for number in range(5):
        await sessions.save(f"session-{number}", LONG)
    assert [await sessions.load(f"session-{number}") for number in range(5)] == [LONG] * 5
    await adapter.close()


@pytest.mark.asyncio
async def test_the_map_grows_with_what_another_process_stores(tmp_path: Path) -> None:
    path = tmp_path / "one.lmdb"
    adapter = await migrated(path)
    sessions = (await adapter.connect()).sessions
    lines = "".join(json.dumps(LONG) + "\n" for _ in range(5))
    grows = partial(subprocess.run, [sys.executable, "-c", GROWS, str(path)], check=True)
    await asyncio.to_thread(grows, input=lines, text=True)

    assert await sessions.load("session-4") == LONG
    await sessions.save("session-5", LONG)
    assert await sessions.load("session-5") == LONG
    await adapter.close()


@pytest.mark.asyncio
async def test_a_write_that_never_gets_its_turn_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.lmdb"
    adapter = await migrated(path)
    sessions = (await adapter.connect()).sessions
    monkeypatch.setattr(database, "_PATIENCE_S", 0.1)
    with locked(path):
        with pytest.raises(Storage, match="locked by another process"):
            await sessions.save("session-1", LONG)
        # Who reads waits for nobody.
        assert await sessions.load("session-1") is None
    monkeypatch.undo()
    # That process was killed; its lock is no obstacle.
    await sessions.save("session-2", LONG)
    assert await sessions.load("session-1") is None
    await adapter.close()


@pytest.mark.asyncio
async def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    adapter = await migrated(tmp_path / "one.lmdb")
    await adapter.close()
    environment = Environment(tmp_path / "one.lmdb", SMALL)
    environment.write(lambda txn: txn.put(b"\1format", b"2")).result()
    environment.close()

    for refused in (adapter.connect(), adapter.migrate()):
        with pytest.raises(Storage, match="format '2'"):
            await refused
    await adapter.close()
