"""The index of runs, newest first."""

from __future__ import annotations

import math
from typing import Final, cast

from flue_adapter_redis.database import Database
from flue_adapter_redis.fields import Hash, hash_of
from flue_adapter_redis.keys import can_store, place
from flue_adapter_redis.runs.values import checked_duration, final_status, identity_error
from flue_adapter_redis.stored import as_value
from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunCursor,
    RunOwner,
    RunPointer,
    RunStatus,
    json_text,
)

_STATUSES: Final = frozenset({"", "active", "completed", "errored"})


class RunRegistry:
    """The `RunRegistry` of both editions; apart from the run store. RUN-14."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_run_start(self, input: RecordRunStartInput) -> None:  # noqa: A002 - Flue's name
        """Index a run that starts; a run that is known stays as it is. INDEX-01, INDEX-02.

        Raises `RunIdentity` for a new run with the owner of another one (INDEX-03), and
        `UnstorableText`; nothing is stored then.
        """
        became = await self._database.write(
            "record_run_start",
            input.run_id,
            place(input.started_at, input.run_id),
            input.owner.workflow_name,
            input.started_at,
            int(input.owner.instance_id == input.run_id),
        )
        if became == b"mismatch":
            raise identity_error(input.run_id, input.owner)

    async def record_run_end(self, input: RecordRunEndInput) -> None:  # noqa: A002 - Flue's name
        """Index how a run ended; the last call counts, an unknown run stays unknown. INDEX-04.

        Raises `ValueError` for a duration that is not finite and `UnstorableText`; the run is
        unchanged then.
        """
        await self._database.write(
            "record_run_end",
            input.run_id,
            final_status(input.is_error),
            input.ended_at,
            json_text(checked_duration(input.duration_ms)),
            int(input.is_error),
        )

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        """Return a pointer, or None. INDEX-01, INDEX-05."""
        if not can_store(run_id):
            return None
        found = await self._database.ask("HGETALL", self._database.key("pointer", run_id))
        return _pointer(hash_of(found)) if found else None

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        """Return a page of pointers, newest first. INDEX-06 to INDEX-19."""
        opts = opts or ListRunsOpts()
        # An empty filter counts as absent. INDEX-09.
        status, workflow_name = opts.status or "", opts.workflow_name or ""
        if status not in _STATUSES or not can_store(workflow_name):
            return ListRunsResponse([])
        size = _page_size(opts.limit)
        # One more than the page tells whether anything lies beyond it.
        found = await self._database.read(
            "list_runs", status, workflow_name, _beginning(opts.cursor), size + 1
        )
        page = [_pointer(hash_of(each)) for each in found[:size]]
        if len(found) == len(page):
            return ListRunsResponse(page)
        return ListRunsResponse(page, RunCursor(page[-1].started_at, page[-1].run_id).encode())


def _beginning(cursor: str | None) -> bytes:
    """Return where a list begins, from the last on: just before a cursor's position, or anew."""
    position = RunCursor.decode(cursor)
    if position is None or not can_store(position.started_at, position.run_id):
        return b"+"
    return b"(" + place(position.started_at, position.run_id)


def _pointer(run: Hash) -> RunPointer:
    ended = "ended_at" in run
    return RunPointer(
        run_id=run["run_id"],
        owner=RunOwner(run["workflow_name"], run["run_id"]),
        status=cast("RunStatus", run["status"]),
        started_at=run["started_at"],
        ended_at=run.get("ended_at"),
        duration_ms=as_value(run["duration_ms"].encode(), "run pointer") if ended else None,
        is_error=run["is_error"] == "1" if ended else None,
    )


def _page_size(limit: float | None) -> int:
    """Return the page size for a requested one. INDEX-11 to INDEX-13."""
    if limit is None or not math.isfinite(limit):
        return DEFAULT_RUN_PAGE
    whole = int(limit)
    return min(whole, MAX_RUN_PAGE) if whole > 0 else DEFAULT_RUN_PAGE
