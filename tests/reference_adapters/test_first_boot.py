"""Migration: raced by processes, repeated, and on databases that official adapters made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

import reference_adapters
from flue_conformance.contract import (
    CreateRunInput,
    EndRunInput,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
)
from reference_adapters.database import Database
from reference_adapters.migration import migrate
from reference_adapters.schema import tables

TIME_LIMIT_S = 60.0
PROCESSES = 8

# The location comes in by standard input, because it may hold a password.
BOOT = """
import asyncio, sys
import reference_adapters

async def boot(kind, location, number):
    adapter = getattr(reference_adapters, kind)(location)
    print("ready", flush=True)
    sys.stdin.readline()
    await adapter.migrate()
    stores = await adapter.connect()
    await stores.sessions.save(f"of process {number}", {"entries": []})
    await adapter.close()

asyncio.run(boot(*(sys.stdin.readline().rstrip() for _ in range(3))))
"""

OFFICIAL_TABLES = """
CREATE TABLE flue_runs (run_id TEXT PRIMARY KEY, owner_kind TEXT NOT NULL,
    workflow_name TEXT NOT NULL, instance_id TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, payload TEXT, ended_at TEXT, is_error BOOLEAN,
    duration_ms INTEGER, result TEXT, error TEXT);
CREATE TABLE flue_run_registry (run_id TEXT PRIMARY KEY, owner_kind TEXT NOT NULL,
    workflow_name TEXT NOT NULL, instance_id TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT, duration_ms INTEGER, is_error BOOLEAN);
INSERT INTO flue_runs
    VALUES ('old', 'workflow', 'w', 'old', 'completed', 's', NULL, 'e', false, 42, NULL, NULL)
"""


def test_eight_processes_boot_an_empty_location_at_once(place: Any) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for number, process in enumerate(processes):
        assert process.stdin is not None
        process.stdin.write(f"{place.kind}\n{place.location}\n{number}\n")
        process.stdin.flush()
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=TIME_LIMIT_S)[1] for process in processes]

    assert errors == [""] * PROCESSES
    assert [process.returncode for process in processes] == [0] * PROCESSES


def all_columns(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    return {
        name: (
            [(column["name"], str(column["type"])) for column in inspector.get_columns(name)],
            sorted(index["name"] or "" for index in inspector.get_indexes(name)),
        )
        for name in inspector.get_table_names()
    }


@pytest.mark.asyncio
@pytest.mark.parametrize("edition", ["0.10", "0.11"])
async def test_migrating_again_changes_nothing(
    edition: Any, place: Any, open_database: Callable[[Any], Database]
) -> None:
    opened = open_database(place)
    await opened.write(migrate, opened.dialect, edition)
    made = await opened.read(all_columns)
    await opened.write(migrate, opened.dialect, edition)

    assert await opened.read(all_columns) == made
    assert made.keys() >= {table.name for table in tables(edition, opened.dialect)}


@pytest.mark.asyncio
async def test_migrating_again_waits_for_nobody(
    place: Any, open_database: Callable[[Any], Database]
) -> None:
    """A rolling deployment migrates while others work: no lock on any table is taken."""
    opened = open_database(place)
    await opened.write(migrate, opened.dialect, "0.11")
    statements: list[str] = []

    def migrate_again(connection: Connection) -> None:
        migrate(connection, opened.dialect, "0.11")
        if opened.dialect.name == "Postgres":
            statements.extend(
                connection.scalars(
                    text(
                        "SELECT relation::regclass || ' ' || mode FROM pg_locks"
                        " WHERE pid = pg_backend_pid() AND locktype = 'relation'"
                        " AND relation::regclass::text LIKE 'flue%'"
                        " AND mode <> 'AccessShareLock'"
                    )
                )
            )

    await opened.write(migrate_again)

    assert statements == []


@pytest.mark.asyncio
async def test_durations_of_an_official_database_are_widened(
    postgres_place: Any, open_database: Callable[[Any], Database]
) -> None:
    def make_official_tables(connection: Connection) -> None:
        for statement in OFFICIAL_TABLES.split(";"):
            connection.execute(text(statement))

    await open_database(postgres_place).write(make_official_tables)
    adapter = reference_adapters.postgres(postgres_place.location)
    await adapter.migrate()
    stores = await adapter.connect()

    old = await stores.runs.get_run("old")
    assert old is not None
    assert (old.duration_ms, type(old.duration_ms)) == (42, int)
    for run_id, duration in {"long": 2**40, "fraction": 0.25}.items():
        owner = RunOwner("w", run_id)
        await stores.runs.create_run(CreateRunInput(run_id, owner, "s"))
        await stores.runs.end_run(EndRunInput(run_id, "e", False, duration))
        await stores.run_registry.record_run_start(RecordRunStartInput(run_id, owner, "s"))
        await stores.run_registry.record_run_end(RecordRunEndInput(run_id, "e", duration, False))
        record = await stores.runs.get_run(run_id)
        pointer = await stores.run_registry.lookup_run(run_id)
        assert record is not None
        assert pointer is not None
        assert (record.duration_ms, pointer.duration_ms) == (duration, duration)
    await adapter.close()


@pytest.mark.asyncio
async def test_missing_parent_directories_are_made(tmp_path: Path) -> None:
    path = tmp_path / "state" / "of flue" / "flue.db"
    adapter = reference_adapters.sqlite(path)
    await adapter.migrate()
    await adapter.close()

    assert path.is_file()
