"""What a database shows of one piece of work, so that two pieces can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

from flue_conformance.contract import (
    ABSENT,
    AgentSubmission,
    AgentTurnJournal,
    RunOwner,
    RunPointer,
    RunRecord,
    StreamChunkSegment,
)
from flue_conformance.specs.support.database import Handle

View: TypeAlias = dict[str, Any]

_RECORDS: Final = (
    AgentSubmission,
    AgentTurnJournal,
    StreamChunkSegment,
    RunRecord,
    RunOwner,
    RunPointer,
)
_INSTANTS: Final = frozenset(
    {
        "started_at",
        "input_applied_at",
        "recovery_requested_at",
        "timeout_at",
        "created_at",
        "updated_at",
        "stream_consumed_at",
    }
)
_NEVER: Final = 10_000
"""Leases up to here have a meaning of their own; later ones are instants."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What to look at; `token` is the part of all ids that tells this piece of work from others."""

    token: str
    submissions: Iterable[str] = ()
    stream_keys: Iterable[str] = ()
    sessions: Iterable[str] = ()
    paths: Iterable[str] = ()
    runs: Iterable[str] = ()
    pointers: Iterable[str] = ()

    async def view(self, handle: Handle) -> View:
        """Return what there is, without what differs from one time to the next."""
        seen: View = {}
        for name in self.submissions:
            seen[f"submission {name}"] = await handle.submissions.get_submission(name)
            seen[f"journal of {name}"] = await handle.submissions.get_turn_journal(name)
        for name in self.stream_keys:
            seen[f"chunks of {name}"] = await handle.submissions.get_stream_chunk_segments(name)
        for name in self.sessions:
            seen[f"session {name}"] = await handle.sessions.load(name)
        for name in self.paths:
            page = await handle.streams.read_events(name)
            seen[f"events of {name}"] = [event.data for event in page.events]
            seen[f"end of {name}"] = page.closed
        for name in self.runs:
            seen[f"run {name}"] = await handle.runs.get_run(name)
        for name in self.pointers:
            seen[f"pointer to {name}"] = await handle.registry.lookup_run(name)
        text = json.dumps({name: _plain(value) for name, value in seen.items()})
        plain: View = json.loads(text.replace(self.token, "…"))
        return plain


def _plain(value: Any) -> Any:
    """Return a value as JSON; instants are said to be there, and nothing more."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    record = next((record for record in _RECORDS if isinstance(value, record)), None)
    if record is None:
        return value
    # Those of the contract: an adapter's records may have more, which no bridge hands on.
    members = {member.name: _plain(getattr(value, member.name)) for member in fields(record)}
    return {
        name: _member(name, member)
        for name, member in members.items()
        if member is not None and name != "sequence" and not _is_absent(member)
    }


def _member(name: str, member: Any) -> Any:
    if name in _INSTANTS and member != 0:
        return "an instant"
    if name == "lease_expires_at" and member > _NEVER:
        return "a later instant"
    return member


def _is_absent(member: object) -> bool:
    return type(member) is type(ABSENT)
