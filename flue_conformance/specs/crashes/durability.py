"""What a killed process leaves behind, and how others go on: DURABILITY-01, -02 and -06."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from flue_conformance.bridge import Moment, PeerGone
from flue_conformance.harness import Cut
from flue_conformance.specs.scenarios.contents import fill, work_and_sessions
from flue_conformance.specs.scenarios.kills import (
    EVERYWHERE,
    MOST_PAUSES,
    Story,
    deaths,
    expect_whole,
    rehearse,
)
from flue_conformance.specs.scenarios.recovering import expect_one_end, recover
from flue_conformance.specs.scenarios.stories import (
    Conversation,
    Deletion,
    Renewal,
    Takeover,
    Workflow,
)
from flue_conformance.specs.scenarios.zombies import (
    LATE_WRITES,
    come_back_from_a_kill,
    come_back_from_a_stop,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


async def expect_nothing_half_done(
    story: Story, handle: Handle, workers: Workers, effort: int
) -> None:
    """Expect whole effects of a story whose worker is killed at any step."""
    course = await rehearse(story, handle)
    async for death, survivor in deaths(story, workers, handle, course, effort=effort):
        await expect_whole(story, survivor, course, death)


async def expect_work_to_go_on(
    story: Conversation,
    handle: Handle,
    workers: Workers,
    expect: Expect,
    moments: Iterable[Moment] = EVERYWHERE,
    *,
    effort: int = 1,
) -> None:
    """Expect whole effects, and that another process brings the work to one end."""
    story.streams = handle.stores.event_streams is not None
    course = await rehearse(story, handle)
    async for death, survivor in deaths(story, workers, handle, course, moments, effort=effort):
        await expect_whole(story, survivor, course, death)
        await recover(story, survivor, death)
        await expect_one_end(story, survivor, death, expect)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_leases_are_renewed_all_or_none(
    handle: Handle, workers: Workers, effort: int
) -> None:
    await expect_nothing_half_done(Renewal(), handle, workers, effort)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_takeover_moves_submission_and_journal_or_neither(
    handle: Handle, workers: Workers, effort: int
) -> None:
    await expect_nothing_half_done(Takeover(), handle, workers, effort)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_deletion_stops_between_its_phases_only(
    handle: Handle, workers: Workers, effort: int
) -> None:
    await expect_nothing_half_done(Deletion(), handle, workers, effort)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_stream_is_whole_after_a_kill_at_any_step_of_a_run(
    handle: Handle, workers: Workers, effort: int
) -> None:
    if handle.stores.event_streams is None:
        pytest.skip("not applicable: edition 0.10 has no event streams")
    await expect_nothing_half_done(Workflow(), handle, workers, effort)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_direct_prompt_goes_on_after_a_kill_at_any_step(
    handle: Handle, workers: Workers, expect: Expect
) -> None:
    moments = [Moment.BEFORE_ANSWER]
    await expect_work_to_go_on(Conversation(direct=True), handle, workers, expect, moments)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_dispatch_without_tools_goes_on_after_a_kill_at_any_step(
    handle: Handle, workers: Workers, expect: Expect
) -> None:
    # Beside a dispatch with tools its steps are new in their succession alone.
    moments = [Moment.AFTER_ANSWER]
    await expect_work_to_go_on(Conversation(), handle, workers, expect, moments)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_dispatch_with_tools_goes_on_after_a_kill_at_any_step(
    handle: Handle, workers: Workers, expect: Expect, effort: int
) -> None:
    story = Conversation(tools=("shell", "read"))
    await expect_work_to_go_on(story, handle, workers, expect, effort=effort)


@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_migration_that_was_killed_is_made_again(
    empty_workers: Workers, expect: Expect
) -> None:
    await migrate_until_one_survives(empty_workers)
    [handle] = await empty_workers.open(1)
    await fill(handle)
    before = await work_and_sessions(handle)

    await migrate_until_one_survives(empty_workers)

    [other] = await empty_workers.open(1)
    seen = await work_and_sessions(other)
    expect.equal(seen, before, "what was there before further migrations were killed")


async def migrate_until_one_survives(workers: Workers) -> None:
    """Kill one migration after the other on the same place, each a step later."""
    for moment in (Moment.INSIDE, Moment.BEFORE_ANSWER):
        for number in range(1, MOST_PAUSES):
            worker = workers.start(Cut(moment, number, "adapter.migrate"))
            try:
                await workers.adapter(worker).migrate()
                break
            except PeerGone as gone:
                if not gone.intended:
                    raise
                workers.died(worker)
            finally:
                worker.end()


@verifies("DURABILITY-06")
@requires("persistent")
async def test_a_stopped_process_comes_back_after_the_takeover(
    workers: Workers, expect: Expect
) -> None:
    await come_back_from_a_stop(workers, expect, LATE_WRITES)


@verifies("DURABILITY-06")
@requires("persistent")
async def test_the_attempts_of_a_killed_process_come_back_after_the_takeover(
    workers: Workers, expect: Expect
) -> None:
    await come_back_from_a_kill(workers, expect, LATE_WRITES)
