"""Workers some of whose system calls fail, and what has to be there afterwards."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Final

from flue_conformance.harness.power import Fault
from flue_conformance.specs.scenarios.power_loss import Effect, independent_effects
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.power import Recorder
from flue_conformance.specs.support.racing import attempted

WRITES: Final = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "ftruncate", "fallocate")
SYNCS: Final = ("fsync", "fdatasync")
_ANSWERS: Final = ("write", "writev")
_ROUNDS: Final = 5


async def fail_some(
    recorder: Recorder, expect: Expect, names: Sequence[str], error: str, every: int
) -> None:
    """Have some system calls fail, of those that a first, undisturbed worker was seen to make."""
    effects = independent_effects(_ROUNDS)
    undisturbed = await recorder.start()
    begun = undisturbed.answered
    for effect in effects:
        await undisturbed.unreported(effect.act)
    made = (await undisturbed.end()).faults(begun)

    faults = [
        # Answers are written too, so of what may write them only the one call may fail.
        Fault(name, error, random.choice(made[name][:every]), 0 if name in _ANSWERS else every)  # noqa: S311 - it repeats from the seed
        for name in names
        if name in made
    ]
    if faults:
        await _expect_the_truth(recorder, expect, effects, faults)


async def _expect_the_truth(
    recorder: Recorder, expect: Expect, effects: Sequence[Effect], faults: Sequence[Fault]
) -> None:
    """Expect each call to raise, or its effect to be there, also when the power goes afterwards."""
    failed = " and ".join(fault.call for fault in faults)
    about = f"after some calls of {failed} had failed with {faults[0].error}"
    started = await attempted(partial(recorder.start, *faults))
    if started.value is None:
        # Another run of the same program may reach the calls earlier: it did not get that far.
        return
    recorded = started.value
    done: dict[Effect, int] = {}
    for effect in effects:
        racer = await attempted(partial(effect.act, recorded.handle))
        if racer.error is None:
            done[effect] = recorded.answered
    trace = await recorded.end()

    async with recorder.read(recorded.database, about, recorded.called) as handle:
        for effect in effects:
            seen = await effect.look(handle)
            if effect in done:
                expect.equal(seen, effect.present, f"{effect.name}, which had returned, {about}")
            else:
                allowed = [effect.absent, effect.present]
                expect.one_of(seen, allowed, f"{effect.name}, which had raised, {about}")
    numbers = list(done.values())
    for image in recorder.images(trace, numbers):
        lost = f"when the power went {about}"
        async with recorder.opened(image, lost, recorded.called) as handle:
            for effect, number in done.items():
                if number <= image.answered:
                    expect.equal(
                        await effect.look(handle),
                        effect.present,
                        f"{effect.name}, which had returned, {lost}; {image.how}",
                    )
