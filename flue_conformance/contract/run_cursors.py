"""Run cursors: a position in the run registry's listing, as text. INDEX-15 to INDEX-19."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class RunCursor:
    """The position just after the pointer with this `started_at` and `run_id`.

    It is a position, not a reference: the pointer need not exist. INDEX-18.
    """

    started_at: str
    run_id: str

    def encode(self) -> str:
        """Return the cursor's text: URL-safe base64 without padding, readable by official stores.

        Characters beyond ASCII are escaped, so any run id has a cursor. INDEX-19.
        """
        members = {"s": self.started_at, "r": self.run_id}
        text = json.dumps(members, ensure_ascii=True, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")

    @classmethod
    def decode(cls, text: str | None) -> Self | None:
        """Read a cursor; None for absent, empty and malformed ones. INDEX-09, INDEX-17.

        Padding and both base64 alphabets are accepted.
        """
        if not text:
            return None
        standard = text.rstrip("=").replace("-", "+").replace("_", "/")
        padded = standard + "=" * (-len(standard) % 4)
        try:
            members = json.loads(base64.b64decode(padded, validate=True).decode("latin-1"))
        except (binascii.Error, ValueError, RecursionError):
            return None
        if not isinstance(members, dict):
            return None
        started_at, run_id = members.get("s"), members.get("r")
        if not isinstance(started_at, str) or not isinstance(run_id, str):
            return None
        return cls(started_at, run_id)
