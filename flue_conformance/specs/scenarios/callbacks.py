"""Callbacks of session deletions, and deletions that share one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from flue_conformance.contract import AgentSubmissionStore
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits


@dataclass(slots=True)
class Callback:
    """A caller's own deletions: counts its calls, and does `act` in each."""

    act: Callable[[], Awaitable[object]] = nothing
    calls: int = 0
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        """Count the call and act."""
        self.calls += 1
        self.entered.set()
        await self.act()


def fails_at_once(error: Exception) -> Callable[[], Awaitable[None]]:
    """Return a callback that raises before there is anything to await."""

    def callback() -> Awaitable[None]:
        raise error

    return callback


def fails_later(error: Exception) -> Callable[[], Awaitable[None]]:
    """Return a callback that raises when it is awaited, after a turn of the loop."""

    async def callback() -> None:
        await asyncio.sleep(0)
        raise error

    return callback


def begin_deletion(
    submissions: AgentSubmissionStore, session_key: str, callback: Callback
) -> asyncio.Task[None]:
    """Begin a deletion in the next turn of the loop."""

    async def deletion() -> None:
        await submissions.delete_session(session_key, callback)

    return asyncio.create_task(deletion())


async def entered(callback: Callback, deletion: asyncio.Task[None]) -> None:
    """Wait until the deletion runs its callback.

    Raises what the deletion raised instead, and `BrokenRule` when it returned without a call.
    """
    waiting = asyncio.create_task(callback.entered.wait())
    await asyncio.wait([waiting, deletion], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not callback.entered.is_set():
        await deletion
        raise BrokenRule(
            about="a deletion's callback", came_back="no call", expected="a call of the callback"
        )


async def any_entered(
    callbacks: Sequence[Callback], deletions: Sequence[asyncio.Task[None]]
) -> None:
    """Wait until one of the callbacks is called, or one of the deletions ends."""
    waiting = [asyncio.create_task(callback.entered.wait()) for callback in callbacks]
    await asyncio.wait([*waiting, *deletions], return_when=asyncio.FIRST_COMPLETED)
    for waited in waiting:
        waited.cancel()


async def shared_deletion(
    submissions: AgentSubmissionStore,
    session_key: str,
    callbacks: Sequence[Callback],
    *,
    go_on: asyncio.Event,
    limits: Limits,
    expect: Expect,
) -> list[BaseException | None]:
    """Delete a session with each callback while the first one waits for `go_on`.

    Expects that none ends before, and that only the first callback is called; returns what became
    of the deletions. DELETION-10.
    """
    first, *others = callbacks
    deletions = [begin_deletion(submissions, session_key, first)]
    try:
        await entered(first, deletions[0])
        deletions += [begin_deletion(submissions, session_key, callback) for callback in others]
        early, _ = await asyncio.wait(deletions, timeout=limits.quiet)
        expect.equal(len(early), 0, "deletions that ended before the first callback")
    finally:
        go_on.set()
        outcomes = await asyncio.gather(*deletions, return_exceptions=True)
    calls = [callback.calls for callback in callbacks]
    expect.equal(calls, [1] + [0] * len(others), "calls of the callbacks, the first caller's first")
    return outcomes
