"""Cancelling a call at each place where it waits, however long it takes to come there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, Generic, TypeVar

from flue_conformance.specs.support.broken import BrokenRule

T = TypeVar("T")


async def cancelled_at(call: Callable[[], Awaitable[object]], suspension: int) -> bool:
    """Cancel a call when it suspends for the `suspension`th time, and wait for its end.

    Whether the call had an effect is unknown then. Returns False for a call that came to its end
    before. Raises `BrokenRule` when it broke a rule by itself.
    """

    async def calling() -> None:
        await call()

    task = asyncio.create_task(_CutOff(calling(), suspension))
    await asyncio.wait([task])
    if not task.cancelled() and isinstance(task.exception(), BrokenRule):
        await task
    return task.cancelled()


class _CutOff(Coroutine[Any, Any, T], Generic[T]):
    """A coroutine that cancels the task that runs it at one of its suspensions."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], suspension: int) -> None:
        self._coroutine = coroutine
        self._left = suspension

    def __await__(self) -> Generator[Any, Any, T]:
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        """Go on to the next suspension."""
        return self._suspended(self._coroutine.send(value))

    def throw(
        self,
        kind: Any,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        """Raise in the coroutine, which may go on to another suspension."""
        del value, traceback  # asyncio throws instances
        return self._suspended(self._coroutine.throw(kind))

    def close(self) -> None:
        """Give the coroutine up."""
        self._coroutine.close()

    def _suspended(self, waited_for: Any) -> Any:
        self._left -= 1
        task = asyncio.current_task()
        if self._left == 0 and task is not None:
            task.cancel()
        return waited_for
