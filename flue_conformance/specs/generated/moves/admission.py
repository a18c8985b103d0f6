"""Moves that admit dispatches and direct prompts, or try to."""

from __future__ import annotations

import copy
from typing import Any

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import (
    ALIKE_NAMES,
    DOCUMENT_FAMILIES,
    ESCAPED_NAMES,
    FAMILIES,
    IMAGES,
    JSON_TEXTS,
    LONG_IMAGES,
    LONG_IMAGES_ALIKE,
    NAMES,
    NO_TIMES,
    TIMES,
    just_now,
)

DISPATCH, DIRECT = "submissions.admit_dispatch", "submissions.admit_direct"


def session(choices: Choices) -> str:
    """Return the name of a session."""
    unusual = choices.among((("One", "one ", "%"), ALIKE_NAMES, ESCAPED_NAMES))
    return choices.mostly(("one", "two"), unusual, 4)


def accepted_at(choices: Choices) -> str:
    """Return the text of an acceptance time, that of a second ago more often than others."""
    return choices.mostly(TIMES, (just_now(),))


def plain(player: Player, dispatch_id: str, name: str, time: str = TIMES[0]) -> dict[str, Any]:
    """Return a dispatch that has nothing special about it, for a session of this name."""
    return {
        "dispatchId": dispatch_id,
        "agent": "triage",
        "id": player.key("agent"),
        "session": name,
        "input": {"n": 1},
        "acceptedAt": time,
    }


def plain_prompt(player: Player, submission_id: str, name: str) -> dict[str, Any]:
    """Return a direct prompt that has nothing special about it."""
    return {
        "kind": "direct",
        "submissionId": submission_id,
        "agent": "triage",
        "id": player.key("agent"),
        "session": name,
        "payload": {"message": "text"},
        "acceptedAt": TIMES[0],
    }


def new_dispatch(player: Player, choices: Choices) -> dict[str, Any]:
    """Return a dispatch."""
    made: dict[str, Any] = {
        "dispatchId": player.key(choices.mostly(NAMES, ALIKE_NAMES, 8)),
        "agent": choices.mostly(("triage",), ("other", "Triage")),
        "id": player.key(choices.mostly(("agent",), ("Agent", "é"), 8)),
        "session": session(choices),
        "input": choices.document(),
        "acceptedAt": accepted_at(choices),
    }
    if choices.rarely(6):
        made["further"] = choices.document()
    return made


def new_direct(player: Player, choices: Choices) -> dict[str, Any]:
    """Return a direct prompt."""
    payload: dict[str, Any] = {"message": choices.among(JSON_TEXTS)}
    if choices.rarely(3):
        payload[choices.among(("further", "", "note"))] = choices.document()
    if choices.rarely(4):
        # The edition before took it for the name of a session. ADMISSION-17.
        payload["session"] = choices.among(("two", "one", "elsewhere", "", 5, None, ["one"]))
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
        "acceptedAt": accepted_at(choices),
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


async def replay_alike(player: Player, choices: Choices) -> None:
    """Admit one of several values that are alike, each other one under its id, and it again."""
    values = choices.among(DOCUMENT_FAMILIES)
    first, name = choices.among(range(len(values))), f"alike-{len(player.state.submissions)}"
    turned = (*values[first:], *values[:first])
    if choices.rarely(2):
        dispatch = plain(player, player.key(name), "alike")
        await _send(player, choices, DISPATCH, [dispatch | {"input": each} for each in turned])
    else:
        prompt = plain_prompt(player, player.key(name), "alike")
        payloads = [prompt["payload"] | {"further": each} for each in turned]
        await _send(player, choices, DIRECT, [prompt | {"payload": each} for each in payloads])


async def replay_images_alike(player: Player, choices: Choices) -> None:
    """Admit a prompt with an image, others under its id whose images are alike, and it again."""
    images = choices.mostly((IMAGES, ("b", "B", "bb")), (LONG_IMAGES_ALIKE,), 3)
    name = player.key(f"alike-{len(player.state.submissions)}")
    prompt = plain_prompt(player, name, "alike")
    await _send(player, choices, DIRECT, [with_images(prompt, "first", each) for each in images])


async def _send(player: Player, choices: Choices, name: str, inputs: list[dict[str, Any]]) -> None:
    """Send inputs under one id, and the first one again."""
    handle = choices.among((0, 1))
    for given in (*inputs, inputs[0]):
        await player.call(name, given, handle=handle)


def with_images(prompt: dict[str, Any], *images: str) -> dict[str, Any]:
    """Return the prompt with images of these data."""
    blocks = [{"type": "image", "data": data, "mimeType": "image/png"} for data in images]
    return {**prompt, "payload": {**prompt["payload"], "images": blocks}}


async def malformed(player: Player, choices: Choices) -> None:
    """Try to admit what is no input."""
    handle = choices.among((0, 1))
    for number in range(3):
        prompt = plain_prompt(player, player.key(f"malformed-{number}"), session(choices))
        choices.among(_MALFORMED_PROMPTS)(prompt, choices)
        await player.call(DIRECT, prompt, handle=handle)
        await player.call("submissions.get_submission", prompt["submissionId"])
    dispatch = plain(player, player.key("malformed"), session(choices))
    if choices.rarely(2):
        del dispatch["input"]
    else:
        dispatch[choices.among(("agent", "id", "session"))] = choices.among((5, None, ["a"], {}))
    await player.call(DISPATCH, dispatch, handle=handle)
    await player.call("submissions.get_submission", dispatch["dispatchId"])


async def at_no_time(player: Player, choices: Choices) -> None:
    """Try to admit at no time: something new, what is known, and what has a receipt."""
    handle = choices.among((0, 1))
    some: list[tuple[str, dict[str, Any]]] = [
        (DISPATCH, plain(player, player.key("timeless"), "one")),
        (DIRECT, plain_prompt(player, player.key("timeless"), "one")),
    ]
    if player.sent:
        some.append(copy.deepcopy(choices.among(player.sent[::-1])))
    receipts = list(player.state.receipts)
    if receipts:
        some.append((DISPATCH, plain(player, choices.among(receipts[-8:]), "one")))
    for name, given in some:
        given["acceptedAt"] = choices.among(NO_TIMES)
        await player.call(name, given, handle=handle)


def _spoil_the_message(given: dict[str, Any], choices: Choices) -> None:
    given["payload"]["message"] = choices.among((5, None, ["text"]))


def _drop_the_message(given: dict[str, Any], choices: Choices) -> None:
    del choices
    del given["payload"]["message"]


def _spoil_the_payload(given: dict[str, Any], choices: Choices) -> None:
    given["payload"] = choices.among((None, "text", ["text"]))


def _spoil_the_payloads_session(given: dict[str, Any], choices: Choices) -> None:
    given["payload"]["session"] = choices.among((None, 5, ["one"]))


def _spoil_the_images(given: dict[str, Any], choices: Choices) -> None:
    given["payload"]["images"] = choices.among(
        (
            [{"type": "image", "data": "AA=="}],
            [{"type": "text", "data": "AA==", "mimeType": "image/png"}],
            [{"type": "image", "data": 5, "mimeType": "image/png"}],
            choices.among((None, "none", {"0": {}}, ["AA=="])),
        )
    )


def _spoil_a_name(given: dict[str, Any], choices: Choices) -> None:
    given[choices.among(("agent", "id", "session"))] = choices.among((5, None))


_MALFORMED_PROMPTS = (
    _spoil_the_message,
    _drop_the_message,
    _spoil_the_images,
    _spoil_the_payload,
    _spoil_the_payloads_session,
    _spoil_the_images,
    _spoil_a_name,
)


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
    replay_alike,
    replay_images_alike,
)
