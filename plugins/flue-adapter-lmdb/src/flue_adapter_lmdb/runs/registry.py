"""The index of runs, newest first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from flue_adapter_lmdb.database import Database
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import DIGEST_BYTES, can_store, check_text, name_key, ordered_key
from flue_adapter_lmdb.layout import POINTER_ORDER, POINTERS
from flue_adapter_lmdb.runs.values import check_identity, checked_duration, final_status
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    JsonObject,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunCursor,
    RunOwner,
    RunPointer,
)

_LAST: Final = b"\xff" * DIGEST_BYTES


class RunRegistry:
    """The `RunRegistry` of both editions; apart from the run store. RUN-14."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_run_start(self, input: RecordRunStartInput) -> None:  # noqa: A002 - Flue's name
        """Index a run that starts; a run that is known stays as it is. INDEX-01, INDEX-02.

        Raises `RunIdentity` for a new run with the owner of another one (INDEX-03), and
        `UnstorableText`; nothing is stored then.
        """
        check_text(input.owner.workflow_name, input.started_at)
        await self._database.write(_record_start, input)

    async def record_run_end(self, input: RecordRunEndInput) -> None:  # noqa: A002 - Flue's name
        """Index how a run ended; the last call counts, an unknown run stays unknown. INDEX-04.

        Raises `ValueError` for a duration that is not finite and `UnstorableText`; the run is
        unchanged then.
        """
        check_text(input.ended_at)
        end = {
            "status": final_status(input.is_error),
            "ended_at": input.ended_at,
            "is_error": input.is_error,
            "duration_ms": checked_duration(input.duration_ms),
        }
        await self._database.write(_record_end, name_key(input.run_id), end)

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        """Return a pointer, or None. INDEX-01, INDEX-05."""
        return await self._database.read(_find, name_key(run_id)) if can_store(run_id) else None

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        """Return a page of pointers, newest first. INDEX-06 to INDEX-19.

        A filter is applied while pointers are read, so a rare one costs as much as the runs that it
        leaves out.
        """
        opts = opts or ListRunsOpts()
        cursor = RunCursor.decode(opts.cursor)
        if cursor and not can_store(cursor.started_at, cursor.run_id):
            cursor = None
        return await self._database.read(_page, opts, cursor, _page_size(opts.limit))


def _record_start(txn: Transaction, start: RecordRunStartInput) -> None:
    key = name_key(start.run_id)
    if POINTERS.get(txn, key) is not None:
        return
    check_identity(start.run_id, start.owner)
    pointer = {
        "run_id": start.run_id,
        "workflow_name": start.owner.workflow_name,
        "status": "active",
        "started_at": start.started_at,
    }
    POINTERS.put(txn, key, as_bytes(pointer))
    POINTER_ORDER.put(txn, ordered_key(start.started_at, start.run_id) + key, b"")


def _record_end(txn: Transaction, key: bytes, end: JsonObject) -> None:
    stored = POINTERS.get(txn, key)
    if stored is not None:
        POINTERS.put(txn, key, as_bytes(as_value(stored, "run pointer") | end))


def _find(txn: Transaction, key: bytes) -> RunPointer | None:
    stored = POINTERS.get(txn, key)
    if stored is None:
        return None
    pointer = as_value(stored, "run pointer")
    return RunPointer(owner=RunOwner(pointer.pop("workflow_name"), pointer["run_id"]), **pointer)


def _page(
    txn: Transaction, opts: ListRunsOpts, cursor: RunCursor | None, size: int
) -> ListRunsResponse:
    page: list[RunPointer] = []
    for pointer in _newest_first(txn, cursor):
        # An empty filter counts as absent. INDEX-09.
        if opts.status and pointer.status != opts.status:
            continue
        if opts.workflow_name and pointer.owner.workflow_name != opts.workflow_name:
            continue
        if len(page) == size:
            last = page[-1]
            return ListRunsResponse(page, RunCursor(last.started_at, last.run_id).encode())
        page.append(pointer)
    return ListRunsResponse(page)


def _newest_first(txn: Transaction, cursor: RunCursor | None) -> Iterator[RunPointer]:
    """Return the pointers after a cursor, by start and run id, both descending."""
    end = None
    if cursor is not None:
        # What shares its key with the cursor's position may come before it or after.
        end = ordered_key(cursor.started_at, cursor.run_id) + _LAST
    keys = (key for key, _ in POINTER_ORDER.descending(txn, end))
    for _, neighbours in groupby(keys, key=lambda key: key[:-DIGEST_BYTES]):
        found = [_find(txn, key[-DIGEST_BYTES:]) for key in neighbours]
        pointers = [pointer for pointer in found if pointer is not None]
        pointers.sort(key=_position, reverse=True)
        for pointer in pointers:
            if cursor is None or _position(pointer) < (cursor.started_at, cursor.run_id):
                yield pointer


def _position(pointer: RunPointer) -> tuple[str, str]:
    return pointer.started_at, pointer.run_id


def _page_size(limit: float | None) -> int:
    """Return the page size for a requested one. INDEX-11 to INDEX-13."""
    if limit is None or not math.isfinite(limit):
        return DEFAULT_RUN_PAGE
    whole = int(limit)
    return min(whole, MAX_RUN_PAGE) if whole > 0 else DEFAULT_RUN_PAGE
