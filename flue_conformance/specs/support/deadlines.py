"""Time limits of calls, many under way at once, at the price of one timer."""

from __future__ import annotations

import asyncio
from typing import Any


class Deadline:
    """The time limit of one call; cancels the task that makes it when the limit has passed."""

    __slots__ = ("at", "expired", "task")

    def __init__(self, task: asyncio.Task[Any], at: float) -> None:
        self.task = task
        self.at = at
        self.expired = False


class Deadlines:
    """Gives every call of one event loop the same time, in seconds.

    A timer for each call would cost as much as a short call takes, so there is one, for the call
    that began first; those that began later end later.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._open: dict[int, Deadline] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Deadline:
        """Begin a call of the current task; to be handed to `end`."""
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        assert task is not None, "calls are made by tasks"
        if loop is not self._loop:
            self._loop, self._timer = loop, None
            self._open.clear()
        deadline = Deadline(task, loop.time() + self._limit)
        self._open[id(deadline)] = deadline
        if self._timer is None:
            self._timer = loop.call_at(deadline.at, self._look)
        return deadline

    def end(self, deadline: Deadline) -> None:
        """End a call, whatever came of it.

        The cancellation of one that took too long is over with it: its task goes on.
        """
        self._open.pop(id(deadline), None)
        if deadline.expired:
            deadline.task.uncancel()

    def _look(self) -> None:
        assert self._loop is not None, "the timer runs on the loop"
        self._timer = None
        for deadline in list(self._open.values()):
            if deadline.at > self._loop.time():
                self._timer = self._loop.call_at(deadline.at, self._look)
                return
            del self._open[id(deadline)]
            deadline.expired = True
            deadline.task.cancel()
