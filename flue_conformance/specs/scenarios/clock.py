"""The wall clock, where a spec has to tell instants apart."""

from __future__ import annotations

import asyncio

from flue_conformance.specs.scenarios.values import now

_STEP_S = 0.001
_COARSEST_MS = 16


async def clock_ticks() -> None:
    """Wait until an instant set from now on is another one than any that was set before."""
    await clock_reaches(now() + 2)


async def clock_moves_on() -> None:
    """Wait until whatever clock is asked tells a later instant than any that it told before."""
    await clock_reaches(now() + _COARSEST_MS)


async def clock_reaches(instant: int) -> None:
    """Wait until the wall clock shows at least `instant`, in milliseconds."""
    while now() < instant:  # noqa: ASYNC110 - clocks tell nobody
        await asyncio.sleep(_STEP_S)
