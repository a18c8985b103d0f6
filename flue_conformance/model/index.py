"""Section 3.13: the run registry."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunIdentity,
)
from flue_conformance.model.records import Owner, Pointer
from flue_conformance.model.relations import MISFIT, Moment, Pattern, Raises
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


@dataclass(frozen=True)
class Position:
    """The place behind a pointer; a cursor stands for it. INDEX-18."""

    started_at: str
    run_id: str


@dataclass(frozen=True)
class RunPage(Pattern):
    """Pointers in this order, and whether more follow."""

    pointers: tuple[Pointer, ...]
    more: bool

    def learned(self, seen: object) -> Any:
        """Return itself for that page."""
        if not isinstance(seen, ListRunsResponse) or len(seen.runs) != len(self.pointers):
            return MISFIT
        pairs = zip(self.pointers, seen.runs, strict=True)
        fits = all(one.learned(other) is not MISFIT for one, other in pairs)
        return self if fits and (seen.next_cursor is not None) is self.more else MISFIT

    def __str__(self) -> str:
        more = "with a next cursor" if self.more else "without a next cursor"
        return f"[{', '.join(map(str, self.pointers))}] {more}"


def record_run_start(state: State, at: Moment, start: RecordRunStartInput) -> Steps:
    """Index a run that starts; the first one stays, also after it ended."""
    del at
    if start.run_id in state.pointers:
        yield Step(state, None, ("INDEX-02",))
        return
    if start.owner.instance_id != start.run_id:
        yield Step(state, Raises(RunIdentity), ("INDEX-03",))
    pointer = Pointer(start.run_id, Owner.of(start.owner), start.started_at)
    yield Step(_with(state, pointer), None, ("INDEX-01",))


def record_run_end(state: State, at: Moment, end: RecordRunEndInput) -> Steps:
    """Index how a run ended; the last one wins."""
    del at
    found = state.pointers.get(end.run_id)
    if found is not None:
        ended = replace(
            found,
            status="errored" if end.is_error else "completed",
            ended_at=end.ended_at,
            duration_ms=end.duration_ms,
            is_error=end.is_error,
        )
        state = _with(state, ended)
    yield Step(state, None, ("INDEX-04",))


def lookup_run(state: State, at: Moment, run_id: str) -> Steps:
    """Return a pointer, or null."""
    del at
    found = state.pointers.get(run_id)
    rules = ("INDEX-05",) if found is None else ("INDEX-01", "INDEX-02", "INDEX-04")
    yield Step(state, found, rules)


def list_runs(
    state: State, at: Moment, opts: ListRunsOpts | None = None, after: Position | None = None
) -> Steps:
    """Return a page of pointers behind a position, the newest first."""
    del at
    opts = opts or ListRunsOpts()
    matching = [
        each
        for each in state.pointers.values()
        if (not opts.status or each.status == opts.status)  # INDEX-08, INDEX-09
        and (not opts.workflow_name or each.owner.workflow_name == opts.workflow_name)
        and (after is None or (each.started_at, each.run_id) < (after.started_at, after.run_id))
    ]
    matching.sort(key=lambda each: (each.started_at, each.run_id), reverse=True)  # INDEX-06
    size = page_size(opts.limit)
    page = RunPage(tuple(matching[:size]), len(matching) > size)
    yield Step(state, page, ("INDEX-06", "INDEX-08", "INDEX-14", "INDEX-15"))


def page_size(limit: float | None) -> int:
    """Return how many pointers a page has. INDEX-11, INDEX-12."""
    if limit is None or math.isnan(limit) or math.isinf(limit) or limit <= 0:
        return DEFAULT_RUN_PAGE
    return int(min(limit, MAX_RUN_PAGE))


def _with(state: State, pointer: Pointer) -> State:
    return replace(state, pointers=state.pointers.with_row(pointer.run_id, pointer))
