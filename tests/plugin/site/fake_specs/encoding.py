from __future__ import annotations

import os

from flue_conformance.contract import SessionStore
from flue_conformance.specs.support.verifies import verifies


@verifies("ENCODING-03")
async def test_the_kit_itself_errs(sessions: SessionStore) -> None:
    await sessions.load("one")
    if os.environ.get("FLUE_FAKES_ERR"):
        raise KeyError("a mistake of the kit")
