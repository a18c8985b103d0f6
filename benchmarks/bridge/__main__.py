"""Times one call over the bridge and without it, and the start of a worker."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import reference_adapters
from flue_conformance.contract import PersistenceAdapter
from flue_conformance.harness import Births, Duty, Nursery, Subprocesses, Worker

_ADAPTER = "memory"
_EDITION = "0.11"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bridge", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="calls of each sort")
    parser.add_argument("--starts", type=int, default=10, help="workers of each sort")
    given = parser.parse_args()
    asyncio.run(_measure(given.calls, given.starts))


async def _measure(calls: int, starts: int) -> None:
    births: list[Births] = [Nursery(Duty(_ADAPTER)), Subprocesses(Duty(_ADAPTER))]
    try:
        here = reference_adapters.memory(edition=_EDITION)
        _print("a ping in this process", await _pings(here, calls))
        worker = Worker(births[0], "nowhere", _EDITION)
        _print("a ping over the bridge", await _pings(worker.adapter, calls))
        worker.end()
        for way in births:
            name = type(way).__name__
            begun, ended = await _starts(way, starts)
            _print(f"a worker of {name}, to its first answer", begun)
            _print(f"its end, of {name}", ended)
    finally:
        for way in births:
            way.close()


async def _pings(adapter: PersistenceAdapter, calls: int) -> list[float]:
    """Return the seconds of each of so many calls that read next to nothing."""
    await adapter.migrate()
    submissions = (await adapter.connect()).submissions
    await submissions.has_unsettled_submissions()
    taken = [await _timed(submissions.has_unsettled_submissions) for _ in range(calls)]
    await adapter.close()
    return taken


async def _starts(births: Births, starts: int) -> tuple[list[float], list[float]]:
    """Return the seconds that workers take to say who they are, and those of their ends."""
    begun, ended = [], []
    for number in range(starts + 1):
        began = time.perf_counter()
        worker = Worker(births, "nowhere", _EDITION)
        await worker.adapter.close()
        answered = time.perf_counter()
        worker.end()
        # The first one of a nursery waits for its imports.
        if number > 0:
            begun.append(answered - began)
            ended.append(time.perf_counter() - answered)
    return begun, ended


async def _timed(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began


def _print(what: str, seconds: list[float]) -> None:
    middle, worst = statistics.median(seconds), max(seconds)
    print(f"{what:<45} {middle * 1000:8.3f} ms (at most {worst * 1000:.3f})")


if __name__ == "__main__":
    main()
