from __future__ import annotations

from flue_conformance.specs.scenarios.values import session_data
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import requires, verifies


@verifies("CLAIM-03")
async def test_all_handles_are_on_one_database(
    handles: list[Handle], peer: Handle, expect: Expect
) -> None:
    await handles[0].sessions.save("one", session_data())

    for handle in (*handles, peer):
        expect.false(await handle.sessions.load("one") is None)


@requires("persistent")
@verifies("CLAIM-02")
async def test_what_is_stored_outlives_the_adapter() -> None:
    pass


@requires("server")
@verifies("CLAIM-02")
async def test_a_server_is_asked() -> None:
    raise AssertionError("there is none")
