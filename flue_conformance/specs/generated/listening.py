"""`Listening`: the listeners of a sequence, and whether each was called when it had to be."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flue_conformance.specs.support.broken import BrokenRule

Listener: TypeAlias = Callable[[], None]
Manner: TypeAlias = Literal["plain", "raises", "leaves", "sends away", "brings another"]
MANNERS: tuple[Manner, ...] = ("plain", "raises", "leaves", "sends away", "brings another")

_MOST = 8
"""How many listeners a sequence has at most."""


@dataclass(eq=False, slots=True)
class Ear:
    """A listener: one function, subscribed to some paths through one handle."""

    number: int
    handle: int
    manner: Manner
    paths: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What it is subscribed to, and how to leave that."""
    heard: int = 0
    left_amid: int = 0
    """The change amid which it left by itself; who calls it twice may be amid that."""
    problem: str = ""
    """What should not have happened when it was called."""
    brought: Ear | None = None
    """The listener that it subscribed when it was called."""
    first: str = ""
    """The path that it was subscribed to at first, if another one did that."""
    function: Callable[[], Listener | None] = field(default=lambda: None)
    """The function, while somebody holds it: nobody but its subscriptions does. STREAM-29."""

    def leaves(self, path: str) -> None:
        """End a subscription."""
        self.paths.pop(path)()

    def leaves_all(self) -> None:
        """End all its subscriptions."""
        for path in list(self.paths):
            self.leaves(path)


Heard: TypeAlias = Mapping[Ear, tuple[int, frozenset[str]]]
"""How often each listener was called, and what it was subscribed to."""


@dataclass(slots=True)
class Listening:
    """All subscriptions of a sequence."""

    subscribe: Callable[[Ear, str, Listener], None]
    """Subscribes a function, which is the listener's, to a path."""
    ears: list[Ear] = field(default_factory=list)
    made: int = 0
    """How many listeners there have been."""
    changes: int = 0
    """How many calls were made so far."""
    changing: str = ""
    """The path of the last one."""
    writers: dict[str, set[int]] = field(default_factory=dict)
    """The handles that changed each path. What others do may be heard at any time: STREAM-37."""

    @property
    def present(self) -> list[Ear]:
        """The listeners that have not left."""
        return [ear for ear in self.ears if ear.paths]

    def begin(self, handle: int, path: str, manner: Manner, *, brought: bool = False) -> Ear | None:
        """Subscribe a new listener, unless there are many; another one may have `brought` it."""
        if len(self.present) >= _MOST:
            return None
        self.made += 1
        ear = Ear(self.made, handle, manner, first=path if brought else "")
        function = self._function(ear)
        ear.function = weakref.ref(function)
        self.ears.append(ear)
        self.subscribe(ear, path, function)
        return ear

    def _function(self, ear: Ear) -> Listener:
        def listener(*given: object) -> None:
            ear.heard += 1
            if given:
                ear.problem = "it was called with arguments"
            if not ear.paths and ear.left_amid != self.changes:
                ear.problem = "it was called after it had left"
            self._behave(ear)

        return listener

    def _behave(self, ear: Ear) -> None:
        if ear.manner == "raises":
            raise RuntimeError("a listener of this sequence")
        if ear.manner == "leaves" and ear.paths:
            ear.left_amid = self.changes
            ear.leaves_all()
        elif ear.manner == "sends away":
            for other in self.present:
                if other is not ear and other.handle == ear.handle and self.changing in other.paths:
                    other.leaves(self.changing)
                    break
        elif ear.manner == "brings another" and ear.brought is None:
            ear.brought = self.begin(ear.handle, self.changing, "plain", brought=True)

    def before(self, path: str) -> Heard:
        """Return what listeners have heard before a change of a path."""
        self.changes += 1
        self.changing = path
        return self.heard()

    def heard(self) -> Heard:
        """Return what listeners that have not left have heard."""
        return {ear: (ear.heard, frozenset(ear.paths)) for ear in self.present}

    def expect(self, handle: int, path: str, before: Heard, due: bool | None) -> None:
        """Expect that a change by a handle was heard, was not, or (None) either.

        Raises `BrokenRule` where it was not so.
        """
        self.writers.setdefault(path, set()).add(handle)
        for ear in self.ears:
            if ear.problem:
                rule = "STREAM-33" if "left" in ear.problem else "STREAM-29"
                raise _broken(ear, path, ear.problem, "no argument, no call after it left", rule)
        for ear, (heard, paths) in before.items():
            called = ear.heard - heard
            if ear.handle != handle:
                continue
            if path in paths and path in ear.paths and due and not called:
                raise _broken(ear, path, "not called", "called by the end of the call", "STREAM-29")
            alone = all(self.writers.get(each, {handle}) == {handle} for each in paths)
            if called and alone and (path not in paths or due is False):
                rule = "STREAM-30" if path in paths else "STREAM-27"
                raise _broken(ear, path, f"called {called} times", "not called", rule)

    def forget(self, handle: int) -> None:
        """Forget the listeners of a handle that is gone."""
        for ear in self.ears:
            if ear.handle == handle:
                ear.paths.clear()
        self.ears = self.present


def spelled(ear: Ear) -> str:
    """Return the function of a listener as lines of a program, with the one that it brings."""
    own, others = f"key[0] == {ear.number}", f"key[0] != {ear.number} and key[1] == {ear.handle}"
    brings = f"bring_{ear.number}.pop()() if bring_{ear.number} else None"
    does = {
        "plain": "",
        "raises": 'raise RuntimeError("a listener of this sequence")',
        "leaves": f"[leave.pop(key)() for key in list(leave) if {own}]",
        "sends away": f"[leave.pop(key)() for key in [key for key in leave if {others}][:1]]",
        "brings another": brings if ear.brought else "",
    }[ear.manner]
    lines = [f"def listener_{ear.number}():", f"    print('listener {ear.number} was called')"]
    if ear.brought and ear.brought.first:
        path, number = ear.brought.first, ear.brought.number
        bring = f"lambda: leave.update({{({number}, {ear.handle}, {path!r}): stores[{ear.handle}]."
        bring += f"event_streams.subscribe({path!r}, listener_{number})}})"
        lines = [spelled(ear.brought), f"bring_{ear.number} = [{bring}]", *lines]
    return "\n".join([*lines, *([f"    {does}"] if does else [])])


def _broken(ear: Ear, path: str, came_back: str, expected: str, rule: str) -> BrokenRule:
    told = ", ".join(map(repr, ear.paths)) or "nothing any more"
    return BrokenRule(
        about=f"listener {ear.number}, which listens to {told}, at a change of {path!r}",
        came_back=came_back,
        expected=expected,
        rules=(rule,),
    )
