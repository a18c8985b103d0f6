"""Sequences made by hand, to states that chance takes long to find; played besides those drawn.

The numbers are choices: each takes the option at that place, zero the plainest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flue_conformance.specs.generated.moves import (
    Move,
    admission,
    attempts,
    chosen,
    chunks,
    claims,
    deletions,
    journals,
    leases,
    progress,
    queues,
    streams,
)

_claim_by_t2: Final = chosen(queues.claim_a_head, 0, 1, 1)
_claim_by_t3: Final = chosen(queues.claim_a_head, 0, 1, 2)
_claim_late: Final = chosen(queues.claim_a_head, 0, 0, 0, 0, 0, 2)
"""Under a lease that has passed."""
_mark_with_limits: Final = chosen(attempts.mark, 1)


def _replace_by(place: int) -> Move:
    return chosen(attempts.take_over, 0, 0, place)


def _delete_amid(within: int) -> Move:
    """Return a deletion of an idle session; others act amid it."""
    return chosen(deletions.delete_session, *[0] * 6, within)


def _delete_and_admit(*failing: int) -> Move:
    """Return one that nobody acts amid; something is admitted to the session afterwards."""
    fails = (3, *failing) if failing else (0, 0)
    return chosen(deletions.delete_session, *[0] * 6, 7, *fails, 0, 2)


QUEUES_AND_LEASES: Final[Sequence[Move]] = (
    chosen(claims.claim_in_alike_sessions, 0, 0),
    chosen(claims.claim_in_alike_sessions, 0, 3),
    chosen(claims.work_off_a_queue, 0, 15),
    chosen(leases.lose_a_server, 0, 3),
)
"""Sessions whose names are alike, and a queue of twelve."""

ONE_ATTEMPT_AFTER_ANOTHER: Final[Sequence[Move]] = (
    progress.work,
    progress.work,
    attempts.intrude,
    attempts.request_recovery,
    attempts.request_recovery,
    attempts.requeue,
    _claim_by_t2,
    attempts.intrude,
    attempts.request_recovery,
    _replace_by(2),
    attempts.request_recovery,
    attempts.mark,
    _mark_with_limits,
    attempts.fail,
    attempts.intrude,
    admission.replay,
)
"""A submission that is given back, claimed again, taken over and fails; others try meanwhile."""

A_TURN_THAT_CHANGES_HANDS: Final[Sequence[Move]] = (
    progress.work,
    progress.work,
    attempts.change_hands,
    journals.begin,
    chosen(journals.consume, 0, 0, 0, 0, 1),
    journals.update,
    chunks.append_to_a_turn,
    chosen(journals.consume, 0, 0, 0, 1, 0, 3),
    _replace_by(1),
    journals.intrude,
    attempts.intrude,
    attempts.requeue,
    _claim_by_t3,
    _replace_by(3),
    journals.begin,
    journals.update,
    chunks.append_to_a_turn,
    attempts.fail,
    journals.go_on_anyway,
)
"""A turn that is taken over before and after it begins, given back, begun again, and fails."""

A_COMMITTED_TURN: Final[Sequence[Move]] = (
    progress.turn,
    chosen(attempts.change_hands, 0, 15),
    journals.commit,
    attempts.requeue,
)
"""A turn that changes hands more often than a budget allows, commits, and is given back."""

ONE_DELETION_AFTER_ANOTHER: Final[Sequence[Move]] = (
    progress.work,
    progress.work,
    attempts.complete,
    _delete_amid(2),
    deletions.delete_at_once,
    chosen(deletions.delete_at_once, 0, 0, 0, 0, 0, 1),
    chosen(deletions.delete_at_once, 0, 0, 0, 0, 2),
    deletions.delete_beside_alike,
    chosen(deletions.delete_beside_alike, 0, 0, 0, 1),
    chosen(deletions.delete_at_once, 0, 2, 1),
    _delete_amid(5),
    _delete_and_admit(1),
    progress.work,
    attempts.complete,
    _delete_and_admit(3),
)
"""Deletions amid which others look, twice at once, beside names that are alike, and that fail."""

DELETIONS_TOO_EARLY: Final[Sequence[Move]] = (
    progress.work,
    _claim_late,
    deletions.delete_session,
    attempts.requeue,
    deletions.delete_session,
    progress.work,
    attempts.complete,
    deletions.delete_session,
    deletions.delete_session,
    chosen(progress.work, 0, 1),
    progress.work,
    attempts.complete,
    _delete_and_admit(),
)
"""Deletions of what runs, of what was given back, twice in a row, and of a prompt's session."""

STREAMS_READ_FROM_EVERYWHERE: Final[Sequence[Move]] = (
    streams.read_from_everywhere,
    chosen(streams.write_alike, 0, 5),
)
"""An empty stream and others, open and closed, and paths that are alike."""
