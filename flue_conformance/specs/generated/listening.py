"""`Listening`: the listeners of a sequence, and whether each was called when it had to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flue_conformance.specs.support.broken import BrokenRule

Manner: TypeAlias = Literal["plain", "raises", "leaves", "sends away", "brings another"]
MANNERS: tuple[Manner, ...] = ("plain", "raises", "leaves", "sends away", "brings another")


@dataclass(eq=False, slots=True)
class Ear:
    """One subscription of one path through one handle."""

    handle: int
    path: str
    manner: Manner
    heard: int = 0
    left: bool = False
    left_amid: int = 0
    """The change amid which it left by itself; who calls it twice may be amid that."""
    problem: str = ""
    """What should not have happened when it was called."""
    leave: Callable[[], None] = field(default=lambda: None)


@dataclass(slots=True)
class Listening:
    """All subscriptions of a sequence."""

    ears: list[Ear] = field(default_factory=list)
    changes: int = 0
    """How many calls were made so far."""
    writers: dict[str, set[int]] = field(default_factory=dict)
    """The handles that changed each path. What others do may be heard at any time: STREAM-37."""

    def function(self, ear: Ear, subscribe: Callable[[Ear], None]) -> Callable[[], None]:
        """Return a listener; nobody else keeps it. STREAM-29."""

        def listener(*given: object) -> None:
            ear.heard += 1
            if given:
                ear.problem = "it was called with arguments"
            if ear.left and ear.left_amid != self.changes:
                ear.problem = "it was called after it had left"
            self._behave(ear, subscribe)

        return listener

    def _behave(self, ear: Ear, subscribe: Callable[[Ear], None]) -> None:
        if ear.manner == "raises":
            raise RuntimeError("a listener of this sequence")
        if ear.manner == "leaves" and not ear.left:
            ear.left, ear.left_amid = True, self.changes
            ear.leave()
        elif ear.manner == "sends away":
            others = [each for each in self._at(ear.handle, ear.path) if each is not ear]
            for other in others[:1]:
                other.left = True
                other.leave()
        elif ear.manner == "brings another" and len(self.ears) < 8:
            ear.manner = "plain"
            subscribe(Ear(ear.handle, ear.path, "plain"))

    def _at(self, handle: int, path: str) -> list[Ear]:
        return [
            ear for ear in self.ears if ear.handle == handle and ear.path == path and not ear.left
        ]

    def before(self) -> dict[Ear, int]:
        """Return how often each ear that has not left has heard something."""
        self.changes += 1
        return {ear: ear.heard for ear in self.ears if not ear.left}

    def expect(self, handle: int, path: str, before: dict[Ear, int], due: bool | None) -> None:
        """Expect that a change by a handle was heard, was not, or (None) either.

        Raises `BrokenRule` where it was not so.
        """
        self.writers.setdefault(path, set()).add(handle)
        for ear in self.ears:
            if ear.problem:
                rule = "STREAM-33" if "left" in ear.problem else "STREAM-29"
                raise _broken(ear, ear.problem, "no argument, and no call after it left", rule)
        for ear, heard in before.items():
            called = ear.heard - heard
            if ear.handle != handle:
                continue
            if ear.path == path and due and not called and not ear.left:
                raise _broken(ear, "not called", "called by the end of the call", "STREAM-29")
            alone = self.writers.get(ear.path, {handle}) == {handle}
            if called and alone and (ear.path != path or due is False):
                rule = "STREAM-30" if ear.path == path else "STREAM-27"
                raise _broken(ear, f"called {called} times", "not called", rule)

    def forget(self, *, handle: int | None = None, path: str | None = None) -> None:
        """Forget the ears of a handle that is gone, or of a stream that was deleted: STREAM-36."""
        for ear in self.ears:
            if handle in (None, ear.handle) and path in (None, ear.path) and not ear.left:
                ear.left = True
                if handle is None:
                    ear.leave()
        self.ears = [ear for ear in self.ears if not ear.left]


def _broken(ear: Ear, came_back: str, expected: str, rule: str) -> BrokenRule:
    return BrokenRule(
        about=f"a listener of {ear.path!r}", came_back=came_back, expected=expected, rules=(rule,)
    )
