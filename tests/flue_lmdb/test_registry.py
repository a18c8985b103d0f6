from __future__ import annotations

from pathlib import Path

import pytest

from flue_adapter_lmdb import LmdbAdapter
from flue_conformance.contract import ListRunsOpts, RecordRunStartInput, RunOwner

# Longer than a key: their order is not that of the bytes that fit into one.
PREFIX = "2026-06-03T10:20:30.000Z" + "0" * 500


@pytest.mark.asyncio
async def test_runs_whose_keys_are_cut_off_are_listed_in_order(tmp_path: Path) -> None:
    adapter = LmdbAdapter(tmp_path / "one.lmdb")
    await adapter.migrate()
    registry = (await adapter.connect()).run_registry
    for number in (3, 1, 4, 0, 2):
        owner = RunOwner("triage", f"run-{number}")
        start = RecordRunStartInput(owner.instance_id, owner, f"{PREFIX}{number}")
        await registry.record_run_start(start)

    listed: list[str] = []
    cursor = None
    while not listed or cursor is not None:
        page = await registry.list_runs(ListRunsOpts(limit=1, cursor=cursor))
        listed += [pointer.run_id for pointer in page.runs]
        cursor = page.next_cursor
    await adapter.close()
    assert listed == ["run-4", "run-3", "run-2", "run-1", "run-0"]
