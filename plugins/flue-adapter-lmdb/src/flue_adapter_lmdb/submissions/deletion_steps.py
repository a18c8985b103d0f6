"""The transactions of a session deletion: mark, renew, and the two ways in which it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from flue_adapter_lmdb import clock
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import name_key
from flue_adapter_lmdb.layout import JOURNALS, MARKERS
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_adapter_lmdb.submissions import chunks, journals, receipts, rows
from flue_conformance.contract import SessionBusy


@dataclass(frozen=True, slots=True)
class DeletionRef:
    """One deletion of a session; `owner` tells it from others of the same session."""

    session_key: str
    owner: str


@dataclass(frozen=True, slots=True)
class Marker:
    """Bars a session from admission; `owners` are its running deletions and how often they beat."""

    session_key: str
    started_at: int
    owners: Mapping[str, int] = field(default_factory=dict)


def put(txn: Transaction, marker: Marker) -> None:
    """Store a marker."""
    MARKERS.put(txn, name_key(marker.session_key), as_bytes(asdict(marker)))


def mark(txn: Transaction, deletion: DeletionRef) -> int:
    """Bar the session from admission, in the name of `owner`; return since when.

    Raises `SessionBusy` while anything of the session is queued or running. DELETION-01, -02.
    """
    if rows.any_unsettled(txn, deletion.session_key):
        raise SessionBusy(
            f"The session {deletion.session_key!r} has submissions that are queued or running; "
            "once they are settled it can be deleted."
        )
    now = clock.now()
    marker = _find(txn, deletion.session_key) or Marker(deletion.session_key, now)
    # Never earlier than it was: a deletion that is resumed covers what it began with.
    started_at = max(marker.started_at, now)
    put(txn, replace(marker, started_at=started_at, owners={**marker.owners, deletion.owner: 0}))
    return started_at


def beat(txn: Transaction, deletion: DeletionRef) -> None:
    """Show that the deletion goes on."""
    marker = _find(txn, deletion.session_key)
    if marker is not None and deletion.owner in marker.owners:
        beats = marker.owners[deletion.owner] + 1
        put(txn, replace(marker, owners={**marker.owners, deletion.owner: beats}))


def others(txn: Transaction, deletion: DeletionRef) -> dict[str, int]:
    """Return who else deletes the session, and how often each has beaten."""
    marker = _find(txn, deletion.session_key)
    owners = marker.owners if marker else {}
    return {owner: beats for owner, beats in owners.items() if owner != deletion.owner}


def give_up(txn: Transaction, deletion: DeletionRef, silent: Mapping[str, int]) -> None:
    """End a deletion whose callback failed: nothing is deleted. DELETION-09, DELETION-12."""
    _sign_off(txn, deletion, silent)


def finish(
    txn: Transaction, deletion: DeletionRef, silent: Mapping[str, int], marked_at: int
) -> None:
    """Remove what was settled when the session was marked. DELETION-06 to -08, -14, -16."""
    for row in rows.settled(txn, deletion.session_key):
        if row.accepted_at > marked_at:
            continue
        rows.remove(txn, row)
        # A damaged kind may have been a dispatch, which must never run again.
        if row.kind != "direct":
            receipts.keep(txn, row)
        journal = journals.find(txn, row.submission_id)
        if journal is not None:
            JOURNALS.delete(txn, name_key(row.submission_id))
            if journal.stream_key is not None:
                chunks.remove(txn, journal.stream_key)
    _sign_off(txn, deletion, silent)


def _sign_off(txn: Transaction, deletion: DeletionRef, silent: Mapping[str, int]) -> None:
    """Take the deletion off the marker, which goes with the last one."""
    marker = _find(txn, deletion.session_key)
    if marker is None:
        return
    # An owner that was heard after all has beaten since, and stays.
    left = {
        owner: beats
        for owner, beats in marker.owners.items()
        if owner != deletion.owner and silent.get(owner) != beats
    }
    if left:
        put(txn, replace(marker, owners=left))
    else:
        MARKERS.delete(txn, name_key(deletion.session_key))


def _find(txn: Transaction, session_key: str) -> Marker | None:
    stored = MARKERS.get(txn, name_key(session_key))
    return None if stored is None else Marker(**as_value(stored, "deletion marker"))
