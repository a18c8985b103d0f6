"""Session keys: the name under which a submission's session is stored. ADMISSION-03."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flue_conformance.contract.constants import SUBMISSION_HARNESS
from flue_conformance.contract.json_text import json_text

_PREFIX: Final = "agent-session:"


# Adapters ask again for each submission that they read.
@lru_cache(maxsize=1024, typed=True)
def session_key(instance_id: str, session: str) -> str:
    """Return the key of `session` of the agent instance, whatever characters they contain."""
    return _PREFIX + json_text([instance_id, SUBMISSION_HARNESS, session])
