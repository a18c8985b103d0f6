"""Section 3.10: the run store."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flue_conformance.contract import (
    ABSENT,
    CreateRunInput,
    EndRunInput,
    JsonValue,
    RunIdentity,
    Storage,
)
from flue_conformance.contract.absent import Absent
from flue_conformance.model.documents import Document
from flue_conformance.model.records import Owner, Run
from flue_conformance.model.relations import Moment, OneOf, Raises
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps

_LONGEST: Final = 2**31 - 1


def create_run(state: State, at: Moment, created: CreateRunInput) -> Steps:
    """Record a run that starts."""
    del at
    run = Run(
        created.run_id, Owner.of(created.owner), created.started_at, _document(created.payload)
    )
    if created.owner.instance_id != created.run_id:
        yield Step(state, Raises(RunIdentity), ("RUN-08",))
    if run.run_id in state.runs:
        # RUN-07: what should happen, and what official stores do. Never a mixture.
        yield Step(state, None, ("RUN-01", "RUN-07"))
        yield Step(state, Raises(Storage), ("RUN-01", "RUN-07"))
        gone = [key for key in state.events if key[0] == run.run_id]
        for events in {state.events, state.events.without(*gone)}:  # EVENT-16
            kept = replace(state, events=events, runs=state.runs.with_row(run.run_id, run))
            yield Step(kept, None, ("RUN-01", "RUN-07"))
    else:
        created_run = replace(state, runs=state.runs.with_row(run.run_id, run))
        yield Step(created_run, None, ("RUN-01", "RUN-03"))


def end_run(state: State, at: Moment, ended: EndRunInput) -> Steps:
    """Record how a run ended."""
    del at
    found = state.runs.get(ended.run_id)
    if found is None:
        yield Step(state, None, ("RUN-05",))
        return
    now = replace(
        found,
        status="errored" if ended.is_error else "completed",
        ended_at=ended.ended_at,
        is_error=ended.is_error,
        duration_ms=ended.duration_ms,
        result=_document(ended.result),
        error=_document(ended.error),
    )
    if not isinstance(found.ended_at, str | None) or found.ended_at is not None:
        # RUN-06: that the last one wins entirely is advice.
        now = replace(
            found,
            status=OneOf.these(now.status, found.status),
            ended_at=OneOf.these(now.ended_at, found.ended_at),
            is_error=OneOf.these(now.is_error, found.is_error),
            duration_ms=OneOf.these(now.duration_ms, found.duration_ms),
            result=OneOf.these(now.result, found.result),
            error=OneOf.these(now.error, found.error),
        )
        yield Step(state, Raises(Storage), ("RUN-06",))
    if ended.duration_ms > _LONGEST or ended.duration_ms != int(ended.duration_ms):
        yield Step(state, Raises(Storage), ("RUN-10",))
    rules = ("RUN-04", "RUN-03", "RUN-09")
    yield Step(replace(state, runs=state.runs.with_row(now.run_id, now)), None, rules)


def get_run(state: State, at: Moment, run_id: str) -> Steps:
    """Return a run, or null."""
    del at
    found = state.runs.get(run_id)
    rules = ("RUN-02", "RUN-05") if found is None else ("RUN-01", "RUN-03", "RUN-04")
    yield Step(state, found, rules)


def _document(value: JsonValue | Absent) -> Document | Absent:
    return ABSENT if value is ABSENT else Document.of(value)
