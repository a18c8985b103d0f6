"""The Lua scripts: each is one atomic step, and looks at everything before it writes anything.

Redis does not undo what a script wrote before it failed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final


@dataclass(frozen=True, slots=True)
class Script:
    """A script with what every script begins with, and the digest by which Redis knows it."""

    text: bytes
    digest: str


def _read() -> Mapping[str, Script]:
    folder = resources.files(__package__) / "lua"
    texts = {
        entry.name.removesuffix(".lua"): entry.read_bytes()
        for entry in folder.iterdir()
        if entry.name.endswith(".lua")
    }
    common = texts.pop("common")
    whole = {name: common + text for name, text in texts.items()}
    return {
        # SHA-1 is Redis' choice; it is no secret.
        name: Script(text, hashlib.sha1(text, usedforsecurity=False).hexdigest())
        for name, text in whole.items()
    }


SCRIPTS: Final = _read()
"""All scripts, by name."""
