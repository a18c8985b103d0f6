"""The run registry, read page by page while other processes write to it: INDEX-15."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Final

from flue_conformance.contract import ListRunsOpts
from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.values import run_end, run_id, run_start
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import outlasting
from flue_conformance.specs.support.verifies import requires, verifies

LATER: Final = "2026-07-01T00:00:00.000Z"


# One process proves the rule where it counts; with several it is looked at once more.
@verifies("INDEX-15", requirement=Requirement.SHOULD)
@requires("persistent")
async def test_pages_show_once_what_is_there_throughout_while_others_write(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    reader, *writers = (handle.registry for handle in apart)
    there = [run_id(number) for number in range(10, 40)]
    for run in there:
        await reader.record_run_start(run_start(run))
    over = asyncio.Event()

    async def write(place: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            # Ones that are later than what is there, and changes of that.
            later = run_id(100 + number, f"flow-{place}")
            started = run_start(
                later, workflow=f"flow-{place}", started_at="2026-07-01T00:00:00.000Z"
            )
            await outlasting(partial(writers[place].record_run_start, started))
            ending = run_end(there[number % len(there)])
            await outlasting(partial(writers[place].record_run_end, ending))
            await asyncio.sleep(0)

    writing = asyncio.gather(*(write(place) for place in range(len(writers))))
    try:
        visited = [await _visited(apart[0]) for _ in range(max(1, rounds // 5))]
    finally:
        over.set()
        await writing

    for pages in visited:
        seen = {run: pages[run] for run in there}
        expect.equal(seen, dict.fromkeys(there, 1), "how often pages showed each pointer")


async def _visited(handle: Handle) -> Counter[str]:
    """Follow cursors to the end, and return how often each run was met."""
    visited: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page = await outlasting(
            partial(handle.registry.list_runs, ListRunsOpts(limit=7, cursor=cursor))
        )
        visited.update(pointer.run_id for pointer in page.runs)
        cursor = page.next_cursor
        if cursor is None:
            return visited
