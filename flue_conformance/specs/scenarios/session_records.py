"""Session records made for what they put to the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flue_conformance.contract import ImageBlock, JsonValue, SessionData
from flue_conformance.specs.scenarios.images import image_data
from flue_conformance.specs.scenarios.values import (
    ACCEPTED_INSTANT,
    ALIKE_TEXTS,
    image,
    session_data,
    session_entries,
)

ALIKE_IDS: Final = (
    *ALIKE_TEXTS,
    *("Key:é_1", "Key/é_1", "Key-é-1", "Key.é_1", "\uff2bey-é_1", "K\u200bey-é_1"),
    *("1", "01", "1.0"),
)
"""Ids that differ in case, accents, punctuation, width or spelling alone. SESSION-06."""

NUMBERS: Final = (
    *(0, -1, 1.5, 0.1, -0.001, 1e-7, 1e21, 5e-324, 1.7976931348623157e308),
    *(2**31, 2**32 + 1, 2**53 - 1, 1 - 2**53),
)
"""Numbers at the edges of what JSON holds. SESSION-02."""

STRINGS: Final = (
    "",
    "\0",
    "before\0after",
    "".join(map(chr, range(1, 32))),
    '" \\ / \x7f \x80 \x9f',
    "\\u0000 \\ud83d",
    "\u2028\u2029\ufeff\ufffd\uffff",
    "\U00010000\U0001f600\U0010ffff",
    "\ud83d",
    "\ude00\ud83d",
    "e\u0301 é trailing ",
)
"""What JSON strings may hold and a text column or a careless writer may not. SESSION-16."""

MEMBERS: Final = ("z", "a", "zz", "B", "é", "b", "A", "01", "", "10", "2")
"""Names of members, sorted neither by alphabet nor by length nor by case. SESSION-09."""


def user_entry(
    entry_id: str, content: JsonValue = "Go on.", **members: JsonValue
) -> dict[str, Any]:
    """Return an entry in which a user says something, with further members."""
    message = {"role": "user", "content": content, "timestamp": ACCEPTED_INSTANT}
    made = {"type": "message", "id": entry_id, "parentId": None, "timestamp": "2026-06-03"}
    return made | {"message": message} | members


def tool_result_entry(entry_id: str, content: JsonValue) -> dict[str, Any]:
    """Return an entry in which a tool answers."""
    entry = user_entry(entry_id, content)
    entry["message"] |= {"role": "toolResult", "isError": False}
    entry["message"] |= {"toolCallId": "call-1", "toolName": "screenshot"}
    return entry


def versioned(number: int) -> SessionData:
    """Return a record that says in each of its parts which version it is. SESSION-10.

    Neighbouring versions share ids of entries and differ in how many they have.
    """
    said = f"version {number}"
    entries = [user_entry(f"{place:08x}", said) for place in range(4 + number % 3 * 4)]
    return session_data(
        entries=entries, affinityKey=said, leafId=said, metadata={said: said}, updatedAt=said
    )


def with_members(names: Sequence[str]) -> SessionData:
    """Return a record with members of these names, in this order, in objects at every depth."""
    inner = dict.fromkeys(names)
    return session_data(
        metadata={**inner, "nested": {"deep": [inner]}},
        entries=[user_entry("00000001", [inner], **inner)],
    )


def saying(text: str) -> SessionData:
    """Return a record that says a text wherever a record holds text, but in entries' ids."""
    *_, summary = session_entries()
    entries = [
        user_entry("00000001", text, parentId=text, timestamp=text, directSubmissionId=text),
        user_entry("00000002", [{"type": "text", "text": text, text: text}]),
        summary | {"summary": text, "fromId": text, "details": {text: [text, {text: text}]}},
    ]
    return session_data(
        affinityKey=text,
        entries=entries,
        leafId=text,
        metadata={text: text, "nested": {text: [text]}},
        createdAt=text,
        updatedAt=text,
    )


def unstorable_records() -> dict[str, SessionData]:
    """Return records that are no JSON, by what is wrong with them. SESSION-12."""
    # The last entry is what a store that writes piece by piece comes to after all the others.
    last = versioned(2)
    last["entries"].append(user_entry("ffffffff", object()))  # type: ignore[arg-type]
    metadata = versioned(2)
    metadata["metadata"]["unstorable"] = {"bytes": b"bytes"}
    endless = versioned(2)
    endless["metadata"]["endless"] = endless["metadata"]
    return {
        "an object that is no JSON in its last entry": last,
        "bytes in its metadata": metadata,
        "metadata that contain themselves": endless,
    }


def unusual_records() -> dict[str, SessionData]:
    """Return records that the runtime would not write, by what is unusual. SESSION-13."""
    unknown = {"type": "unheard of", "id": "x", "parentId": "nowhere", "timestamp": "yesterday"}
    own_parent = user_entry("y", parentId="y") | {"message": {"role": "nobody"}}
    return {
        "version 0": session_data(version=0),
        "a negative version": session_data(version=-1),
        "a later version": session_data(version=2**53 - 1),
        "an empty affinity key": session_data(affinityKey=""),
        "an affinity key of another form": session_data(affinityKey="quote \" and 'é\u2028\0"),
        "no entries": session_data(entries=[]),
        "a leaf that points nowhere": session_data(leafId="ffffffff"),
        "an empty leaf": session_data(leafId=""),
        "times that are none": session_data(createdAt="", updatedAt="yesterday"),
        "entries of unknown kinds": session_data(entries=[unknown, own_parent]),
    }


def changing_images() -> dict[str, list[ImageBlock]]:
    """Return the images of an entry over several saves, by what a save changes. SESSION-19."""
    return {
        "saved first": [image(image_data(100, 1)), image(image_data(100, 2))],
        "of the same length with other data": [
            image(image_data(100, 3)),
            image(image_data(100, 2)),
        ],
        "swapped": [image(image_data(100, 2)), image(image_data(100, 3))],
        "longer than a stored piece": [image(image_data(300_000, 4)), image(image_data(100, 3))],
        "shorter again": [image(image_data(90, 4)), image(image_data(100, 3))],
        "fewer": [image(image_data(90, 4))],
        "left out": [],
    }


def album(number: int) -> SessionData:
    """Return a record with two images in two entries; their data depend on the number."""
    first, second = (image(image_data(50, number + place)) for place in range(2))
    return session_data(
        entries=[user_entry("00000001", [first]), tool_result_entry("00000002", [second])]
    )
