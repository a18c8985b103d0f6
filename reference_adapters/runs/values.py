"""What run store and run registry have in common: owners, statuses, durations."""

from __future__ import annotations

import math
from typing import Any

from flue_conformance.contract import MAX_INTEGER, RunIdentity, RunOwner, RunStatus


def check_identity(run_id: str, owner: RunOwner) -> None:
    """Raise `RunIdentity` when the owner is of another run. RUN-08, INDEX-03."""
    if owner.instance_id != run_id:
        raise RunIdentity("A run and its owner must have the same instanceId.")


def final_status(is_error: bool) -> RunStatus:
    """Return the status of a run that ended. RUN-04, INDEX-04."""
    return "errored" if is_error else "completed"


def normal_duration(milliseconds: float) -> float:
    """Return a duration as columns and records hold it: a whole one as an integer. RUN-09, -10.

    Raises `ValueError` for one that is not finite.
    """
    if not math.isfinite(milliseconds):
        raise ValueError(f"A duration is a finite number of milliseconds, not {milliseconds}.")
    # Beyond exact integers a column of integers is too narrow; as fractional numbers they fit.
    is_whole = milliseconds == int(milliseconds) and abs(milliseconds) <= MAX_INTEGER
    return int(milliseconds) if is_whole else float(milliseconds)


def end_values(row: Any) -> dict[str, Any]:
    """Return the members of an ended run that a row has; of an active one they are absent."""
    return {
        "ended_at": row.ended_at,
        "is_error": None if row.is_error is None else bool(row.is_error),
        "duration_ms": None if row.duration_ms is None else normal_duration(row.duration_ms),
    }


def owner_of(row: Any) -> RunOwner:
    """Return the owner of a run from its row."""
    return RunOwner(row.workflow_name, row.instance_id, row.owner_kind)
