"""Looking on while a call goes on after each of its pauses."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Resumptions(Generic[T]):
    """Awaits a coroutine, and calls `resumed` whenever it is about to go on after a pause."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], resumed: Callable[[], None]) -> None:
        self._coroutine = coroutine
        self._resumed = resumed

    def __await__(self) -> Generator[Any, Any, T]:
        step: Callable[[Any], Any] = self._coroutine.send
        given: Any = None
        while True:
            try:
                waited_for = step(given)
            except StopIteration as over:
                result: T = over.value
                return result
            try:
                given = yield waited_for
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                step, given = self._coroutine.throw, error
            else:
                self._resumed()
                step = self._coroutine.send
