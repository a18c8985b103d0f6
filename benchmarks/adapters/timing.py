"""Times of pairs: the adapter, then the bare driver, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.adapters.recording import replay
from benchmarks.adapters.scenario import Scenario, Turn
from benchmarks.adapters.twins import Twins


@dataclass(frozen=True, slots=True)
class Timing:
    """What both took, in seconds, pair by pair: a noisy moment of the machine meets both."""

    adapter: tuple[float, ...]
    driver: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as long as the bare driver the adapter takes, of the medians."""
        return median(self.adapter) / median(self.driver)

    @property
    def ratio_at_best(self) -> float:
        """The ratio of the shortest times: what a quiet machine would show.

        On a busy one the adapter, which hands its work to a thread, waits for the processor.
        """
        return min(self.adapter) / min(self.driver)

    @property
    def middle_half(self) -> tuple[float, float]:
        """Between which ratios half of the pairs lie."""
        ratios = sorted(a / d for a, d in zip(self.adapter, self.driver, strict=True))
        quarter = len(ratios) // 4
        return ratios[quarter], ratios[-1 - quarter]

    def as_json(self) -> dict[str, Any]:
        """Return the figures that a table shows, and how many pairs they are from."""
        return {
            "pairs": len(self.adapter),
            "adapterSeconds": median(self.adapter),
            "driverSeconds": median(self.driver),
            "ratio": self.ratio,
            "middleHalf": self.middle_half,
            "ratioAtBest": self.ratio_at_best,
            "perSecond": 1 / median(self.adapter),
        }


async def measure(scenario: Scenario, twins: Twins, *, rows: int, rounds: int, seed: int) -> Timing:
    """Time a scenario on its databases, after a pair that warms up."""
    random = Random(seed)  # noqa: S311 - texts for sessions
    pairs = int(min(rounds, scenario.at_most, rows - 1))
    adapter, driver = [], []
    for number in range(1 + pairs):
        call = await scenario.prepare(Turn(twins.stores, number, rows, random))
        replay(twins.driver, twins.recorder.take())
        start = perf_counter()
        await call()
        adapter.append(perf_counter() - start)
        statements = twins.recorder.take()
        start = perf_counter()
        replay(twins.driver, statements)
        driver.append(perf_counter() - start)
    return Timing(tuple(adapter[1:]), tuple(driver[1:]))
