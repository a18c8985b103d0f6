"""`Pulse`: which calls are under way in this process, for those who watch over it."""

from __future__ import annotations

from collections.abc import Callable


class Pulse:
    """Beats whenever something begins or ends.

    `tell` hears the name of the call that began last and has not ended, or nothing; it is how a
    process that dies leaves that name behind.
    """

    __slots__ = ("_open", "beats", "tell")

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        self.beats = 0
        self.tell = tell
        self._open: dict[int, str] = {}

    @property
    def under_way(self) -> str:
        """The call that began last and has not ended, such as `sessions.load`; or nothing."""
        return next(reversed(self._open.values()), "")

    def beat(self) -> None:
        """Note that something went on."""
        self.beats += 1

    def began(self, call: object, name: str) -> None:
        """Note that a call began."""
        self.beats += 1
        self._open[id(call)] = name
        if self.tell is not None:
            self.tell(name)

    def ended(self, call: object) -> None:
        """Note that a call ended."""
        self.beats += 1
        self._open.pop(id(call), None)
        if self.tell is not None:
            self.tell(self.under_way)

    def forget(self) -> None:
        """Note that nobody waits for any call any more."""
        self.beats += 1
        self._open.clear()
        if self.tell is not None:
            self.tell("")
