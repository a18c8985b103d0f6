"""Power loss and failing disks: DURABILITY-10."""

from __future__ import annotations

from flue_conformance.specs.scenarios.failing_disks import SYNCS, WRITES, fail_some
from flue_conformance.specs.scenarios.power_loss import (
    DELETION,
    acknowledged,
    kind_of_a_replay,
    readable,
)
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.power import Recorder
from flue_conformance.specs.support.verifies import requires, verifies


async def lose_power(recorder: Recorder, expect: Expect) -> None:
    """Expect all that was acknowledged in what the power leaves at some moments."""
    recorded = await recorder.start()
    done = await acknowledged(recorded)
    trace = await recorded.end()

    numbers = [each.answer for each in done]
    for image in recorder.images(trace, numbers):
        before = [each for each in done if each.answer <= image.answered]
        if not before:
            continue
        last = before[-1]
        running = done[len(before)] if image.running else last
        about = f"when the power went after {last.name} had returned"
        if image.running:
            about += f" and during {running.name}"
        async with recorder.opened(image, about, running.called) as handle:
            seen = await readable(handle)
            for what, expected in last.state.items():
                # What the call that runs is about to change may be there or not.
                if running.state[what] == expected:
                    expect.equal(seen[what], expected, f"{what} {about}; {image.how}")
            if any(each.name == DELETION for each in before):
                kind = await kind_of_a_replay(handle.submissions)
                expect.equal(kind, "retained_receipt", f"a replay {about}; {image.how}")


@verifies("DURABILITY-10")
@requires("file")
async def test_what_was_acknowledged_outlives_a_power_loss(
    recorder: Recorder, expect: Expect, effort: int
) -> None:
    for _ in range(effort):
        await lose_power(recorder, expect)


@verifies("DURABILITY-10")
@requires("file")
async def test_a_full_disk_takes_nothing_that_was_acknowledged(
    recorder: Recorder, expect: Expect, effort: int
) -> None:
    for _ in range(effort):
        await fail_some(recorder, expect, WRITES, "ENOSPC", every=25)


@verifies("DURABILITY-10")
@requires("file")
async def test_a_failing_sync_takes_nothing_that_was_acknowledged(
    recorder: Recorder, expect: Expect, effort: int
) -> None:
    for _ in range(effort):
        await fail_some(recorder, expect, SYNCS, "EIO", every=4)
