"""Workflow runs with payload and outcome; section 4.7 of the contract."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import (
    ABSENT,
    Absent,
    CreateRunInput,
    EndRunInput,
    JsonValue,
    RunRecord,
    json_text,
)
from reference_adapters.database import Database
from reference_adapters.runs.values import (
    check_identity,
    end_values,
    final_status,
    normal_duration,
    owner_of,
)
from reference_adapters.schema import runs
from reference_adapters.stored_json import stored_json

_CREATE: Final = insert(runs).on_conflict_do_nothing()
_END: Final = (
    update(runs)
    .where(runs.c.run_id == bindparam("id"))
    .values(
        {
            column: bindparam(column.name)
            for column in (
                runs.c.status,
                runs.c.ended_at,
                runs.c.is_error,
                runs.c.duration_ms,
                runs.c.result,
                runs.c.error,
            )
        }
    )
)
_GET: Final = select(runs).where(runs.c.run_id == bindparam("id"))


class RunStore:
    """The `RunStore` of both editions; apart from the run registry. RUN-14."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_run(self, input: CreateRunInput) -> None:  # noqa: A002 - Flue's name
        """Record a run that starts; a run that exists stays as it is. RUN-01, RUN-03, RUN-07.

        Raises `RunIdentity` for an owner of another run (RUN-08), `UnstorableText` for texts that
        the database cannot hold, and `TypeError` or `ValueError` for a payload that is no JSON;
        nothing is stored then.
        """
        check_identity(input.run_id, input.owner)
        self._database.dialect.check_text(
            input.run_id, input.owner.workflow_name, input.owner.kind, input.started_at
        )
        row = {
            "run_id": input.run_id,
            "owner_kind": input.owner.kind,
            "workflow_name": input.owner.workflow_name,
            "instance_id": input.owner.instance_id,
            "status": "active",
            "started_at": input.started_at,
            "payload": _column(input.payload),
        }
        await self._database.write(_execute, _CREATE, row)

    async def end_run(self, input: EndRunInput) -> None:  # noqa: A002 - Flue's name
        """Record how a run ended; the last call counts, an unknown run stays unknown.

        RUN-04 to RUN-06, RUN-09, RUN-10. Raises `ValueError` for a duration that is not finite,
        `UnstorableText` for texts that the database cannot hold, and `TypeError` or `ValueError`
        for a result or error that is no JSON; the run is unchanged then.
        """
        self._database.dialect.check_text(input.run_id, input.ended_at)
        values = {
            "id": input.run_id,
            "status": final_status(input.is_error),
            "ended_at": input.ended_at,
            "is_error": input.is_error,
            "duration_ms": normal_duration(input.duration_ms),
            "result": _column(input.result),
            "error": _column(input.error),
        }
        await self._database.write(_execute, _END, values)

    async def get_run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None. RUN-02."""
        if not self._database.dialect.can_store(run_id):
            return None
        return await self._database.query(_get, run_id)


def _execute(connection: Connection, statement: Any, values: dict[str, Any]) -> None:
    connection.execute(statement, values)


def _get(connection: Connection, run_id: str) -> RunRecord | None:
    row = connection.execute(_GET, {"id": run_id}).one_or_none()
    if row is None:
        return None
    return RunRecord(
        run_id=row.run_id,
        owner=owner_of(row),
        status=row.status,
        started_at=row.started_at,
        payload=_value(row.payload),
        result=_value(row.result),
        error=_value(row.error),
        **end_values(row),
    )


def _column(value: JsonValue | Absent) -> str | None:
    return None if value is ABSENT else json_text(value)


def _value(column: object) -> JsonValue | Absent:
    return ABSENT if column is None else stored_json(column, "run")
