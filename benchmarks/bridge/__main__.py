"""Times one call over the bridge and without it, and the start of a worker."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from benchmarks.bridge.at_once import EDITION, AtOnce, in_another_process
from flue_conformance.backends import Settings
from flue_conformance.backends.discovery import select
from flue_conformance.contract import PersistenceAdapter
from flue_conformance.harness import Births, Duty, Nursery, Subprocesses, Worker

_ADAPTER = "memory"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bridge", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="calls of each sort")
    parser.add_argument("--starts", type=int, default=10, help="workers of each sort")
    parser.add_argument(
        "--adapter",
        action="append",
        default=[],
        help="ping this one too, such as npm:@flue/runtime@0.11.1#sqlite?memory",
    )
    given = parser.parse_args()
    _print("a ping in this process", asyncio.run(_pings(AtOnce(), given.calls)))
    with in_another_process() as adapter:
        _print("a ping over the bridge", asyncio.run(_pings(adapter, given.calls)))
    for name in given.adapter:
        _print(f"a ping of {name}", asyncio.run(_pings_of(name, given.calls)))
    ways: list[type[Nursery | Subprocesses]] = [Nursery, Subprocesses]
    for way in ways:
        births = way(Duty(_ADAPTER))
        try:
            begun, ended = asyncio.run(_starts(births, given.starts))
        finally:
            births.close()
        _print(f"a worker of {way.__name__}, to its first answer", begun)
        _print(f"its end, of {way.__name__}", ended)


async def _pings(adapter: PersistenceAdapter, calls: int) -> list[float]:
    """Return the seconds of each of so many calls that do nothing."""
    await adapter.migrate()
    submissions = (await adapter.connect()).submissions
    await submissions.has_unsettled_submissions()
    taken = [await _timed(submissions.has_unsettled_submissions) for _ in range(calls)]
    await adapter.close()
    return taken


async def _pings_of(name: str, calls: int) -> list[float]:
    """Return the same of an installed adapter on a fresh database."""
    (backend,) = select([name], Settings())
    await backend.start()
    try:
        location = await backend.create()
        taken = await _pings(backend.adapter(location, max(backend.editions)), calls)
        await backend.drop(location)
    finally:
        await backend.stop()
    return taken


async def _starts(births: Births, starts: int) -> tuple[list[float], list[float]]:
    """Return the seconds that workers take to say who they are, and those of their ends."""
    begun, ended = [], []
    for number in range(starts + 1):
        began = time.perf_counter()
        worker = Worker(births, "nowhere", EDITION)
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
    print(f"{what:<50} {middle * 1000:8.3f} ms (at most {worst * 1000:.3f})")


if __name__ == "__main__":
    main()
