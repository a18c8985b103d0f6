"""The index of runs, newest first; section 4.7 of the contract."""

from __future__ import annotations

import math
from itertools import product
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunCursor,
    RunPointer,
)
from reference_adapters.database import Database
from reference_adapters.dialects import by_code_point
from reference_adapters.runs.values import (
    check_identity,
    end_values,
    final_status,
    normal_duration,
    owner_of,
)
from reference_adapters.schema import run_registry

_START: Final = insert(run_registry).on_conflict_do_nothing()
_END: Final = (
    update(run_registry)
    .where(run_registry.c.run_id == bindparam("id"))
    .values(
        {
            column: bindparam(column.name)
            for column in (
                run_registry.c.status,
                run_registry.c.ended_at,
                run_registry.c.is_error,
                run_registry.c.duration_ms,
            )
        }
    )
)
_LOOKUP: Final = select(run_registry).where(run_registry.c.run_id == bindparam("id"))


def _page_statement(*, status: bool, workflow: bool, cursor: bool) -> Select[Any]:
    started_at = by_code_point(run_registry.c.started_at)
    run_id = by_code_point(run_registry.c.run_id)
    page = select(run_registry).order_by(started_at.desc(), run_id.desc())
    if status:
        page = page.where(run_registry.c.status == bindparam("status"))
    if workflow:
        page = page.where(run_registry.c.workflow_name == bindparam("workflow"))
    if cursor:
        after = tuple_(bindparam("after_started_at"), bindparam("after_run_id"))
        page = page.where(tuple_(started_at, run_id) < after)
    return page.limit(bindparam("limit"))


# A statement for each combination, so that each uses the index made for it.
_PAGES: Final = {
    given: _page_statement(status=given[0], workflow=given[1], cursor=given[2])
    for given in product((False, True), repeat=3)
}


class RunRegistry:
    """The `RunRegistry` of both editions; apart from the run store. RUN-14."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_run_start(self, input: RecordRunStartInput) -> None:  # noqa: A002 - Flue's name
        """Index a run that starts; a run that is known stays as it is. INDEX-01, INDEX-02.

        Raises `RunIdentity` for a new run with the owner of another one (INDEX-03), and
        `UnstorableText` for texts that the database cannot hold; nothing is stored then.
        """
        self._database.dialect.check_text(
            input.run_id, input.owner.workflow_name, input.owner.instance_id, input.started_at
        )
        await self._database.write(_record_start, input)

    async def record_run_end(self, input: RecordRunEndInput) -> None:  # noqa: A002 - Flue's name
        """Index how a run ended; the last call counts, an unknown run stays unknown. INDEX-04.

        Raises `ValueError` for a duration that is not finite and `UnstorableText` for texts that
        the database cannot hold; the run is unchanged then.
        """
        self._database.dialect.check_text(input.run_id, input.ended_at)
        await self._database.write(_record_end, input, normal_duration(input.duration_ms))

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        """Return a pointer, or None. INDEX-01, INDEX-05."""
        if not self._database.dialect.can_store(run_id):
            return None
        return await self._database.query(_lookup, run_id)

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        """Return a page of pointers, newest first. INDEX-06 to INDEX-19."""
        opts = opts or ListRunsOpts()
        if not self._database.dialect.can_store(opts.status, opts.workflow_name):
            return ListRunsResponse([])
        cursor = RunCursor.decode(opts.cursor)
        if cursor and not self._database.dialect.can_store(cursor.started_at, cursor.run_id):
            cursor = None
        return await self._database.query(
            _list, opts.status, opts.workflow_name, cursor, _page_size(opts.limit)
        )


def _record_start(connection: Connection, start: RecordRunStartInput) -> None:
    if connection.execute(_LOOKUP, {"id": start.run_id}).one_or_none() is not None:
        return
    check_identity(start.run_id, start.owner)
    connection.execute(
        _START,
        {
            "run_id": start.run_id,
            "owner_kind": start.owner.kind,
            "workflow_name": start.owner.workflow_name,
            "instance_id": start.owner.instance_id,
            "status": "active",
            "started_at": start.started_at,
        },
    )


def _record_end(connection: Connection, end: RecordRunEndInput, duration_ms: float) -> None:
    connection.execute(
        _END,
        {
            "id": end.run_id,
            "status": final_status(end.is_error),
            "ended_at": end.ended_at,
            "is_error": end.is_error,
            "duration_ms": duration_ms,
        },
    )


def _lookup(connection: Connection, run_id: str) -> RunPointer | None:
    row = connection.execute(_LOOKUP, {"id": run_id}).one_or_none()
    return None if row is None else _pointer(row)


def _list(
    connection: Connection,
    status: str | None,
    workflow: str | None,
    cursor: RunCursor | None,
    size: int,
) -> ListRunsResponse:
    # An empty filter counts as absent. INDEX-09.
    statement = _PAGES[bool(status), bool(workflow), cursor is not None]
    # One more than the page tells whether anything follows it.
    values: dict[str, Any] = {"status": status, "workflow": workflow, "limit": size + 1}
    if cursor is not None:
        values |= {"after_started_at": cursor.started_at, "after_run_id": cursor.run_id}
    pointers = [_pointer(row) for row in connection.execute(statement, values).all()]
    if len(pointers) <= size:
        return ListRunsResponse(pointers)
    last = pointers[size - 1]
    return ListRunsResponse(pointers[:size], RunCursor(last.started_at, last.run_id).encode())


def _pointer(row: Any) -> RunPointer:
    return RunPointer(
        run_id=row.run_id,
        owner=owner_of(row),
        status=row.status,
        started_at=row.started_at,
        **end_values(row),
    )


def _page_size(limit: float | None) -> int:
    """Return the page size for a requested one. INDEX-11 to INDEX-13."""
    if limit is None or not math.isfinite(limit):
        return DEFAULT_RUN_PAGE
    whole = int(limit)
    return min(whole, MAX_RUN_PAGE) if whole > 0 else DEFAULT_RUN_PAGE
