"""Inputs that admission refuses, and what to overwrite to make a good one such.

Each is a set of members that take the place of a good input's own; `MISSING` takes one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

from flue_conformance.contract import MAX_IMAGE_CHARACTERS
from flue_conformance.rules import CATALOGUE
from flue_conformance.specs.scenarios.images import image_data
from flue_conformance.specs.scenarios.values import image

Input = TypeVar("Input")
Changes: TypeAlias = Mapping[str, Any]

MISSING: Final = object()

_ANYBODY: Final[dict[str, Changes]] = {
    "an agent that is a number": {"agent": 42},
    "an agent that is null": {"agent": None},
    "no agent": {"agent": MISSING},
    "an instance id that is a number": {"id": 1},
    "an instance id that is a list": {"id": ["agent-1"]},
    "no instance id": {"id": MISSING},
    "a session that is null": {"session": None},
    "a session that is an object": {"session": {"name": "default"}},
    "a session that is true": {"session": True},
    "no session": {"session": MISSING},
}

DISPATCHES: Final[dict[str, Changes]] = {**_ANYBODY, "no input": {"input": MISSING}}
"""Dispatches that are structurally invalid. ADMISSION-13."""

DIRECTS: Final[dict[str, Changes]] = {
    **_ANYBODY,
    "a payload that is text": {"payload": "What is left to do?"},
    "a payload that is null": {"payload": None},
    "a payload that is a list": {"payload": [{"message": "What is left to do?"}]},
    "no payload": {"payload": MISSING},
    "a payload without a message": {"payload": {}},
    "a message that is null": {"payload": {"message": None}},
    "a message that is a number": {"payload": {"message": 0}},
    "a message that is an object": {"payload": {"message": {"text": "?"}}},
}
"""Direct inputs that are structurally invalid. ADMISSION-13."""

PAYLOAD_SESSIONS: Final[dict[str, Changes]] = {
    f"a payload session that is {value!r}": {"payload": {"message": "Go on.", "session": value}}
    for value in (None, 0, True, ["default"], {"name": "default"})
}
"""Direct inputs whose payload names no session; edition 0.10. ADMISSION-16."""


def _showing(images: object) -> Changes:
    return {"payload": {"message": "What do they show?", "images": images}}


IMAGES: Final[dict[str, Changes]] = {
    "images that are null": _showing(None),
    "images that are an object": _showing(dict(image())),
    "images that are text": _showing("aGVsbG8="),
    "an image that is null": _showing([image(), None]),
    "an image that is text": _showing(["aGVsbG8="]),
    "an image of another type": _showing([image() | {"type": "audio"}]),
    "an image without a type": _showing([{"data": "aGVsbG8=", "mimeType": "image/png"}]),
    "an image without data": _showing([{"type": "image", "mimeType": "image/png"}]),
    "an image whose data are null": _showing([image() | {"data": None}]),
    "an image whose data are a number": _showing([image() | {"data": 0}]),
    "an image without a media type": _showing([{"type": "image", "data": "aGVsbG8="}]),
    "an image whose media type is null": _showing([image() | {"mimeType": None}]),
    "a bad image after good ones": _showing([image(), image(), {"type": "image"}]),
}
"""Direct inputs with images that are none; edition 0.11. ADMISSION-18."""


def too_large_an_image() -> Changes:
    """Return what makes a direct input carry an image one character over the limit."""
    return _showing([image(), image(image_data(MAX_IMAGE_CHARACTERS + 1))])


def direct_inputs(edition: str) -> dict[str, Changes]:
    """Return what no direct input may be in this edition. ADMISSION-13, -16, -18."""
    inputs = dict(DIRECTS)
    if CATALOGUE["ADMISSION-16"].holds_in(edition):
        inputs |= PAYLOAD_SESSIONS
    if CATALOGUE["ADMISSION-18"].holds_in(edition):
        inputs |= IMAGES
    return inputs


def spoiled(good: Input, changes: Changes) -> Input:
    """Return a copy of an input with these members changed or taken away."""
    members = dict(cast("dict[str, Any]", good)) | dict(changes)
    return cast("Input", {name: value for name, value in members.items() if value is not MISSING})
