"""Attempts, leases and races across languages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from flue_conformance.contract import ReadEventsOpts, StreamClosed, SubmissionLease, kind_of
from flue_conformance.specs.scenarios import (
    admission_races,
    chunk_races,
    claim_races,
    queue_races,
    session_races,
    stream_races,
)
from flue_conformance.specs.scenarios.steps import begin_turn, queue, start
from flue_conformance.specs.scenarios.storm import expect_orderly, storm
from flue_conformance.specs.scenarios.values import attempt, claim, now
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ledger import Ledger

from .conftest import Open, Pair, Shared

Roles = Callable[[Shared], tuple[Open, Open]]
Race = Callable[[list[Handle], Expect, int], Awaitable[None]]

RACES: dict[str, Race] = {
    "claims": claim_races.race_claims,
    "identical dispatches": admission_races.race_identical_dispatches,
    "identical prompts": admission_races.race_identical_prompts,
    "different inputs": admission_races.race_different_inputs,
    "different messages": admission_races.race_different_messages,
    "chunks": chunk_races.race_chunks,
    "first saves": session_races.race_first_saves,
    "saves over a record": session_races.race_saves_over_a_record,
    "admissions with turns": queue_races.race_admissions_with_turns,
}
STREAM_RACES: dict[str, Race] = {
    "appends": stream_races.race_appends,
    "appends with closes": stream_races.race_appends_with_closes,
}


async def opened(shared: Shared) -> list[Handle]:
    """Return two handles of each language."""
    return [await each() for each in (shared.npm, shared.python, shared.npm, shared.python)]


def test_a_claim_and_its_lease_are_honoured(pair: Pair, roles: Roles) -> None:
    async def act(shared: Shared) -> None:
        open_mine, open_theirs = roles(shared)
        mine, theirs = (await open_mine()).submissions, (await open_theirs()).submissions
        await queue(mine, "first")
        await queue(mine, "second")

        running = await start(mine, "first", lease_ms=30_000)

        assert await theirs.claim_submission(claim("first")) is None
        assert await theirs.claim_submission(claim("second")) is None
        assert await theirs.list_running_submissions() == [running]
        assert await theirs.list_runnable_submissions() == []
        assert await theirs.list_expired_submissions() == []

    pair.run(act)


def test_an_expired_attempt_is_taken_over_with_its_journal(pair: Pair, roles: Roles) -> None:
    async def act(shared: Shared) -> None:
        open_mine, open_theirs = roles(shared)
        mine, theirs = (await open_mine()).submissions, (await open_theirs()).submissions
        await queue(mine)
        running = await start(mine, lease_ms=-1)
        journal = await begin_turn(mine)
        assert await theirs.list_expired_submissions() == [running]
        assert await theirs.get_turn_journal("dispatch-1") == journal

        lease = SubmissionLease("theirs", now() + 30_000)
        taken = await theirs.replace_turn_journal_attempt(attempt(), "attempt-2", lease)

        assert taken is not None
        assert await mine.get_submission("dispatch-1") == taken
        assert await mine.list_expired_submissions() == []
        assert not await mine.update_turn_journal_phase(attempt(), "provider_started")
        assert not await mine.complete_submission(attempt())
        moved = await mine.get_turn_journal("dispatch-1")
        assert moved is not None
        assert (moved.attempt_id, moved.revision) == ("attempt-2", journal.revision + 1)
        assert await theirs.complete_submission(attempt("dispatch-1", "attempt-2"))
        assert not await mine.has_unsettled_submissions()

    pair.run(act)


def test_leases_are_renewed_for_the_owner_whoever_claimed(pair: Pair, roles: Roles) -> None:
    async def act(shared: Shared) -> None:
        open_mine, open_theirs = roles(shared)
        mine, theirs = (await open_mine()).submissions, (await open_theirs()).submissions
        await queue(mine)
        await start(mine, owner_id="one owner", lease_ms=-1)

        await theirs.renew_leases("another", ["dispatch-1"])
        assert len(await mine.list_expired_submissions()) == 1
        await theirs.renew_leases("one owner", ["dispatch-1"])
        assert await mine.list_expired_submissions() == []

    pair.run(act)


def test_a_stream_is_one(pair: Pair, roles: Roles) -> None:
    if pair.edition == "0.10":
        pytest.skip("edition 0.10 has no streams")

    async def act(shared: Shared) -> None:
        open_mine, open_theirs = roles(shared)
        mine, theirs = (await open_mine()).streams, (await open_theirs()).streams
        await mine.create_stream("runs/1")
        offsets = [
            await each.append_event("runs/1", {"n": number})
            for number, each in enumerate((mine, theirs, mine, theirs))
        ]

        assert offsets == sorted(set(offsets))
        assert await mine.read_events("runs/1") == await theirs.read_events("runs/1")
        from_the_second = ReadEventsOpts(offset=offsets[1])
        assert await mine.read_events("runs/1", from_the_second) == await theirs.read_events(
            "runs/1", from_the_second
        )
        await theirs.close_stream("runs/1")
        with pytest.raises(Exception, match="closed") as caught:
            await mine.append_event("runs/1", {})
        assert kind_of(caught.value) == StreamClosed.kind

    pair.run(act)


@pytest.mark.parametrize("race", [*RACES, *STREAM_RACES])
def test_races_have_one_outcome(pair: Pair, race: str) -> None:
    if race in STREAM_RACES and pair.edition == "0.10":
        pytest.skip("edition 0.10 has no streams")

    async def act(shared: Shared) -> None:
        await (RACES | STREAM_RACES)[race](await opened(shared), Expect(Ledger()), 6)

    pair.run(act)


def test_a_storm_of_both_is_orderly(pair: Pair) -> None:
    random.seed(1)

    async def act(shared: Shared) -> None:
        handles = await opened(shared)
        async with asyncio.timeout(60):
            watch = await storm(handles, sessions=3, steps=30)
            await expect_orderly(watch, handles, Expect(Ledger()))

    pair.run(act)
