"""Section 3.1: session records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flue_conformance.contract import MAX_IMAGE_CHARACTERS, ImageTooLarge
from flue_conformance.model.documents import Document
from flue_conformance.model.relations import Moment, Raises
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps

_IMAGES_SINCE: Final = "0.11"


def save(state: State, at: Moment, id: str, data: Any) -> Steps:  # noqa: A002 - Flue's name
    """Replace the record whole."""
    del at
    try:
        document = Document.of(data)
    except (TypeError, ValueError):
        yield Step(state, Raises(), ("SESSION-12",))
        return
    if _has_a_large_image(data) and state.edition >= _IMAGES_SINCE:
        yield Step(state, Raises(ImageTooLarge), ("SESSION-20",))
    saved = replace(state, sessions=state.sessions.with_row(id, document))
    yield Step(saved, None, ("SESSION-02", "SESSION-03", "SESSION-13"))


def load(state: State, at: Moment, id: str) -> Steps:  # noqa: A002 - Flue's name
    """Return the record, or null."""
    del at
    if id in state.sessions:
        yield Step(
            state, state.sessions[id], ("SESSION-02", "SESSION-03", "SESSION-05", "SESSION-10")
        )
    else:
        yield Step(state, None, ("SESSION-01", "SESSION-04", "SESSION-10"))


def delete(state: State, at: Moment, id: str) -> Steps:  # noqa: A002 - Flue's name
    """Remove the record, if there is one."""
    del at
    yield Step(replace(state, sessions=state.sessions.without(id)), None, ("SESSION-04",))


def _has_a_large_image(data: Any) -> bool:
    for entry in data.get("entries", ()):
        content = entry.get("message", {}).get("content", ())
        for block in content if isinstance(content, list) else ():
            if block.get("type") == "image" and len(block.get("data", "")) > MAX_IMAGE_CHARACTERS:
                return True
    return False
