"""Moves about a session's record and its work: neither touches the other. SESSION-15."""

from __future__ import annotations

from functools import partial
from typing import Any

from flue_conformance.contract import session_key
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.deletion import make_deletion
from flue_conformance.specs.generated.moves import admission
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import entry
from flue_conformance.specs.scenarios.values import session_data, turn


async def delete_a_record_beside_work(player: Player, choices: Choices) -> None:
    """Have a turn under way in a session or done, delete its record, and look at the work."""
    work, key = await _working(player, choices)
    await _save(player, choices, key)
    if choices.rarely(2):
        await player.call("submissions.complete_submission", player.attempt(work))
    handle = choices.among((0, 1))
    await player.call("sessions.delete", key, handle=handle)
    await player.call("submissions.get_submission", work, handle=1 - handle)
    await player.call("submissions.get_turn_journal", work, handle=1 - handle)


async def delete_work_beside_a_record(player: Player, choices: Choices) -> None:
    """Delete the work of a session, perhaps with its record in between, and admit or load."""
    work, key = await _working(player, choices)
    await player.finish()
    await _save(player, choices, key)
    handle = choices.among((0, 1))
    within = choices.among((_delete_and_admit, _look, _delete_and_admit))
    await make_deletion(player, key, partial(within, player, choices, key), handle=handle)
    await player.call("sessions.load", key, handle=1 - handle)
    await player.call("submissions.get_submission", work, handle=1 - handle)


async def _working(player: Player, choices: Choices) -> tuple[str, str]:
    """Admit a dispatch and begin a turn of it if it can be claimed; returns its id and session."""
    work = player.key(f"beside-{len(player.state.submissions)}")
    given = _dispatch(player, choices, work)
    key = session_key(given["id"], given["session"])
    await admission.admit(player, choices, admission.DISPATCH, given)
    await player.call("submissions.claim_submission", player.claim(work))
    found = player.state.submissions.get(work)
    if found is not None and found.status == "running":
        begun = turn(work, found.attempt_id, session_key=key)
        await player.call("submissions.begin_turn_journal", begun, handle=choices.among((0, 1)))
    return work, key


async def _save(player: Player, choices: Choices, key: str) -> None:
    record = session_data(entries=[entry(1, "beside")])
    await player.call("sessions.save", key, record, handle=choices.among((0, 1)))


async def _look(player: Player, choices: Choices, key: str) -> None:
    await player.call("sessions.load", key, handle=choices.among((0, 1)))


async def _delete_and_admit(player: Player, choices: Choices, key: str) -> None:
    await player.call("sessions.delete", key, handle=choices.among((0, 1)))
    given = _dispatch(player, choices, player.key("late"))
    await admission.admit(player, choices, admission.DISPATCH, given)


def _dispatch(player: Player, choices: Choices, dispatch_id: str) -> dict[str, Any]:
    """Return a dispatch for the session of all these moves."""
    place = {"dispatchId": dispatch_id, "id": player.key("agent"), "session": "beside"}
    return admission.new_dispatch(player, choices) | place


MOVES = (delete_a_record_beside_work, delete_work_beside_a_record)
