"""Figures as lines of a terminal."""

from __future__ import annotations

from statistics import median

from benchmarks.adapters.scenario import Scenario
from benchmarks.adapters.timing import Timing

HEADER = (
    f"{'scenario':32}{'adapter':>10}{'driver':>10}{'ratio':>8}"
    f"{'half of the pairs':>20}{'at best':>9}{'per second':>12}"
)


def line(scenario: Scenario, timing: Timing) -> str:
    """Return the figures of one scenario under `HEADER`."""
    adapter, driver = median(timing.adapter), median(timing.driver)
    lower, upper = timing.middle_half
    return (
        f"{scenario.name:32}{_duration(adapter):>10}{_duration(driver):>10}{timing.ratio:>8.1f}"
        f"{f'{lower:.1f} to {upper:.1f}':>20}{timing.ratio_at_best:>9.1f}{1 / adapter:>12.1f}"
    )


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.0f} µs"
