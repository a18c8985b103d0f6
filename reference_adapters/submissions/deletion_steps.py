"""The transactions of a session deletion: mark, renew, and the two ways in which it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, bindparam, case, delete, exists, select, update

# SQLite reads the same ON CONFLICT clause that this construct writes for Postgres.
from sqlalchemy.dialects.postgresql import insert

from flue_conformance.contract import SessionBusy
from reference_adapters import clock
from reference_adapters.images import delete_images
from reference_adapters.schema import (
    deletion_owners,
    dispatch_receipts,
    session_deletions,
    stream_chunks,
    submissions,
    turn_journals,
    unsettled,
)
from reference_adapters.submissions.batches import batches
from reference_adapters.submissions.layout import SubmissionLayout


@dataclass(frozen=True, slots=True)
class DeletionRef:
    """One deletion of a session; `owner` tells it from others of the same session."""

    session_key: str
    owner: str


SILENCE_MS: Final = 2_000
"""An owner that does not renew its row for so long is gone, with its process."""

# In order, or SQLite would prefer an index that answers alone but holds all that is settled.
_FIND_UNSETTLED: Final = (
    select(submissions.c.sequence)
    .where(submissions.c.session_key == bindparam("session"), unsettled)
    .order_by(submissions.c.sequence)
    .limit(1)
)

_marker: Final = insert(session_deletions)
_MARK: Final = _marker.on_conflict_do_update(
    index_elements=[session_deletions.c.session_key],
    # Never earlier than it was: a deletion that is resumed covers what it began with.
    set_={
        "started_at": case(
            (
                session_deletions.c.started_at > _marker.excluded.started_at,
                session_deletions.c.started_at,
            ),
            else_=_marker.excluded.started_at,
        )
    },
).returning(session_deletions.c.started_at)

_of_session: Final = deletion_owners.c.session_key == bindparam("session")
_own: Final = deletion_owners.c.owner == bindparam("name")

_UNMARK: Final = delete(session_deletions).where(
    session_deletions.c.session_key == bindparam("session"),
    ~exists().where(_of_session),
)
_ENTER: Final = insert(deletion_owners)
_RENEW: Final = (
    update(deletion_owners).where(_of_session, _own).values(alive_until=bindparam("promise"))
)
_OTHERS: Final = select(deletion_owners.c.owner, deletion_owners.c.alive_until).where(
    _of_session, ~_own
)
_LEAVE: Final = delete(deletion_owners).where(_of_session, _own)
_FORGET: Final = _LEAVE.where(deletion_owners.c.alive_until == bindparam("promise"))

_needed_for_receipts: Final[tuple[Column[Any], ...]] = (
    submissions.c.submission_id,
    submissions.c.kind,
    submissions.c.accepted_at,
    submissions.c.settled_at,
)
_REMOVE: Final = (
    delete(submissions)
    .where(
        submissions.c.session_key == bindparam("session"),
        submissions.c.status == "settled",
        submissions.c.accepted_at <= bindparam("marked_at"),
    )
    .returning(*_needed_for_receipts)
)
_KEEP_RECEIPTS: Final = insert(dispatch_receipts).on_conflict_do_nothing()
_REMOVE_JOURNALS: Final = (
    delete(turn_journals)
    .where(turn_journals.c.submission_id.in_(bindparam("batch", expanding=True)))
    .returning(turn_journals.c.stream_key)
)
_REMOVE_CHUNKS: Final = delete(stream_chunks).where(
    stream_chunks.c.stream_key.in_(bindparam("batch", expanding=True))
)


def mark(connection: Connection, layout: SubmissionLayout, deletion: DeletionRef) -> int:
    """Bar the session from admission, in the name of `owner`; return since when.

    Raises `SessionBusy` while anything of the session is queued or running. DELETION-01, -02.
    """
    layout.dialect.lock_session(connection, deletion.session_key)
    if connection.execute(_FIND_UNSETTLED, {"session": deletion.session_key}).first() is not None:
        raise SessionBusy(
            # In Flue's words, which its own contract suite asks for.
            "Session cannot be deleted while durable agent submissions are queued or running. "
            f"Once those of {deletion.session_key!r} are settled it can be."
        )
    now = clock.now()
    marker = {"session_key": deletion.session_key, "started_at": now}
    marked_at: int = connection.execute(_MARK, marker).scalar_one()
    connection.execute(
        _ENTER,
        {
            "session_key": deletion.session_key,
            "owner": deletion.owner,
            "alive_until": now + SILENCE_MS,
        },
    )
    return marked_at


def renew(connection: Connection, deletion: DeletionRef) -> None:
    """Show that the deletion goes on."""
    promise = clock.now() + SILENCE_MS
    connection.execute(
        _RENEW, {"session": deletion.session_key, "name": deletion.owner, "promise": promise}
    )


def other_owners(connection: Connection, deletion: DeletionRef) -> dict[str, int]:
    """Return who else deletes the session, and what each promised last."""
    others = connection.execute(_OTHERS, {"session": deletion.session_key, "name": deletion.owner})
    return {other.owner: other.alive_until for other in others}


def give_up(
    connection: Connection,
    layout: SubmissionLayout,
    deletion: DeletionRef,
    silent: Mapping[str, int],
) -> None:
    """End a deletion whose callback failed: nothing is deleted. DELETION-09, DELETION-12."""
    layout.dialect.lock_session(connection, deletion.session_key)
    _sign_off(connection, deletion, silent)


def finish(
    connection: Connection,
    layout: SubmissionLayout,
    deletion: DeletionRef,
    silent: Mapping[str, int],
    marked_at: int,
) -> None:
    """Remove what was settled when the session was marked. DELETION-06 to -08, -14, -16."""
    layout.dialect.lock_session(connection, deletion.session_key)
    removed = connection.execute(
        _REMOVE, {"session": deletion.session_key, "marked_at": marked_at}
    ).all()
    _keep_receipts(connection, removed)
    for batch in batches([row.submission_id for row in removed]):
        _remove_turns(connection, batch)
    if layout.images_apart:
        for row in removed:
            if row.kind != "dispatch":
                delete_images(connection, "submission", row.submission_id)
    _sign_off(connection, deletion, silent)


def _keep_receipts(connection: Connection, removed: Sequence[Row[Any]]) -> None:
    now = clock.now()
    receipts = [
        {
            "dispatch_id": row.submission_id,
            "accepted_at": row.accepted_at,
            "settled_at": now if row.settled_at is None else row.settled_at,
        }
        for row in removed
        # A damaged kind may have been a dispatch, which must never run again.
        if row.kind != "direct"
    ]
    if receipts:
        connection.execute(_KEEP_RECEIPTS, receipts)


def _remove_turns(connection: Connection, submission_ids: Sequence[str]) -> None:
    journals = connection.execute(_REMOVE_JOURNALS, {"batch": submission_ids}).all()
    streams = [journal.stream_key for journal in journals if journal.stream_key is not None]
    if streams:
        connection.execute(_REMOVE_CHUNKS, {"batch": streams})


def _sign_off(connection: Connection, deletion: DeletionRef, silent: Mapping[str, int]) -> None:
    for name, promise in silent.items():
        # An owner that was heard after all has another promise by now, and stays.
        connection.execute(
            _FORGET, {"session": deletion.session_key, "name": name, "promise": promise}
        )
    connection.execute(_LEAVE, {"session": deletion.session_key, "name": deletion.owner})
    connection.execute(_UNMARK, {"session": deletion.session_key})
