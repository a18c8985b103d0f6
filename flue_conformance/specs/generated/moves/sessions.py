"""Moves of the session store."""

from __future__ import annotations

import copy
from itertools import count
from typing import Any, Final

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

_IMAGES_SINCE: Final = "0.11"


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
    text, taken = choices.among(JSON_TEXTS), {each["id"] for each in entries}
    added = (entry(number, text) for number in count(len(entries) + 40))
    # Others were dropped since, and what two entries of one id are is nobody's promise.
    entries.insert(place, next(each for each in added if each["id"] not in taken))


def _reverse(record: Any, choices: Choices) -> None:
    del choices
    record["entries"].reverse()


def _change_an_entry(record: Any, choices: Choices) -> None:
    """Change it by as few characters as can be, and leave its length; or add or drop a member."""
    if not record["entries"]:
        return
    changed = choices.among(record["entries"][:16])
    content = changed.get("message", {}).get("content")
    change = choices.among(range(3))
    if change == 0 and isinstance(content, str):
        changed["message"]["content"] = f"{content[:-1]}Z" if content else choices.among(JSON_TEXTS)
    elif change == 0 and isinstance(content, list) and content and "data" in content[-1]:
        content[-1]["data"] = f"{content[-1]['data'][:-1]}Z"
    elif change == 1:
        changed["timestamp"] = "2026-06-03T10:20:59.456Z"
    elif "further" in changed:
        del changed["further"]
    else:
        changed["further"] = choices.document()


_MEMBERS: Final[dict[str, tuple[Any, Any]]] = {
    "leafId": (None, "nowhere"),
    "version": (6, 0),
    "affinityKey": ("", "é"),
    "createdAt": ("2027-06-03T10:00:00.000Z", "2025-06-03T10:00:00Z"),
    "updatedAt": ("", "2025-06-03T10:00:00.000Z"),
    "metadata": ({}, {"note": None}),
}
"""Two values for each member beside the entries."""


def _replace_members(record: Any, choices: Choices) -> None:
    """Replace any of the members beside the entries by other values."""
    which = choices.among(range(1, 1 << len(_MEMBERS)))
    for number, (name, (one, other)) in enumerate(_MEMBERS.items()):
        if which >> number & 1:
            record[name] = other if record[name] == one else one


def _replace_the_metadata(record: Any, choices: Choices) -> None:
    record["metadata"] = {choices.among(JSON_TEXTS): choices.document()}


def _drop_all_entries(record: Any, choices: Choices) -> None:
    del choices
    record["entries"] = []


def _make_it_unstorable(record: Any, choices: Choices) -> None:
    bad = choices.among((object(), {1, 2}, b"bytes"))
    if record["entries"] and choices.rarely(2):
        record["entries"][-1]["further"] = bad
    else:
        record["metadata"] = {"note": bad}


_CHANGES = (
    _drop_an_entry,
    _put_an_entry_in,
    _change_an_entry,
    _replace_members,
    _reverse,
    _replace_members,
    _replace_the_metadata,
    _change_an_entry,
    _drop_all_entries,
    _make_it_unstorable,
)


async def save(player: Player, choices: Choices) -> None:
    """Save a record."""
    handle = choices.among((0, 1))
    await player.call(
        "sessions.save", _id(player, choices), _record(player, choices), handle=handle
    )


async def revise(player: Player, choices: Choices) -> None:
    """Save a record that is there with a change or two, and load it by the other handle."""
    found = _saved(player, choices)
    if found is None:
        return await save(player, choices)
    name, record = found
    handle = choices.among((0, 1))
    for _ in range(choices.among((1, 2))):
        record = _changed(record, choices)
    await player.call("sessions.save", name, record, handle=handle)
    await player.call("sessions.load", name, handle=1 - handle)
    return None


async def go_back(player: Player, choices: Choices) -> None:
    """Save another version of a record, by any handle, and then the earlier one again."""
    found = _saved(player, choices)
    if found is None:
        return await save(player, choices)
    name, record = found
    handle = choices.among((0, 1))
    by = choices.among((1 - handle, handle))
    for version, saving in ((record, handle), (_changed(record, choices), by), (record, handle)):
        await player.call("sessions.save", name, version, handle=saving)
        await player.call("sessions.load", name, handle=1 - handle)
    return None


async def begin_anew(player: Player, choices: Choices) -> None:
    """Delete a record, and save one under its id that has none of its entries."""
    found = _saved(player, choices)
    if found is None:
        return await save(player, choices)
    name, _ = found
    handle = choices.among((0, 1))
    await player.call("sessions.delete", name, handle=choices.among((0, 1)))
    if choices.rarely(2):
        await player.call("sessions.load", name, handle=1 - handle)
    record = session_data(entries=[entry(90, choices.among(JSON_TEXTS))], leafId=None)
    await player.call("sessions.save", name, record, handle=handle)
    await player.call("sessions.load", name, handle=1 - handle)
    return None


async def exchange_an_image(player: Player, choices: Choices) -> None:
    """Save images of a prompt or of a tool, and then others under the same entry."""
    name, handle = _id(player, choices), choices.among((0, 1))
    role = choices.among(({}, {"role": "toolResult", "toolCallId": "c", "toolName": "look"}))
    first = choices.mostly(IMAGES, LONG_IMAGES)
    others = [f"{number}" for number in range(choices.among((0, 1, 11)))]
    changed = [*others[:-1], "Z"] if others and choices.rarely(2) else others
    for images in ((first, *others), (first if changed != others else f"{first}Z", *changed)):
        made = image_entry(1, *images)
        made["message"] |= role
        record = session_data(entries=[made, image_entry(2, "b")])
        await player.call("sessions.save", name, record, handle=handle)
        await player.call("sessions.load", name, handle=1 - handle)


def _saved(player: Player, choices: Choices) -> tuple[str, Any] | None:
    """Return one of the records that are there, with its id."""
    names = list(player.state.sessions)[-8:]
    if not names:
        return None
    name = choices.among(names)
    return name, player.state.sessions[name].value


async def save_alike(player: Player, choices: Choices) -> None:
    """Save different records under ids that are alike, delete one perhaps, and load them."""
    handle, family = choices.among((0, 1)), choices.among(FAMILIES)
    for name in family:
        record = session_data(entries=[entry(1, name)], leafId=name)
        await player.call("sessions.save", player.key(name), record, handle=handle)
    if choices.rarely(2):
        await player.call("sessions.delete", player.key(choices.among(family)), handle=handle)
    for name in family:
        await player.call("sessions.load", player.key(name), handle=1 - handle)


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


MOVES = (
    save,
    revise,
    save,
    load_all,
    begin_anew,
    revise,
    save_alike,
    go_back,
    exchange_an_image,
    load,
    delete,
)
