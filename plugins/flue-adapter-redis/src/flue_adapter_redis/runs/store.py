"""Workflow runs with payload and outcome."""

from __future__ import annotations

from typing import cast

from flue_adapter_redis.database import Database
from flue_adapter_redis.fields import Hash, hash_of, pairs
from flue_adapter_redis.keys import can_store
from flue_adapter_redis.runs.values import check_identity, checked_duration, final_status
from flue_adapter_redis.stored import as_value
from flue_conformance.contract import (
    ABSENT,
    Absent,
    CreateRunInput,
    EndRunInput,
    JsonValue,
    RunOwner,
    RunRecord,
    RunStatus,
    json_text,
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
        run = {
            "workflow_name": input.owner.workflow_name,
            "status": "active",
            "started_at": input.started_at,
            "payload": _text(input.payload),
        }
        await self._database.write("create_run", input.run_id, *pairs(run))

    async def end_run(self, input: EndRunInput) -> None:  # noqa: A002 - Flue's name
        """Record how a run ended; the last call counts, an unknown run stays unknown.

        RUN-04 to RUN-06, RUN-09, RUN-10. Raises `ValueError` for a duration that is not finite,
        `UnstorableText`, and `TypeError` or `ValueError` for a result or error that is no JSON; the
        run is unchanged then.
        """
        end = {
            "status": final_status(input.is_error),
            "ended_at": input.ended_at,
            "is_error": input.is_error,
            "duration_ms": json_text(checked_duration(input.duration_ms)),
            "result": _text(input.result),
            "error": _text(input.error),
        }
        await self._database.write("end_run", input.run_id, *pairs(end))

    async def get_run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None. RUN-02."""
        if not can_store(run_id):
            return None
        run = hash_of(await self._database.ask("HGETALL", self._database.key("run", run_id)))
        if not run:
            return None
        return RunRecord(
            run_id=run_id,
            owner=RunOwner(run["workflow_name"], run_id),
            status=cast("RunStatus", run["status"]),
            started_at=run["started_at"],
            payload=_value(run, "payload"),
            ended_at=run.get("ended_at"),
            is_error=run["is_error"] == "1" if "is_error" in run else None,
            duration_ms=_number(run, "duration_ms"),
            result=_value(run, "result"),
            error=_value(run, "error"),
        )


def _text(value: JsonValue | Absent) -> str | None:
    """Return the stored form: null is a text of its own, and None stands for absent."""
    return None if value is ABSENT else json_text(value)


def _value(run: Hash, name: str) -> JsonValue | Absent:
    return as_value(run[name].encode(), f"{name} of a run") if name in run else ABSENT


def _number(run: Hash, name: str) -> int | None:
    return as_value(run[name].encode(), f"{name} of a run") if name in run else None
