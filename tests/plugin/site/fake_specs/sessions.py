from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given

from flue_conformance.contract import InvalidOffset, SessionStore, StreamMissing
from flue_conformance.specs.scenarios.strategies import examples, texts
from flue_conformance.specs.scenarios.values import session_data
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import verifies


@verifies("SESSION-01")
async def test_an_unknown_session_is_none(sessions: SessionStore, expect: Expect) -> None:
    expect.none(await sessions.load("unknown"))


@verifies("SESSION-02")
async def test_a_saved_session_comes_back(sessions: SessionStore, expect: Expect) -> None:
    data = session_data()
    await sessions.save("one", data)

    expect.equal(await sessions.load("one"), data, "the saved session")


@verifies("SESSION-02")
@examples(10)
@given(session=texts(), others=texts())
async def test_any_id_finds_its_session(
    sessions: SessionStore, expect: Expect, session: str, others: str
) -> None:
    del others
    data = session_data()
    await sessions.save(session, data)

    expect.equal(await sessions.load(session), data)


@verifies("SESSION-09")
async def test_members_keep_their_order(sessions: SessionStore) -> None:
    data = session_data()
    await sessions.save("one", data)
    loaded = await sessions.load("one")

    assert list(loaded or ()) == list(data)


@verifies("SESSION-04")
async def test_an_unknown_session_can_be_deleted(sessions: SessionStore) -> None:
    await sessions.delete("unknown")


@verifies("SESSION-06")
def test_the_dice_fall_the_same_way_again() -> None:
    sys.stdout.write(f"dice: {random.randint(1, 10**9)}\n")


@verifies("SESSION-07")
async def test_a_wrong_kind_is_a_finding(expect: Expect) -> None:
    async def refuse() -> None:
        raise StreamMissing("there is no such stream")

    error = await expect.raises(refuse(), InvalidOffset, "the error of an unknown stream")
    expect.permitted({"one": True, "another": False}, came_back=error, about="the choice of kinds")


@verifies("SESSION-14")
def test_a_damaged_session_is_refused(planter: object) -> None:
    pytest.fail(f"there is no planter, and yet here is {planter}")
