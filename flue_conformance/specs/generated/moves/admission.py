"""Moves that admit dispatches and direct prompts, or try to."""

from __future__ import annotations

import copy
from typing import Any

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import (
    ALIKE_NAMES,
    FAMILIES,
    IMAGES,
    JSON_TEXTS,
    LONG_IMAGES,
    NAMES,
    NO_TIMES,
    TIMES,
    just_now,
)

DISPATCH, DIRECT = "submissions.admit_dispatch", "submissions.admit_direct"


def session(choices: Choices) -> str:
    """Return the name of a session."""
    return choices.mostly(("one", "two"), ("One", "one ", "%", *ALIKE_NAMES), 6)


def new_dispatch(player: Player, choices: Choices) -> dict[str, Any]:
    """Return a dispatch."""
    made: dict[str, Any] = {
        "dispatchId": player.key(choices.mostly(NAMES, ALIKE_NAMES, 8)),
        "agent": choices.mostly(("triage",), ("other", "Triage")),
        "id": player.key(choices.mostly(("agent",), ("Agent", "é"), 8)),
        "session": session(choices),
        "input": choices.document(),
        "acceptedAt": choices.among((*TIMES, just_now())),
    }
    if choices.rarely(6):
        made["further"] = choices.document()
    return made


def new_direct(player: Player, choices: Choices) -> dict[str, Any]:
    """Return a direct prompt."""
    payload: dict[str, Any] = {"message": choices.among(JSON_TEXTS)}
    if choices.rarely(4):
        payload[choices.among(("further", "", "session", "note"))] = choices.document()
    if choices.rarely(4):
        first = choices.mostly(IMAGES, LONG_IMAGES, 3)
        others = [f"{number}" for number in range(choices.among((0, 1, 11)))]
        payload["images"] = [
            {"type": "image", "data": data, "mimeType": f"image/{number}"}
            for number, data in enumerate((first, *others))
        ]
    return {
        "kind": "direct",
        "submissionId": player.key(choices.mostly(NAMES, ALIKE_NAMES, 8)),
        "agent": "triage",
        "id": player.key("agent"),
        "session": session(choices),
        "payload": payload,
        "acceptedAt": choices.among(TIMES),
    }


async def admit(player: Player, choices: Choices, name: str, given: dict[str, Any]) -> None:
    """Admit an input, and remember it for replays."""
    player.sent = [*player.sent, (name, copy.deepcopy(given))][-8:]
    await player.call(name, given, handle=choices.among((0, 1)))


async def dispatch(player: Player, choices: Choices) -> None:
    """Admit a dispatch."""
    await admit(player, choices, DISPATCH, new_dispatch(player, choices))


async def direct(player: Player, choices: Choices) -> None:
    """Admit a direct prompt."""
    await admit(player, choices, DIRECT, new_direct(player, choices))


async def replay(player: Player, choices: Choices) -> None:
    """Admit what was admitted before, as it was or with one change."""
    if not player.sent:
        return await dispatch(player, choices)
    name, given = copy.deepcopy(choices.among(player.sent[::-1]))
    if choices.rarely(2):
        _twist(name, given, choices)
    return await admit(player, choices, name, given)


async def replay_the_removed(player: Player, choices: Choices) -> None:
    """Admit what has a receipt, or admit a prompt under its id."""
    receipts = list(player.state.receipts)
    if not receipts:
        return await replay(player, choices)
    given = choices.among((new_dispatch, new_dispatch, new_direct))(player, choices)
    name = DIRECT if "payload" in given else DISPATCH
    given["submissionId" if "payload" in given else "dispatchId"] = choices.among(receipts[-8:])
    return await admit(player, choices, name, given)


async def take_the_other_namespace(player: Player, choices: Choices) -> None:
    """Use the id of a dispatch for a prompt, or the other way round."""
    if not player.sent:
        return await dispatch(player, choices)
    name, given = choices.among(player.sent[::-1])
    if name == DISPATCH:
        made = new_direct(player, choices)
        made["submissionId"] = given["dispatchId"]
        return await admit(player, choices, DIRECT, made)
    made = new_dispatch(player, choices)
    made["dispatchId"] = given["submissionId"]
    return await admit(player, choices, DISPATCH, made)


async def admit_alike(player: Player, choices: Choices) -> None:
    """Admit to sessions whose names are alike, under ids that are."""
    for name in choices.among(FAMILIES):
        given = new_dispatch(player, choices) | {"session": name, "dispatchId": player.key(name)}
        await admit(player, choices, DISPATCH, given)
    await player.call("submissions.list_runnable_submissions")


async def malformed(player: Player, choices: Choices) -> None:
    """Try to admit what is no input."""
    handle = choices.among((0, 1))
    for _ in range(2):
        given = new_direct(player, choices)
        _break_payload(given, choices)
        await player.call(DIRECT, given, handle=handle)
    dispatch = new_dispatch(player, choices)
    if choices.rarely(2):
        del dispatch["input"]
    else:
        dispatch[choices.among(("agent", "id", "session"))] = choices.among((5, None, ["a"], {}))
    await player.call(DISPATCH, dispatch, handle=handle)


async def at_no_time(player: Player, choices: Choices) -> None:
    """Try to admit at no time, something known or something new."""
    if player.sent and choices.rarely(2):
        name, given = copy.deepcopy(choices.among(player.sent[::-1]))
    else:
        name, given = DISPATCH, new_dispatch(player, choices)
    receipts = list(player.state.receipts)
    if receipts and name == DISPATCH and choices.rarely(2):
        given["dispatchId"] = choices.among(receipts)
    given["acceptedAt"] = choices.among(NO_TIMES)
    await player.call(name, given, handle=choices.among((0, 1)))


def _break_payload(given: dict[str, Any], choices: Choices) -> None:
    payload = given["payload"]
    change = choices.among(range(8))
    if change == 0:
        payload["message"] = choices.among((5, None, ["text"]))
    elif change == 1:
        del payload["message"]
    elif change == 2:
        given["payload"] = choices.among((None, "text", ["text"]))
    elif change == 3:
        payload["session"] = choices.among((None, 5, ["one"]))
    elif change == 4:
        payload["images"] = choices.among((None, "none", {"0": {}}))
    elif change == 5:
        payload["images"] = [{"type": "image", "data": "AA=="}]
    elif change == 6:
        payload["images"] = [{"type": "text", "data": "AA==", "mimeType": "image/png"}]
    else:
        given[choices.among(("agent", "id", "session"))] = choices.among((5, None))


def _twist(name: str, given: dict[str, Any], choices: Choices) -> None:
    """Change one thing about an input."""
    change = choices.among(range(8))
    body = "input" if name == DISPATCH else "payload"
    if change == 0:
        given["session"] = session(choices)
    elif change == 1:
        given["agent"] = choices.among(("other", "Triage"))
    elif change == 2:
        given["acceptedAt"] = choices.among(TIMES)
    elif change == 3:
        given["id"] = given["id"] + "x"
    elif change == 4 and isinstance(given.get("payload"), dict) and given["payload"].get("images"):
        image = given["payload"]["images"][-1]
        image["data"] = image["data"][:-1] + "Z"
    else:
        given[body] = _twisted(given[body], choices)


def _twisted(value: Any, choices: Choices) -> Any:
    """Return another value that looks much the same."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value.swapcase() if value.swapcase() != value else f"{value}."
    if isinstance(value, dict) and value:
        name = choices.among(sorted(value))
        return {**value, name: _twisted(value[name], choices)}
    if isinstance(value, list) and value:
        return [*value[:-1], _twisted(value[-1], choices)]
    return choices.among(({"n": 1}, [], {}, None, False))


MOVES = (
    dispatch,
    direct,
    replay,
    replay,
    replay_the_removed,
    take_the_other_namespace,
    malformed,
    admit_alike,
    at_no_time,
)
