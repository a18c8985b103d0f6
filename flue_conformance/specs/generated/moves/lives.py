"""Moves that follow one submission from its admission to its removal, and look at each stage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeAlias

from flue_conformance.contract import (
    CreateTurnJournalInput,
    SubmissionDurability,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.deletion import make_deletion
from flue_conformance.specs.generated.moves import admission, deletions, handles, queues
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import entry
from flue_conformance.specs.scenarios.values import now, session_data


@dataclass(frozen=True, slots=True)
class Life:
    """One submission: how it was admitted, and by which handle most is done to it."""

    player: Player
    choices: Choices
    name: str
    given: dict[str, Any]
    handle: int

    @property
    def submission_id(self) -> str:
        """The id of the submission."""
        return str(self.given["dispatchId" if self.is_dispatch else "submissionId"])

    @property
    def is_dispatch(self) -> bool:
        """Whether it is a dispatch."""
        return self.name == admission.DISPATCH

    @property
    def session_key(self) -> str:
        """The session that it belongs to."""
        return session_key(self.given["id"], self.given["session"])

    async def call(self, method: str, *arguments: Any) -> None:
        """Call a method of the submission store."""
        await self.player.call(f"submissions.{method}", *arguments, handle=self.handle)

    async def by_its_attempt(self, method: str, *arguments: Any) -> None:
        """Call a method that takes the attempt first."""
        await self.call(method, self.player.attempt(self.submission_id), *arguments)


Stage: TypeAlias = Callable[[Life], Awaitable[None]]


async def follow(player: Player, choices: Choices) -> None:
    """Follow a submission through its life, with a replay and a look at each stage."""
    if player.deleting:
        return
    life = _begun(player, choices)
    if choices.rarely(4):
        # What becomes of the submission is no business of the session's record: SESSION-15.
        record = session_data(entries=[entry(1, "one")])
        await player.call("sessions.save", life.session_key, record, handle=life.handle)
    await admission.admit(player, choices, life.name, life.given)
    for stage in choices.among(_LIVES):
        await _look(life)
        await stage(life)
    await _look(life)
    if deletions.can_be_followed(player, life.session_key):
        await deletions.delete(player, choices, life.session_key)
    await _look_afterwards(life)


def _begun(player: Player, choices: Choices) -> Life:
    """Return a submission that is admitted next, to a session that is idle."""
    number = len(player.state.lanes) + len(player.state.receipts)
    names = (admission.session(choices), "three", f"session {number}")
    own = {
        "id": player.key("agent"),
        "session": next(filter(partial(_is_free, player), names), names[-1]),
    }
    submission_id = player.key(f"{9 - number % 10}-{number}-{len(player.sent)}")
    handle = choices.among((0, 1))
    if choices.rarely(3):
        prompt = admission.new_direct(player, choices) | {"submissionId": submission_id} | own
        return Life(player, choices, admission.DIRECT, prompt, handle)
    dispatch = admission.new_dispatch(player, choices) | {"dispatchId": submission_id} | own
    return Life(player, choices, admission.DISPATCH, dispatch, handle)


def _is_free(player: Player, session: str) -> bool:
    key = session_key(player.key("agent"), session)
    return player.state.head(key) is None and deletions.can_be_followed(player, key)


async def _look(life: Life) -> None:
    """Send it again, as it was, or make another attempt at it that changes nothing; and read it."""
    if life.choices.rarely(2):
        await life.choices.among(_ATTEMPTS)(life)
    else:
        await life.player.call(life.name, life.given, handle=life.handle)
    other = 1 - life.handle
    await life.player.call("submissions.get_submission", life.submission_id, handle=other)
    if life.session_key in life.player.state.sessions:
        await life.player.call("sessions.load", life.session_key, handle=other)


async def _rest(life: Life) -> None:
    del life


async def _delete_too_early(life: Life) -> None:
    """Try to delete its session, which is refused while it is unsettled. DELETION-01."""
    if life.player.state.head(life.session_key) is not None:
        nothing = partial(_rest, life)
        await make_deletion(life.player, life.session_key, nothing, handle=life.handle)
        await life.player.call(life.name, life.given, handle=1 - life.handle)


async def _send_another(life: Life) -> None:
    """Send another input under its id."""
    given = {**life.given, "agent": "other"}
    await life.player.call(life.name, given, handle=life.handle)


async def _send_the_other_kind(life: Life) -> None:
    """Send an input of the other kind under its id."""
    player, session = life.player, life.given["session"]
    if life.is_dispatch:
        prompt = admission.plain_prompt(player, life.submission_id, session)
        await player.call(admission.DIRECT, prompt, handle=life.handle)
    else:
        dispatch = admission.plain(player, life.submission_id, session)
        await player.call(admission.DISPATCH, dispatch, handle=life.handle)


async def _look_at_lists(life: Life) -> None:
    await queues.look_at_lists(life.player, life.choices)


_ATTEMPTS: Final[tuple[Stage, ...]] = (
    _delete_too_early,
    _send_another,
    _send_the_other_kind,
    _delete_too_early,
    _look_at_lists,
)


async def _claim(life: Life) -> None:
    lease = life.choices.among(queues.leases())
    claim = replace(life.player.claim(life.submission_id), lease_expires_at=lease)
    await life.call("claim_submission", claim)


async def _requeue(life: Life) -> None:
    await life.by_its_attempt("requeue_submission_before_input_applied")


async def _request_recovery(life: Life) -> None:
    await life.by_its_attempt("request_submission_recovery")


async def _mark(life: Life) -> None:
    durability = SubmissionDurability(3, now() + 1_000)
    await life.by_its_attempt("mark_submission_input_applied", durability)


async def _take_over(life: Life) -> None:
    await life.by_its_attempt("replace_turn_journal_attempt", "t2")


async def _turn(life: Life) -> None:
    """Begin a turn, and keep some of its stream, beside streams whose keys are alike."""
    attempt = life.player.attempt(life.submission_id)
    begun = CreateTurnJournalInput(
        submission_id=life.submission_id,
        session_key=life.session_key,
        kind="dispatch" if life.is_dispatch else "direct",
        attempt_id=attempt.attempt_id,
        operation_id="op-1",
        turn_id="turn-1",
        phase="before_provider",
    )
    await life.call("begin_turn_journal", begun)
    stream = f"{life.submission_id}:turn-1"
    update = TurnJournalUpdate(stream_key=stream)
    await life.by_its_attempt("update_turn_journal_phase", "provider_started", update)
    for key in (stream, f"{stream}0", stream.upper()):
        await life.call("append_stream_chunk_segment", key, 0, "text")


async def _commit(life: Life) -> None:
    await life.by_its_attempt("commit_turn_journal", "leaf-1")


async def _complete(life: Life) -> None:
    await life.by_its_attempt("complete_submission")


async def _fail(life: Life) -> None:
    await life.by_its_attempt("fail_submission", RuntimeError("text"))


_LIVES: Final[tuple[tuple[Stage, ...], ...]] = (
    (_claim, _complete),
    (_claim, _fail),
    (_claim, _turn, _commit, _complete),
    (_claim, _requeue, _claim, _fail),
    (_claim, _turn, _request_recovery, _fail),
    (_claim, _mark, _turn, _take_over, _complete),
)


async def _look_afterwards(life: Life) -> None:
    """Send it again, and whatever else may come to its session, now that it was deleted."""
    if life.choices.rarely(2):
        await handles.connect(life.player, life.choices)
    await life.player.call(life.name, life.given, handle=life.handle)
    await life.choices.among(_AFTERWARDS)(life)
    await life.player.call(life.name, life.given, handle=life.handle)
    await life.player.call("submissions.get_submission", life.submission_id, handle=life.handle)


async def _delete_again(life: Life) -> None:
    """Delete the session once more; before, something else may have had the id."""
    player, choices = life.player, life.choices
    key = life.session_key
    if player.state.head(key) is None and deletions.can_be_followed(player, key):
        await deletions.delete(player, choices, key)


async def _reuse(life: Life) -> None:
    """Let an input of the other kind live under its id, as far as that may be, and delete again."""
    await _send_the_other_kind(life)
    await _claim(life)
    await _complete(life)
    await _delete_again(life)


async def _send_elsewhere(life: Life) -> None:
    """Send it to another session, and with another input."""
    given = {**life.given, "session": "elsewhere"}
    await life.player.call(life.name, given, handle=life.handle)


async def _admit_more(life: Life) -> None:
    """Admit something new to its session. ORDERING-01."""
    name = life.player.key(f"more-{len(life.player.state.submissions)}")
    given = admission.plain(life.player, name, life.given["session"])
    await life.player.call(admission.DISPATCH, given, handle=1)


_AFTERWARDS: Final[tuple[Stage, ...]] = (
    _admit_more,
    _delete_again,
    _admit_more,
    _reuse,
    _send_elsewhere,
)
MOVES = (follow,)
