"""Going on while a server or the line to it is away: retries, and signs of life."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Final, TypeVar

from flue_conformance.specs.scenarios.contents import everything
from flue_conformance.specs.scenarios.steps import queue
from flue_conformance.specs.scenarios.values import create_run, session_data
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import attempted, errors
from flue_conformance.specs.support.shown import said

T = TypeVar("T")

AT_ONCE: Final = 32
"""How many calls are made at once: more than pools usually have connections."""
IN_TURN: Final = 3
"""How often each sort of write is made, one after the other."""


async def persistently(call: Callable[[], Awaitable[T]], limits: Limits, about: str) -> T:
    """Return what a call returns once it works; it is made again while it raises.

    Raises `BrokenRule` when it goes on raising for the time in which what must happen has happened.
    """
    deadline = time.monotonic() + limits.settle
    while True:
        try:
            return await call()
        except BrokenRule:
            raise
        except Exception as error:
            if time.monotonic() > deadline:
                raise BrokenRule(
                    about=about,
                    came_back=f"{type(error).__name__}, {said(error)}, after {limits.settle:g} s",
                    expected="a call that works within a bounded time",
                ) from error
        await asyncio.sleep(limits.poll)


async def read_at_once(handle: Handle, calls: int = AT_ONCE) -> list[Exception]:
    """Make calls at once that cannot get into each other's way; returns what they raised."""
    reads: list[Callable[[], Awaitable[object]]] = [
        lambda: handle.sessions.load("nobody"),
        lambda: handle.submissions.get_submission("nobody"),
        lambda: handle.submissions.get_stream_chunk_segments("nobody"),
        lambda: handle.runs.get_run("nobody"),
    ]
    made = (attempted(reads[number % len(reads)]) for number in range(calls))
    return errors(await asyncio.gather(*made))


async def works_again(handle: Handle, name: str, limits: Limits, about: str) -> None:
    """Return once all calls work: reads through every connection at once, and writes in turn.

    Nobody else writes meanwhile, so nothing that raises is contention. Raises `BrokenRule` when
    some still raise after the time in which what must happen has happened.
    """
    deadline = time.monotonic() + limits.settle
    for number in count():
        failed = await read_at_once(handle) or await _write_in_turn(handle, f"{name}-{number}")
        if not failed:
            return
        if time.monotonic() > deadline:
            raise BrokenRule(
                about=about,
                came_back=f"calls still raise after {limits.settle:g} s: "
                f"{type(failed[0]).__name__}, {said(failed[0])}",
                expected="an adapter that works again without being reopened",
            ) from failed[0]
        await asyncio.sleep(limits.poll)


async def contents(handle: Handle, name: str) -> dict[str, object]:
    """Return what a filled database holds, whatever the time."""
    seen = await everything(handle, name)
    # A lease may pass while a server is away.
    del seen["expired"]
    # What others queued or began in the meantime is looked at elsewhere.
    del seen["runnable"], seen["running"]
    return seen


async def _write_in_turn(handle: Handle, name: str) -> list[Exception]:
    """Write until a write raises; returns what it raised, if any."""
    for number in range(IN_TURN):
        for write in (_save_and_load, _queue, _append_and_read, _create_run):
            failed = errors([await attempted(partial(write, handle, f"{name}-{number}"))])
            if failed:
                return failed
    return []


async def _queue(handle: Handle, name: str) -> None:
    await queue(handle.submissions, name, session=name)


async def _create_run(handle: Handle, name: str) -> None:
    await handle.runs.create_run(create_run(name))


async def _save_and_load(handle: Handle, name: str) -> None:
    data = session_data(entries=[], leafId=None)
    await handle.sessions.save(name, data)
    _expect(await handle.sessions.load(name), data, "a session that was just saved")


async def _append_and_read(handle: Handle, name: str) -> None:
    await handle.submissions.append_stream_chunk_segment(name, 0, name)
    found = await handle.submissions.get_stream_chunk_segments(name)
    _expect([each.body for each in found], [name], "chunks that were just appended")


def _expect(actual: object, expected: object, about: str) -> None:
    if actual != expected:
        raise BrokenRule(about=about, came_back=repr(actual), expected=repr(expected))
