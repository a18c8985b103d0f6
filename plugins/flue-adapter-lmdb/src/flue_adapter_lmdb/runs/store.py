"""Workflow runs with payload and outcome."""

from __future__ import annotations

from flue_adapter_lmdb.database import Database
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import can_store, check_text, name_key
from flue_adapter_lmdb.layout import RUNS
from flue_adapter_lmdb.runs.values import check_identity, checked_duration, final_status
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_conformance.contract import (
    ABSENT,
    CreateRunInput,
    EndRunInput,
    JsonObject,
    RunOwner,
    RunRecord,
)


class RunStore:
    """The `RunStore` of both editions; apart from the run registry. RUN-14."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_run(self, input: CreateRunInput) -> None:  # noqa: A002 - Flue's name
        """Record a run that starts; a run that exists stays as it is. RUN-01, RUN-03, RUN-07.

        Raises `RunIdentity` for an owner of another run (RUN-08), `UnstorableText`, and `TypeError`
        or `ValueError` for a payload that is no JSON; nothing is stored then.
        """
        check_identity(input.run_id, input.owner)
        check_text(input.owner.workflow_name, input.started_at)
        run: JsonObject = {
            "run_id": input.run_id,
            "workflow_name": input.owner.workflow_name,
            "status": "active",
            "started_at": input.started_at,
        }
        run |= _present(payload=input.payload)
        await self._database.write(_create, name_key(input.run_id), as_bytes(run))

    async def end_run(self, input: EndRunInput) -> None:  # noqa: A002 - Flue's name
        """Record how a run ended; the last call counts, an unknown run stays unknown.

        RUN-04 to RUN-06, RUN-09, RUN-10. Raises `ValueError` for a duration that is not finite,
        `UnstorableText`, and `TypeError` or `ValueError` for a result or error that is no JSON; the
        run is unchanged then.
        """
        check_text(input.ended_at)
        end: JsonObject = {
            "status": final_status(input.is_error),
            "ended_at": input.ended_at,
            "is_error": input.is_error,
            "duration_ms": checked_duration(input.duration_ms),
        }
        end |= _present(result=input.result, error=input.error)
        # Now: the caller may change what it gave before the transaction begins.
        await self._database.write(_end, name_key(input.run_id), as_bytes(end))

    async def get_run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None. RUN-02."""
        return await self._database.read(_get, name_key(run_id)) if can_store(run_id) else None


def _create(txn: Transaction, key: bytes, run: bytes) -> None:
    RUNS.add(txn, key, run)


def _end(txn: Transaction, key: bytes, end: bytes) -> None:
    stored = RUNS.get(txn, key)
    if stored is not None:
        run = as_value(stored, "run")
        for outcome in ("result", "error"):
            run.pop(outcome, None)
        RUNS.put(txn, key, as_bytes(run | as_value(end, "end of a run")))


def _get(txn: Transaction, key: bytes) -> RunRecord | None:
    stored = RUNS.get(txn, key)
    if stored is None:
        return None
    run = as_value(stored, "run")
    return RunRecord(owner=RunOwner(run.pop("workflow_name"), run["run_id"]), **run)


def _present(**members: object) -> JsonObject:
    return {name: value for name, value in members.items() if value is not ABSENT}
