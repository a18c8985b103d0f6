"""Killing a worker at every step of a piece of work, and what it may leave behind.

What a kill leaves is judged by the same adapter when nobody kills it: the work is rehearsed once,
with a look at the database after every call. Afterwards a database has to show what it showed after
the last acknowledged call, or after the one that was interrupted; nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Final, Protocol

from flue_conformance.bridge import Moment, PeerGone
from flue_conformance.bridge.resumptions import Resumptions
from flue_conformance.contract import Stores
from flue_conformance.harness import Cut
from flue_conformance.specs.scenarios.snapshots import Sight, View
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.progress import count
from flue_conformance.specs.support.workers import Workers

EVERYWHERE: Final = tuple(Moment)
MOST_PAUSES: Final = 40
"""How many of the places are tried where calls go on after a pause."""
LONE_PAUSES: Final = 3
"""How many of those whose call has no other: it is cut before and after it anyway."""
SHOTS: Final = 6
"""How often a worker is killed from outside while a call is under way."""
SURVIVES: Final = 10
"""After so many kills another process looks at what is left."""

_LOOKS: Final = 10
_LOOK_AGAIN_S: Final = 0.05
_BRIDGE_S: Final = 0.0005
"""How much longer a call takes through a worker, roughly."""
_tokens: Final = itertools.count(1)


class Story(Protocol):
    """A piece of work in ids of its own, which is told by the same calls every time."""

    def sight(self, token: str) -> Sight:
        """Return what to look at."""

    async def prepare(self, handle: Handle, token: str) -> None:
        """Do what comes before, where nobody is killed."""

    async def play(self, stores: Stores, token: str) -> None:
        """Make the calls."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A kill from outside, in the `number`th call after so much of the time that it takes."""

    number: int
    fraction: float


@dataclass(slots=True)
class Course:
    """How a story went when nobody was killed."""

    views: list[View] = field(default_factory=list)
    """What there was before the first call, and after each."""
    calls: list[str] = field(default_factory=list)
    """The calls in the order in which they ended."""
    seconds: list[float] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)
    """How often each call paused."""

    def kills(
        self, moments: Iterable[Moment] = EVERYWHERE, effort: int = 1
    ) -> Iterator[Cut | Shot]:
        """Return where to kill: at these moments of the calls, inside them at random too.

        Of what is random there is `effort` times as much.
        """
        numbers = range(1, len(self.calls) + 1)
        for moment in moments:
            if moment is Moment.INSIDE:
                yield from self._inside(numbers, effort)
            elif moment is Moment.BEFORE_ANSWER:
                yield from (Cut(moment, number) for number in numbers)
            else:
                # Between two calls one kill is enough: after the one or before the other, in turn.
                yield from (Cut(moment, number) for number in numbers[::2])

    def _inside(self, numbers: Sequence[int], effort: int) -> Iterator[Cut | Shot]:
        lone, others = list[int](), list[int]()
        last = 0
        for paused in self.pauses:
            (lone if paused == 1 else others).extend(range(last + 1, last + paused + 1))
            last += paused
        pauses = sorted(_some(lone, effort * LONE_PAUSES) + _some(others, effort * MOST_PAUSES))
        yield from (Cut(Moment.INSIDE, number) for number in pauses)
        # Twice the usual time, so that what a call leaves to others is met as well.
        for _ in range(effort * SHOTS):
            number = random.choice(numbers)  # noqa: S311 - it is to repeat
            yield Shot(number, random.uniform(0, 2))  # noqa: S311 - likewise


@dataclass(slots=True)
class Death:
    """What a story had come to when its worker was killed."""

    token: str
    kill: Cut | Shot
    calls: list[str] = field(default_factory=list)
    """Those that were acknowledged."""
    survived: bool = False

    def __str__(self) -> str:
        count = len(self.calls)
        since = f"{self.calls[-1]}, call {count} of the story," if count else "nothing"
        if isinstance(self.kill, Shot):
            where = f"{self.kill.fraction:.0%} into the usual time of call {self.kill.number}"
        elif self.kill.moment is Moment.INSIDE:
            where = f"inside a call, at pause {self.kill.number}"
        else:
            where = f"{self.kill.moment} {self.kill.number}"
        return f"killed {where} (last, {since} was acknowledged)"


async def rehearse(story: Story, handle: Handle) -> Course:
    """Return how the story goes when it is told here, to its end."""
    course = Course()
    token = _new_token()
    await story.prepare(handle, token)
    sight = story.sight(token)
    course.views.append(await sight.view(handle))

    async def rehearsed(name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        pauses = itertools.count()
        began = time.perf_counter()
        value = await Resumptions(_coroutine(call), partial(next, pauses))
        course.pauses.append(next(pauses))
        course.seconds.append(time.perf_counter() - began)
        course.calls.append(name)
        course.views.append(await sight.view(handle))
        return value

    await story.play(_watched(handle.stores, rehearsed), token)
    return course


async def deaths(
    story: Story,
    workers: Workers,
    handle: Handle,
    course: Course,
    moments: Iterable[Moment] = EVERYWHERE,
    *,
    effort: int = 1,
) -> AsyncIterator[tuple[Death, Handle]]:
    """Tell the story once for every kill; yields how far it came, and another process's stores."""
    survivors = _survivors(workers)
    pauses_end = False
    for kill in course.kills(moments, effort):
        is_inside = isinstance(kill, Cut) and kill.moment is Moment.INSIDE
        if is_inside and pauses_end:
            continue
        count("kills")
        death = Death(_new_token(), kill)
        await story.prepare(handle, death.token)
        await _tell(story, workers, course, death)
        # Through a worker a call may pause less often than here.
        pauses_end = is_inside and death.survived
        yield death, await anext(survivors)


async def expect_whole(story: Story, survivor: Handle, course: Course, death: Death) -> None:
    """Expect what was acknowledged, and of what was interrupted all or nothing.

    DURABILITY-01, DURABILITY-02.
    """
    count = len(death.calls)
    allowed = course.views[count : count + 2]
    ledger = survivor.adapter.ledger
    called = len(ledger.calls)
    sight = story.sight(death.token)
    for wait in (0, *[_LOOK_AGAIN_S] * _LOOKS):
        # A server may still be at the last thing that the dead process asked for.
        await asyncio.sleep(wait)
        found = await sight.view(survivor)
        # A report is about what was interrupted, not about those who looked.
        del ledger.calls[called:]
        if any(first_difference(found, view) is None for view in allowed):
            return
    names = [name for name in found if any(found[name] != view[name] for view in allowed)]
    neither = [name for name in names if all(found[name] != view[name] for view in allowed)]
    telling = neither or names
    after = [f"after {name}" for name in ("the beginning", *course.calls)][count : count + 2]
    told = [
        f"{_excerpt(view, [found, *allowed], telling)} ({when})"
        for view, when in zip(allowed, after, strict=False)
    ]
    raise BrokenRule(
        about=f"what is left of a worker {death}",
        came_back=_excerpt(found, allowed, telling),
        expected="\nor ".join(told),
    )


async def _tell(story: Story, workers: Workers, course: Course, death: Death) -> None:
    """Tell the story through a worker that is killed on the way."""
    kill = death.kill
    worker = workers.start(kill if isinstance(kill, Cut) else None)
    handle = await workers.connect(worker)
    numbers = itertools.count(1)

    async def noted(name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if next(numbers) == kill.number and isinstance(kill, Shot):
            usual = course.seconds[min(kill.number, len(course.seconds)) - 1] + _BRIDGE_S
            asyncio.get_running_loop().call_later(kill.fraction * usual, worker.kill)
        value = await call()
        death.calls.append(name)
        return value

    try:
        await story.play(_watched(handle.stores, noted), death.token)
        death.survived = True
    except PeerGone as gone:
        if not gone.intended:
            raise
    finally:
        worker.end()
    workers.died(worker)


async def _survivors(workers: Workers) -> AsyncIterator[Handle]:
    """Yield stores of a process that was not killed, now and then of a new one."""
    while True:
        worker = workers.start()
        handle = await workers.connect(worker)
        for _ in range(SURVIVES):
            yield handle
        worker.end()


def _watched(
    stores: Stores, around: Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
) -> Stores:
    """Return the stores, each call of which is made by `around`, which is told its name."""
    made: dict[str, Any] = {}
    for member in fields(stores):
        store = getattr(stores, member.name)
        made[member.name] = None if store is None else _Watched(member.name, store, around)
    return Stores(**made)


class _Watched:
    def __init__(self, surface: str, store: object, around: Callable[..., Awaitable[Any]]) -> None:
        self._surface = surface
        self._store = store
        self._around = around

    def __getattr__(self, name: str) -> Any:
        method, told = getattr(self._store, name), f"{self._surface}.{name}"
        return lambda *arguments: self._around(told, partial(method, *arguments))


async def _coroutine(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()


def _some(numbers: list[int], most: int) -> list[int]:
    return numbers if len(numbers) <= most else random.sample(numbers, most)


def _new_token() -> str:
    # All of one length, so that no token is part of another.
    return f"told-{next(_tokens):06}"


def _excerpt(view: View, views: Sequence[View], names: Iterable[str]) -> str:
    """Return the named parts of a view, of records only the members in which `views` differ."""
    return "; ".join(
        f"{name}: {_differing(view[name], [other[name] for other in views])!r}" for name in names
    )


def _differing(value: Any, others: Sequence[Any]) -> Any:
    if not isinstance(value, dict) or not all(isinstance(other, dict) for other in others):
        return value
    return {
        name: item
        for name, item in value.items()
        if any(other.get(name) != item for other in others)
    }
