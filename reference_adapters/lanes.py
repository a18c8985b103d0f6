"""Work on threads that keeps its order where order matters."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lanes:
    """Runs the work of one lane one after the other, in the order in which it came.

    The order holds for work whose caller was cancelled too. Lanes share the threads of the pool;
    a lane occupies at most one of them, and none while others wait for its turn.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._guard = Lock()
        self._lanes: dict[str, deque[_Work[Any]]] = {}

    def submit(self, lane: str, call: Callable[[], T]) -> Future[T]:
        """Run `call` on a thread once everything submitted to the lane before it has finished."""
        work = _Work(call)
        with self._guard:
            queue = self._lanes.setdefault(lane, deque())
            queue.append(work)
            if len(queue) == 1:
                self._pool.submit(self._run_head, lane)
        return work.outcome

    def wait(self) -> None:
        """Wait until everything submitted so far has finished."""
        with self._guard:
            unfinished = [work.outcome for queue in self._lanes.values() for work in queue]
        wait(unfinished)

    def _run_head(self, lane: str) -> None:
        queue = self._lanes[lane]
        queue[0].run()
        with self._guard:
            queue.popleft()
            if queue:
                self._pool.submit(self._run_head, lane)
            else:
                del self._lanes[lane]


class _Work(Generic[T]):
    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self.outcome: Future[T] = Future()

    def run(self) -> None:
        if not self.outcome.set_running_or_notify_cancel():
            return
        try:
            result = self._call()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever awaits the outcome
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(result)
