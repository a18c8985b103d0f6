"""Stored submissions that no store writes, and how to make them out of good ones. ORDERING-14."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from flue_conformance.backends import Planter
from flue_conformance.contract import json_text, json_value
from flue_conformance.specs.scenarios.malformed_inputs import (
    DISPATCHES,
    Changes,
    direct_inputs,
    spoiled,
)
from flue_conformance.specs.scenarios.values import ACCEPTED_INSTANT

Row: TypeAlias = Mapping[str, Any]
Damage: TypeAlias = Callable[[Row], dict[str, Any]]
"""Given a good row, the columns to overwrite."""

SUBMISSIONS: Final = "flue_agent_submissions"
IMAGES: Final = "flue_image_chunks"


def _columns(**values: object) -> Damage:
    return lambda _: dict(values)


def _payload(changes: Changes) -> Damage:
    return lambda row: {"payload": json_text(spoiled(json_value(row["payload"]), changes))}


_ANY_ROW: Final[dict[str, Damage]] = {
    "a payload that is no JSON": _columns(payload='{"kind": "dispatch"'),
    "an empty payload": _columns(payload=""),
    "a null for a payload": _columns(payload="null"),
    "a list for a payload": _columns(payload="[]"),
    "a payload of another submission": _payload({"submissionId": "another"}),
    "a payload of another session": _payload({"session": "another"}),
    "a payload of another instance": _payload({"id": "another"}),
    "a payload of another millisecond": _payload({"acceptedAt": "2026-06-03T10:20:30.457Z"}),
    "a payload accepted yesterday": _payload({"acceptedAt": "yesterday"}),
    "an unknown kind": _columns(kind="webhook"),
    "an unknown kind in both places": lambda row: (
        {"kind": "webhook"} | _payload({"kind": "webhook"})(row)
    ),
    "another session key": lambda row: {"session_key": f"{row['session_key']} "},
    "another acceptance time": _columns(accepted_at=ACCEPTED_INSTANT + 1),
}

LASTING: Final[dict[str, Damage]] = {
    **_ANY_ROW,
    "the other kind": _columns(kind="direct"),
    "a payload of the other kind": _payload({"kind": "direct"}),
    "a payload of another dispatch": _payload({"dispatchId": "another"}),
    "a payload of another id": _payload({"dispatchId": "another", "submissionId": "another"}),
    **{f"a payload with {what}": _payload(changes) for what, changes in DISPATCHES.items()},
}
"""Damages of dispatches in any state, which settling does not mend, by what the row then has."""

QUEUED_DISPATCHES: Final[dict[str, Damage]] = {
    **LASTING,
    "an attempt": _columns(attempt_id="attempt-1"),
    "a start": _columns(started_at=ACCEPTED_INSTANT),
    "applied input": _columns(input_applied_at=ACCEPTED_INSTANT),
    "requested recovery": _columns(recovery_requested_at=ACCEPTED_INSTANT),
}
"""Damages of queued dispatches, each by what the row then has."""

RUNNING_DISPATCHES: Final[dict[str, Damage]] = {
    **LASTING,
    "no attempt": _columns(attempt_id=None),
    "no start": _columns(started_at=None),
    "neither attempt nor start": _columns(attempt_id=None, started_at=None),
}
"""Damages of running dispatches, each by what the row then has."""


def queued_directs(edition: str) -> dict[str, Damage]:
    """Return damages of queued direct prompts, each by what the row then has."""
    return {
        **_ANY_ROW,
        "the other kind": _columns(kind="dispatch"),
        "a payload of the other kind": _payload({"kind": "dispatch"}),
        **{what: _payload(changes) for what, changes in direct_inputs(edition).items()},
    }


async def damage_rows(planter: Planter, damages: Mapping[str, Damage]) -> None:
    """Damage the stored submissions whose ids `damages` names."""
    for row in await planter.rows(SUBMISSIONS):
        damage = damages.get(row["submission_id"])
        if damage is not None:
            await planter.update(SUBMISSIONS, {"sequence": row["sequence"]}, **damage(row))


async def fates(planter: Planter) -> dict[str, str]:
    """Return what became of each stored submission: its status, and whether it has an error."""
    return {
        row["submission_id"]: f"{row['status']} with {'an' if row['error'] else 'no'} error"
        for row in await planter.rows(SUBMISSIONS)
    }
