"""Deleting a session: a marker, the caller's own deletions, then the session's settled work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar
from uuid import uuid4

from flue_adapter_redis.submissions.deletion_steps import DeletionRef, DeletionSteps
from flue_conformance.contract import Storage

T = TypeVar("T")

DeleteSessionTree: TypeAlias = Callable[[], Awaitable[None]]

_SILENCE_S: Final = 2.0
"""A deletion that does not beat for so long is gone, with its process."""
_BEAT_S: Final = _SILENCE_S / 16


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    callers: int = 0


class SessionDeletions:
    """The session deletions of one store.

    The marker of a session belongs to all deletions of it that are running, in any process, and
    goes with the last of them. Each keeps beating, so that one which fails leaves the others their
    marker, and one that died with its process holds nobody up. DELETION-12, DELETION-13.
    """

    def __init__(self, steps: DeletionSteps) -> None:
        self._steps = steps
        self._running: dict[str, _Running] = {}

    async def delete(self, session_key: str, delete_session_tree: DeleteSessionTree) -> None:
        """Delete a session, or share the deletion of it that this store is running. DELETION-10.

        A caller that is cancelled leaves the deletion to the others; the last one takes it along.
        """
        deletion = self._running.get(session_key)
        if deletion is None or deletion.task.done():
            task = asyncio.create_task(self._delete(session_key, delete_session_tree))
            deletion = self._running[session_key] = _Running(task)
        deletion.callers += 1
        try:
            await asyncio.wait([deletion.task])
        finally:
            deletion.callers -= 1
            if deletion.callers == 0:
                await self._close(session_key, deletion)
        deletion.task.result()

    async def _close(self, session_key: str, deletion: _Running) -> None:
        if self._running.get(session_key) is deletion:
            del self._running[session_key]
        deletion.task.cancel()
        # Perhaps nobody is left to hear how it ended; unheard, asyncio would complain about it.
        await asyncio.gather(deletion.task, return_exceptions=True)

    async def _delete(self, session_key: str, delete_session_tree: DeleteSessionTree) -> None:
        deletion = DeletionRef(session_key, owner=uuid4().hex)
        async with self._beating(deletion):
            marked_at = await self._mark(deletion)
            try:
                await delete_session_tree()
            except BaseException:
                await _to_its_end(self._give_up(deletion))
                raise
            await _to_its_end(self._finish(deletion, marked_at))

    async def _mark(self, deletion: DeletionRef) -> int:
        try:
            return await _to_its_end(self._steps.mark(deletion))
        except asyncio.CancelledError:
            await _to_its_end(self._give_up(deletion))
            raise

    async def _give_up(self, deletion: DeletionRef) -> None:
        silent = await self._silent(deletion)
        await self._steps.give_up(deletion, silent)

    async def _finish(self, deletion: DeletionRef, marked_at: int) -> None:
        silent = await self._silent(deletion)
        await self._steps.finish(deletion, silent, marked_at)

    async def _silent(self, deletion: DeletionRef) -> dict[str, int]:
        """Return the other deletions that stood still while they were watched, by their beats."""
        silent = await self._steps.others(deletion)
        clock = asyncio.get_running_loop().time
        until = clock() + _SILENCE_S
        while silent and clock() < until:
            await asyncio.sleep(_BEAT_S / 2)
            heard = await self._steps.others(deletion)
            silent = dict(silent.items() & heard.items())
        return silent

    @contextlib.asynccontextmanager
    async def _beating(self, deletion: DeletionRef) -> AsyncIterator[None]:
        beats = asyncio.create_task(self._keep_beating(deletion))
        try:
            yield
        finally:
            beats.cancel()

    async def _keep_beating(self, deletion: DeletionRef) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            # What is wrong with the server, the deletion itself will meet.
            with contextlib.suppress(Storage):
                await self._steps.beat(deletion)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` whole; a cancellation that comes meanwhile is raised when it has succeeded."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result
