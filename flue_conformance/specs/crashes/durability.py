"""What a killed process leaves behind, and how others go on: DURABILITY-01, -02 and -06."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from flue_conformance.bridge import Moment
from flue_conformance.specs.scenarios.kills import (
    BOUNDARIES,
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
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


async def expect_nothing_half_done(story: Story, handle: Handle, workers: Workers) -> None:
    """Expect whole effects of a story whose worker is killed at any step."""
    course = await rehearse(story, handle)
    async for death, survivor in deaths(story, workers, handle, course):
        expect_whole(await story.sight(death.token).view(survivor), course, death)


async def expect_work_to_go_on(
    story: Conversation,
    handle: Handle,
    workers: Workers,
    expect: Expect,
    boundaries: Iterable[Moment] = BOUNDARIES,
) -> None:
    """Expect whole effects, and that another process brings the work to one end."""
    story.streams = handle.stores.event_streams is not None
    course = await rehearse(story, handle)
    async for death, survivor in deaths(story, workers, handle, course, boundaries):
        expect_whole(await story.sight(death.token).view(survivor), course, death)
        await recover(story, survivor, death)
        await expect_one_end(story, survivor, death, expect)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_dispatch_with_tools_goes_on_after_a_kill_at_any_step(
    handle: Handle, workers: Workers, expect: Expect
) -> None:
    story = Conversation(tools=("shell", "read"))
    await expect_work_to_go_on(story, handle, workers, expect)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_dispatch_without_tools_goes_on_after_a_kill_at_any_step(
    handle: Handle, workers: Workers, expect: Expect
) -> None:
    # Beside a dispatch with tools its steps are new in their succession alone.
    boundaries = [Moment.AFTER_ANSWER]
    await expect_work_to_go_on(Conversation(), handle, workers, expect, boundaries)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_direct_prompt_goes_on_after_a_kill_at_any_step(
    handle: Handle, workers: Workers, expect: Expect
) -> None:
    boundaries = [Moment.BEFORE_ANSWER]
    await expect_work_to_go_on(Conversation(direct=True), handle, workers, expect, boundaries)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_stream_is_whole_after_a_kill_at_any_step_of_a_run(
    handle: Handle, workers: Workers
) -> None:
    if handle.stores.event_streams is None:
        pytest.skip("not applicable: edition 0.10 has no event streams")
    await expect_nothing_half_done(Workflow(), handle, workers)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_leases_are_renewed_all_or_none(handle: Handle, workers: Workers) -> None:
    await expect_nothing_half_done(Renewal(), handle, workers)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_takeover_moves_submission_and_journal_or_neither(
    handle: Handle, workers: Workers
) -> None:
    await expect_nothing_half_done(Takeover(), handle, workers)


@verifies("DURABILITY-01")
@verifies("DURABILITY-02")
@requires("persistent")
async def test_a_deletion_stops_between_its_phases_only(handle: Handle, workers: Workers) -> None:
    await expect_nothing_half_done(Deletion(), handle, workers)
