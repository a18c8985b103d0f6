"""Moves that delete sessions, and look at what is left of them."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from flue_conformance.contract import SessionDeleting, session_key
from flue_conformance.model import State
from flue_conformance.model.records import Submission
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.deletion import Failing, make_deletion, make_two_deletions
from flue_conformance.specs.generated.moves import admission, queues, sessions
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import FAMILIES
from flue_conformance.specs.scenarios.values import now

_MOST_FROM_THE_FUTURE: Final = 3
_FAILURES: Final = (
    Failing(RuntimeError, "the callback of this deletion"),
    Failing(RuntimeError, "the callback of this deletion", at_once=True),
    Failing(TimeoutError, "the callback of this deletion"),
    Failing(SessionDeleting, "a session below is being deleted"),
    Failing(KeyError, "agent", at_once=True),
)


async def delete_session(player: Player, choices: Choices) -> None:
    """Delete a session, and make calls in the callback."""
    if player.deleting:
        # One within another may wait for it.
        return
    known = [key for key in player.state.lanes if can_be_followed(player, key)]
    idle = [key for key in known if player.state.head(key) is None]
    key = session_key(player.key("agent"), admission.session(choices))
    if idle and not choices.rarely(4):
        key = choices.among(idle[:16])
    elif known and not choices.rarely(3):
        key = choices.among(known[:16])
    if can_be_followed(player, key):
        await delete(player, choices, key)


def can_be_followed(player: Player, key: str) -> bool:
    """Return whether a deletion leaves few states open: work from the future may stay, or go.

    DELETION-08.
    """
    return len(_from_the_future(player.state, key)) <= _MOST_FROM_THE_FUTURE


def _from_the_future(state: State, key: str) -> list[Submission]:
    return [each for each in state.in_session(key) if each.accepted_at > now()]


async def delete(player: Player, choices: Choices, key: str) -> None:
    """Delete this session, make calls in the callback, and look at what is left."""
    before, handle = player.state, choices.among((0, 1))
    within = partial(choices.among(_WITHIN), player, choices)
    failing = choices.mostly((None,), _FAILURES, 4)
    await make_deletion(player, key, within, failing=failing, handle=handle)
    await look_at_what_is_left(player, choices, before, key)


async def settle_and_delete(player: Player, choices: Choices) -> None:
    """Settle all that there is, and delete a session."""
    if not player.deleting:
        await player.finish()
        await delete_session(player, choices)


async def delete_beside_alike(player: Player, choices: Choices) -> None:
    """Delete one of several sessions whose names are alike; the others are settled or busy."""
    if player.deleting:
        return
    await player.finish()
    names, handle = choices.among(FAMILIES)[:4], choices.among((0, 1))
    picked, busy = choices.among(range(len(names))), choices.rarely(2)
    key = session_key(player.key("agent"), names[picked])
    if not can_be_followed(player, key):
        return
    ids = [player.key(f"{name}-{len(player.state.lanes)}") for name in names]
    for place, name in enumerate(names):
        given = admission.plain(player, ids[place], name)
        await player.call(admission.DISPATCH, given, handle=handle)
        if place == picked or not busy:
            await player.call("submissions.claim_submission", player.claim(ids[place]))
            await player.call("submissions.complete_submission", player.attempt(ids[place]))
    await make_deletion(player, key, partial(_nothing, player, choices), handle=handle)
    for name in ids:
        await player.call("submissions.get_submission", name)


async def delete_at_once(player: Player, choices: Choices) -> None:
    """Delete two sessions at once by one store, or one session twice. DELETION-10."""
    idle = [
        key
        for key in player.state.lanes
        if player.state.head(key) is None and can_be_followed(player, key)
    ]
    if player.deleting or not idle:
        return
    before, key = player.state, choices.among(idle[:16])
    other = choices.mostly((key,), idle[:16], 3)
    handle, amid = choices.among((0, 1)), not choices.rarely(3)
    failing = choices.among((None, _FAILURES[0]))
    await make_two_deletions(player, key, other, failing=failing, amid=amid, handle=handle)
    await look_at_what_is_left(player, choices, before, other)
    await look_at_what_is_left(player, choices, before, key)


async def look_at_what_is_left(player: Player, choices: Choices, before: State, key: str) -> None:
    """Read what a deletion should have removed, and what it should not."""
    handle = choices.among((0, 1))
    gone = list(before.in_session(key))
    for each in _from_the_future(before, key):
        await player.call("submissions.get_submission", each.submission_id, handle=handle)
    others = [each for each in before.submissions.values() if each.session_key != key]
    for each in (*gone[-4:], *others[-1:]):
        await player.call("submissions.get_submission", each.submission_id, handle=handle)
        if each.submission_id in before.journals:
            await player.call("submissions.get_turn_journal", each.submission_id, handle=handle)
    for stream in list(dict.fromkeys(stream for stream, _ in before.chunks))[-4:]:
        await player.call("submissions.get_stream_chunk_segments", stream, handle=handle)
    if key in before.sessions:
        await player.call("sessions.load", key, handle=handle)
    for name in _some(list(player.state.receipts)):
        # Receipts, those of earlier deletions too: DELETION-07.
        await player.call(admission.DISPATCH, admission.plain(player, name, "one"), handle=handle)
    if choices.rarely(3):
        await _admit_again(player, choices, key, gone)


async def _admit_again(player: Player, choices: Choices, key: str, gone: list[Submission]) -> None:
    """Admit to a session that was deleted, or was to be; under an id that a prompt had, if any."""
    name = player.key(f"again-{len(player.state.submissions)}")
    freed = [each.submission_id for each in gone if each.kind == "direct"]
    given = admission.plain(player, choices.among((*freed[-3:], name)), "")
    await player.call(admission.DISPATCH, given | names_of(key), handle=choices.among((0, 1)))


def names_of(key: str) -> dict[str, Any]:
    """Return the members of an input that belongs to a session."""
    instance, _, session = json.loads(key.removeprefix("agent-session:"))
    return {"id": instance, "session": session}


def _some(names: list[str]) -> list[str]:
    return names if len(names) < 4 else [names[0], *names[-2:]]


async def _nothing(player: Player, choices: Choices) -> None:
    del player, choices


async def _look(player: Player, choices: Choices) -> None:
    await queues.look_at_all(player, choices)
    await queues.look_at_lists(player, choices)


async def _replay(player: Player, choices: Choices) -> None:
    """Send again what belongs to the session, and what has a receipt, by either handle."""
    (key, *_) = player.deleting
    handle = choices.among((0, 1))
    own = [
        (name, given)
        for name, given in player.sent
        if session_key(given["id"], given["session"]) == key
    ]
    for name, given in own[-3:]:
        await player.call(name, given, handle=handle)
    for name in _some(list(player.state.receipts)):
        given = admission.plain(player, name, "") | names_of(key)
        await player.call(admission.DISPATCH, given, handle=handle)


async def _admit(player: Player, choices: Choices) -> None:
    """Admit to the session that is being deleted, by either handle. ADMISSION-20."""
    (key, *_) = player.deleting
    for handle in choices.among(((1, 0), (0, 1))):
        given = admission.plain(player, player.key("late"), "") | names_of(key)
        await player.call(admission.DISPATCH, given, handle=handle)
        prompt = admission.plain_prompt(player, player.key("later"), "") | names_of(key)
        await player.call(admission.DIRECT, prompt, handle=handle)


async def _admit_elsewhere(player: Player, choices: Choices) -> None:
    made = admission.new_dispatch(player, choices) | {"session": "elsewhere"}
    await admission.admit(player, choices, admission.DISPATCH, made)
    await queues.look_at_lists(player, choices)


async def _touch_records(player: Player, choices: Choices) -> None:
    await sessions.save(player, choices)
    await sessions.load_all(player, choices)
    await sessions.delete(player, choices)


_WITHIN: Final = (
    _replay,
    _admit,
    _look,
    _replay,
    _admit,
    _admit_elsewhere,
    _touch_records,
    _nothing,
)
MOVES = (
    delete_session,
    delete_beside_alike,
    settle_and_delete,
    delete_at_once,
    delete_at_once,
)
