"""What runs and their pointers have in common."""

from __future__ import annotations

import math

from flue_conformance.contract import RunIdentity, RunOwner, RunStatus


def check_identity(run_id: str, owner: RunOwner) -> None:
    """Raise `RunIdentity` for an owner of another run. RUN-08."""
    if owner.instance_id != run_id:
        raise identity_error(run_id, owner)


def identity_error(run_id: str, owner: RunOwner) -> RunIdentity:
    """Return what says that an owner is another run's. RUN-08, INDEX-03."""
    return RunIdentity(
        f"The owner of run {run_id!r} needs the same instanceId, not {owner.instance_id!r}."
    )


def final_status(is_error: bool) -> RunStatus:
    """Return what a run has become. RUN-04, INDEX-04."""
    return "errored" if is_error else "completed"


def checked_duration(duration_ms: float) -> float:
    """Return a duration; raises `ValueError` for one that is not finite. RUN-09, RUN-10."""
    if not math.isfinite(duration_ms):
        raise ValueError(f"A run takes a finite time, not {duration_ms} ms.")
    return duration_ms
