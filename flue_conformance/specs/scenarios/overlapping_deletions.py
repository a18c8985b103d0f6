"""Deletions of one session through two stores, held in their callbacks. DELETION-12."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from flue_conformance.contract import AgentSubmissionStore, session_key
from flue_conformance.specs.scenarios.callbacks import Callback, begin_deletion, entered
from flue_conformance.specs.scenarios.traces import settle_dispatch
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.limits import Limits

_SESSIONS: Final = ("the earlier ends first", "the later ends first")

_HEARING: Final = 20
"""How many quiet times a deletion may take to find out about another one that is held."""


class HeldDeletion:
    """A deletion whose callback waits until it is let go, at the latest when `closing` ends."""

    def __init__(
        self, submissions: AgentSubmissionStore, session: str, closing: AsyncExitStack
    ) -> None:
        self._go_on = asyncio.Event()
        self._error: Exception | None = None
        self.callback = Callback(self._act)
        self.task = begin_deletion(submissions, session_key("agent-1", session), self.callback)
        closing.push_async_callback(self._close)

    @property
    def in_callback(self) -> bool:
        """Whether it holds the session right now."""
        return self.callback.entered.is_set() and not self.task.done()

    def let_go(self, error: Exception | None = None) -> None:
        """Let the callback end, with this error if there is one."""
        self._error = error
        self._go_on.set()

    async def succeeded(self) -> bool:
        """Return once the deletion has ended; False when it was refused before its callback ran.

        Raises what it raised afterwards.
        """
        try:
            await self.task
        except BrokenRule:
            raise
        except Exception:
            if self.callback.calls:
                raise
            return False
        return True

    async def _act(self) -> None:
        await self._go_on.wait()
        if self._error is not None:
            raise self._error

    async def _close(self) -> None:
        self._go_on.set()
        await asyncio.gather(self.task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two deletions of one session: one that is to end while the other is held."""

    session: str
    ending: HeldDeletion
    held: HeldDeletion


@asynccontextmanager
async def overlapping_deletions(
    first: AgentSubmissionStore, second: AgentSubmissionStore, limits: Limits
) -> AsyncIterator[Sequence[Overlap]]:
    """Delete two sessions, each through both stores: in one the earlier deletion ends first.

    Each session has one settled dispatch, whose id is the session's name. The earlier deletions
    are in their callbacks; whether the later ones get there meanwhile is the adapter's affair.
    """
    async with AsyncExitStack() as closing:
        earlier, later = [], []
        for session in _SESSIONS:
            await settle_dispatch(first, session, session=session)
            earlier.append(HeldDeletion(first, session, closing))
            await entered(earlier[-1].callback, earlier[-1].task)
            later.append(HeldDeletion(second, session, closing))
        await _entered_or_quiet(later, limits)
        yield [
            Overlap(_SESSIONS[0], ending=earlier[0], held=later[0]),
            Overlap(_SESSIONS[1], ending=later[1], held=earlier[1]),
        ]


async def ended_or_quiet(overlaps: Sequence[Overlap], limits: Limits) -> None:
    """Wait until those that are to end first have ended, or seem to wait for the held ones."""
    tasks = [overlap.ending.task for overlap in overlaps]
    await asyncio.wait(tasks, timeout=_HEARING * limits.quiet)


async def _entered_or_quiet(deletions: Sequence[HeldDeletion], limits: Limits) -> None:
    """Wait until the deletions are in their callbacks or over, or seem to wait for others."""
    entries = [asyncio.create_task(entered(each.callback, each.task)) for each in deletions]
    await asyncio.wait(entries, timeout=limits.quiet)
    for entry in entries:
        entry.cancel()
    await asyncio.gather(*entries, return_exceptions=True)
