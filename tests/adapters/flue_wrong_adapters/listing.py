"""A run registry that lists in Python, for adapters that list wrongly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    ListRunsOpts,
    ListRunsResponse,
    RunCursor,
    RunPointer,
)
from flue_wrong_adapters.wrappers import Registry


class Listing(Registry):
    """Lists rightly, until a subclass does otherwise."""

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        opts = opts or ListRunsOpts()
        runs = [run for run in await self.everything() if self.matches(run, opts)]
        rest = self.rest(sorted(runs, key=self.place, reverse=True), opts.cursor)
        size = self.size(opts)
        return ListRunsResponse(rest[:size], self.cursor(rest, size))

    async def everything(self) -> list[RunPointer]:
        page = await self.right.list_runs(ListRunsOpts(limit=MAX_RUN_PAGE))
        runs = [*page.runs]
        while page.next_cursor:
            page = await self.right.list_runs(
                ListRunsOpts(limit=MAX_RUN_PAGE, cursor=page.next_cursor)
            )
            runs += page.runs
        return runs

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        return (opts.status or run.status) == run.status and (
            opts.workflow_name or run.owner.workflow_name
        ) == run.owner.workflow_name

    def place(self, run: RunPointer) -> Any:
        return run.started_at, run.run_id

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        after = RunCursor.decode(cursor)
        return [run for run in runs if after is None or self.follows(run, after)]

    def follows(self, run: RunPointer, after: RunCursor) -> bool:
        return (run.started_at, run.run_id) < (after.started_at, after.run_id)

    def size(self, opts: ListRunsOpts) -> int:
        limit = opts.limit
        if limit is None or not math.isfinite(limit) or limit < 1:
            return DEFAULT_RUN_PAGE
        return int(min(limit, MAX_RUN_PAGE))

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        return self.after(rest[size - 1]) if len(rest) > size else None

    def after(self, last: RunPointer) -> str:
        return RunCursor(last.started_at, last.run_id).encode()
