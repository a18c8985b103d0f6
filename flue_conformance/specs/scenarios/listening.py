"""Listeners of event streams that remember how they were called."""

from __future__ import annotations

from collections.abc import Callable

from flue_conformance.specs.support.broken import BrokenRule


class Listener:
    """A listener; `calls` holds the arguments of each call, which should be none.

    `then` is done at each call.
    """

    def __init__(self, then: Callable[[], None] | None = None) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._then = then

    def __call__(self, *arguments: object) -> None:
        """Note the call."""
        self.calls.append(arguments)
        if self._then:
            self._then()

    def __repr__(self) -> str:
        return f"<a listener, called {self.count} times>"

    @property
    def count(self) -> int:
        """How often it was called."""
        return len(self.calls)

    @property
    def given(self) -> list[tuple[object, ...]]:
        """The arguments of each call that had any, which it should not."""
        return [arguments for arguments in self.calls if arguments]

    def must_have_heard(self, what: str, *, since: int = 0) -> None:
        """Expect a call after the first `since` ones; raises `BrokenRule` without one."""
        if self.count <= since:
            raise BrokenRule(
                about=f"the listener at {what}", came_back="no call", expected="a call"
            )
