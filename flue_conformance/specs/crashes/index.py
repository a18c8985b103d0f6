"""Pointers to runs whose process was killed: INDEX-20."""

from __future__ import annotations

from flue_conformance.bridge import Moment
from flue_conformance.specs.scenarios.kills import deaths, expect_whole, rehearse
from flue_conformance.specs.scenarios.snapshots import Sight
from flue_conformance.specs.scenarios.stories import Workflow, run_of
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


class Pointers(Workflow):
    """A workflow run, of which the pointer counts."""

    def sight(self, token: str) -> Sight:
        """Look at its pointer."""
        return Sight(token, pointers=(run_of(token),))


@verifies("INDEX-20")
@requires("persistent")
async def test_a_pointer_is_whole_after_a_kill_at_any_step(
    handle: Handle, workers: Workers
) -> None:
    story = Pointers()
    course = await rehearse(story, handle)
    moments = [Moment.BEFORE_REQUEST, Moment.AFTER_ANSWER]
    async for death, survivor in deaths(story, workers, handle, course, moments):
        await expect_whole(story, survivor, course, death)
