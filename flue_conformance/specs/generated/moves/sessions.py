"""Moves of the session store."""

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
    entry,
    image_entry,
)
from flue_conformance.specs.scenarios.values import session_data


def _id(player: Player, choices: Choices) -> str:
    name = choices.mostly(NAMES[:2], ALIKE_NAMES)
    known = [each for each in player.state.lanes if each.startswith("agent-session")]
    if known and choices.rarely(3):
        # The record of a session that has submissions.
        return choices.among(known[:8])
    return player.key(name)


def _record(player: Player, choices: Choices) -> Any:
    """Return a record: one that was saved before with a change, or a new one."""
    saved = [document.value for document in player.state.sessions.values()]
    if saved and choices.rarely(2):
        record: Any = choices.among(saved[:4])
        return _changed(record, choices)
    entries = choices.among(
        (
            [],
            [entry(1, "one")],
            [entry(number, f"number {number}") for number in range(12)],
            [entry(3, "three"), entry(1, "one"), entry(2, "two")],
            None,
        )
    )
    record = session_data(
        metadata={choices.among(("note", *JSON_TEXTS)): choices.document()},
        version=choices.among((5, 5, 6, 0)),
        affinityKey=choices.among(("aff_x", "", "é")),
        leafId=choices.among(("00000001", None, "nowhere")),
    )
    if entries is not None:
        record["entries"] = entries
    if choices.rarely(4):
        record["entries"] = [entry(1, choices.among(JSON_TEXTS))]
    if choices.rarely(4):
        first = choices.mostly(IMAGES, LONG_IMAGES, 3)
        others = [f"{number}" for number in range(choices.among((0, 1, 11)))]
        record["entries"] = [image_entry(1, first, *others)]
    return record


def _changed(record: Any, choices: Choices) -> Any:
    """Return a record with one change."""
    changed = copy.deepcopy(record)
    choices.among(_CHANGES)(changed, choices)
    return changed


def _drop_an_entry(record: Any, choices: Choices) -> None:
    if record["entries"]:
        record["entries"].remove(choices.among(record["entries"][:16]))


def _put_an_entry_in(record: Any, choices: Choices) -> None:
    entries = record["entries"]
    place = choices.among((len(entries) // 2, 0, len(entries)))
    entries.insert(place, entry(len(entries) + 40, choices.among(JSON_TEXTS)))


def _reverse(record: Any, choices: Choices) -> None:
    del choices
    record["entries"].reverse()


def _change_an_entry(record: Any, choices: Choices) -> None:
    """Change it by as few characters as can be, and leave its length."""
    if not record["entries"]:
        return
    changed = choices.among(record["entries"][:16])
    content = changed.get("message", {}).get("content")
    if choices.rarely(3):
        changed["timestamp"] = "2026-06-03T10:20:59.456Z"
    elif isinstance(content, str):
        changed["message"]["content"] = f"{content[:-1]}Z" if content else choices.among(JSON_TEXTS)
    elif isinstance(content, list) and content and "data" in content[-1]:
        content[-1]["data"] = f"{content[-1]['data'][:-1]}Z"
    else:
        changed.pop("source", None)
        changed["further"] = choices.document()


def _replace_a_member(record: Any, choices: Choices) -> None:
    record |= choices.among(
        (
            {"metadata": {}},
            {"metadata": {choices.among(JSON_TEXTS): choices.document()}},
            {"leafId": None},
            {"leafId": "nowhere"},
            {"version": 6},
            {"version": 0},
            {"affinityKey": ""},
            {"affinityKey": "é"},
            {"createdAt": "2027-06-03T10:00:00.000Z"},
            {"updatedAt": ""},
            {"entries": []},
        )
    )


def _make_it_unstorable(record: Any, choices: Choices) -> None:
    bad = choices.among((float("nan"), {1, 2}, b"bytes"))
    if record["entries"] and choices.rarely(2):
        record["entries"][-1]["further"] = bad
    else:
        record["metadata"] = {"note": bad}


_CHANGES = (
    _drop_an_entry,
    _put_an_entry_in,
    _change_an_entry,
    _replace_a_member,
    _reverse,
    _replace_a_member,
    _make_it_unstorable,
)


async def save(player: Player, choices: Choices) -> None:
    """Save a record."""
    handle = choices.among((0, 1))
    await player.call(
        "sessions.save", _id(player, choices), _record(player, choices), handle=handle
    )


async def save_alike(player: Player, choices: Choices) -> None:
    """Save different records under ids that are alike, and load them."""
    handle = choices.among((0, 1))
    for name in choices.among(FAMILIES):
        record = session_data(entries=[entry(1, name)], leafId=name)
        await player.call("sessions.save", player.key(name), record, handle=handle)
    await load_all(player, choices)


async def load(player: Player, choices: Choices) -> None:
    """Load a record."""
    handle = choices.among((0, 1))
    await player.call("sessions.load", _id(player, choices), handle=handle)


async def load_all(player: Player, choices: Choices) -> None:
    """Load all that was saved."""
    handle = choices.among((0, 1))
    for name in list(player.state.sessions)[:6]:
        await player.call("sessions.load", name, handle=handle)


async def delete(player: Player, choices: Choices) -> None:
    """Delete a record."""
    handle = choices.among((0, 1))
    await player.call("sessions.delete", _id(player, choices), handle=handle)


MOVES = (save, load_all, save, load_all, load, delete, save_alike)
