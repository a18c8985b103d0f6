"""Keys as long as a store has to take. ENCODING-08."""

from __future__ import annotations

from base64 import b64encode
from hashlib import shake_256
from typing import Final

from flue_conformance.contract import session_key

_KIBIBYTE: Final = 1024
# Noise, which no database makes smaller.
_NOISE: Final = b64encode(shake_256(b"long keys").digest(_KIBIBYTE)).decode()

INSTANCE: Final = "agent-1"


def long_key(ending: str) -> str:
    """Return a key of one KiB; those with other endings differ in these alone."""
    return _NOISE[: _KIBIBYTE - len(ending)] + ending


def long_session(ending: str) -> str:
    """Return the name of a session of `INSTANCE` whose session key is as long as that."""
    return long_key(ending)[len(session_key(INSTANCE, "")) :]
