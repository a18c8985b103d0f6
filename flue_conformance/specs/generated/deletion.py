"""Deletions of sessions, beside the model in the phases that others can see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

from flue_conformance.contract import AgentSubmissionStore
from flue_conformance.model import Call, Failure, Moment
from flue_conformance.model.deletion import CALLS_BACK
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import outlasting

Within: TypeAlias = Callable[[], Awaitable[None]]

_QUIET_S: Final = Limits().quiet
"""How long a callback waits, at most, for what must not happen before it ends."""
_AS_LONG: Final = 20
"""How many times as long it waits as a deletion took until it called back."""


@dataclass(frozen=True, slots=True)
class Failing:
    """How a callback fails: with an error, raised when it is awaited or at once. DELETION-09."""

    kind: type[Exception]
    text: str
    at_once: bool = False

    def error(self) -> Exception:
        """Return the error, made anew: one that was raised keeps all that it passed alive."""
        return self.kind(self.text)


@dataclass(slots=True)
class Deletion:
    """One call of `delete_session`.

    `within` runs in its callback, which fails then, or does not. `learn` is told of the phases.
    """

    key: str
    within: Within
    failing: Failing | None
    learn: Callable[[Call, Any], None]
    leave: Callable[[], None]
    """Called when the callback ends."""
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    inside: bool = False
    outcome: Any = None
    _began: int = field(default_factory=now)
    _broken: BrokenRule | None = None

    async def make(self, store: AgentSubmissionStore) -> None:
        """Make the call; raises `BrokenRule` for what broke a rule before it ended."""
        try:
            await store.delete_session(self.key, self._callback)
        except BrokenRule as broken:
            self._broken = self._broken or broken
        except Exception as error:  # noqa: BLE001 - adapters may raise anything
            self.outcome = Failure(error)
        if self._broken is not None:
            # Whatever the adapter made of it.
            raise self._broken

    def end(self) -> None:
        """Learn how the call ended."""
        phase = "mark"
        if self.entered.is_set():
            phase = "give_up" if self.failing else "clean"
        self._learn(phase, self.outcome)
        if self.entered.is_set() and self.failing:
            error = self.outcome.error
            if type(error) is not self.failing.kind:
                raise _another_error(error, self.failing.kind)

    def share(self, other: Deletion) -> None:
        """Expect that it ended as another one did, whose callback was called for both."""
        kinds = [type(getattr(each.outcome, "error", None)) for each in (self, other)]
        if kinds[0] is not kinds[1]:
            raise _another_outcome(*kinds)

    def _learn(self, phase: str, seen: object) -> None:
        at = Moment(self._began, now())
        self.learn(Call.of(f"deletion.{phase}", self.key, at=at), seen)

    def _callback(self) -> Awaitable[None]:
        try:
            if self.entered.is_set():
                raise _called_twice()
            self._learn("mark", CALLS_BACK)
        except BrokenRule as broken:
            self._broken = broken
            raise
        self.entered.set()
        if self.failing and self.failing.at_once:
            self._end_callback()
            raise self.failing.error()
        return self._act()

    async def _act(self) -> None:
        self.inside = True
        try:
            await self.within()
        except BrokenRule as broken:
            self._broken = broken
            raise
        finally:
            self.inside = False
            self._end_callback()
        if self.failing:
            raise self.failing.error()

    def _end_callback(self) -> None:
        self._began = now()
        self.leave()


async def make_deletion(
    player: Player, key: str, within: Within, *, failing: Failing | None = None, handle: int
) -> None:
    """Delete a session: `within` runs in the callback, which then fails, or does not."""
    player.script.deletes(handle, key, at_once=failing is not None and failing.at_once)
    deletion = _deletion(player, key, within, failing)
    await _made(player, deletion, handle)
    player.script.deleted()
    _judged(player, deletion.end)


async def make_two_deletions(
    player: Player, key: str, other: str, *, failing: Failing | None, amid: bool, handle: int
) -> None:
    """Delete a session, and by the same store another one, or the same.

    The second deletion begins `amid` the first one's callback, or with the first. DELETION-10.
    """
    player.script.deletes_at_once(handle, key, other, amid=amid)
    tasks: list[asyncio.Task[None]] = []

    def begin() -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(_made(player, second, handle)))
        return tasks[-1]

    async def within() -> None:
        quiet = min(_QUIET_S, _AS_LONG * (time.perf_counter() - began))
        entering = asyncio.create_task(second.entered.wait())
        task = begin() if amid else tasks[-1]
        await asyncio.wait([entering, task], timeout=quiet, return_when=asyncio.FIRST_COMPLETED)
        entering.cancel()
        if other == key and second.entered.is_set():
            raise player.told(_not_shared("its callback is called as well"))
        if other == key and task.done():
            raise player.told(_not_shared("it ended before the first one's callback"))

    first = _deletion(player, key, within, failing)
    second = _deletion(player, other, nothing, None, alone=False)
    began = time.perf_counter()
    making = asyncio.create_task(_made(player, first, handle))
    if not amid:
        begin()
    try:
        await making
    finally:
        await asyncio.gather(*tasks, return_exceptions=True)
        player.script.deleted()
    for task in tasks:
        task.result()
    _judged(player, first.end)
    if tasks and (other != key or second.entered.is_set()):
        _judged(player, second.end)
    elif tasks:
        _judged(player, partial(second.share, first))


def _deletion(
    player: Player, key: str, within: Within, failing: Failing | None, *, alone: bool = True
) -> Deletion:
    async def closed() -> None:
        player.deleting.add(key)
        await within()

    def leave() -> None:
        player.deleting.discard(key)
        if alone:
            player.script.ends_callback(failing.error() if failing else None)

    return Deletion(key, closed, failing, player.learn, leave)


async def _made(player: Player, deletion: Deletion, handle: int) -> None:
    try:
        await deletion.make(player.ground.handles[handle].submissions)
    except BrokenRule as broken:
        raise (broken if broken.script else player.told(broken)) from broken.__cause__


def _judged(player: Player, judge: Callable[[], None]) -> None:
    try:
        judge()
    except BrokenRule as broken:
        raise player.told(broken) from None


async def interrupt_deletion(player: Player, key: str, handle: int) -> None:
    """Cancel the deletion of a session within its callback, and delete it then."""
    submissions = player.ground.handles[handle].submissions
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        inside.set()
        await go_on.wait()

    player.script.interrupts_deletion(handle, key)
    began = now()
    deletion = asyncio.ensure_future(submissions.delete_session(key, wait))
    entered = asyncio.ensure_future(inside.wait())
    await asyncio.wait([deletion, entered], return_when=asyncio.FIRST_COMPLETED)
    entered.cancel()
    deletion.cancel()
    await asyncio.sleep(0)
    # An adapter may finish in the background what its caller no longer waits for.
    go_on.set()
    await asyncio.wait([deletion])
    again = outlasting(lambda: submissions.delete_session(key, nothing))
    await player.manage("a deletion after one that was cancelled", again, "DURABILITY-08")
    at = Moment(began, now())
    player.learn(Call.of("deletion.mark", key, at=at), CALLS_BACK)
    player.learn(Call.of("deletion.clean", key, at=at), None)


def _not_shared(told: str) -> BrokenRule:
    """Return the failure of a second caller who did not share a deletion that went on."""
    return BrokenRule(
        about="a deletion of the same session, by the same store, amid the first one's callback",
        came_back=told,
        expected="it shares the first one, and ends with it",
        rules=("DELETION-10",),
    )


def _called_twice() -> BrokenRule:
    return BrokenRule(
        about="the callback of a deletion",
        came_back="called again",
        expected="called once",
        rules=("DELETION-02",),
    )


def _another_error(error: BaseException, expected: type[Exception]) -> BrokenRule:
    return BrokenRule(
        about="the error of a deletion's callback",
        came_back=f"{type(error).__name__}",
        expected=f"the same error, {expected.__name__}",
        rules=("DELETION-09",),
    )


def _another_outcome(second: type[Any], first: type[Any]) -> BrokenRule:
    def told(kind: type[Any]) -> str:
        return "a return" if kind is type(None) else kind.__name__

    return BrokenRule(
        about="a second deletion of the session, by the same store, beside the first one",
        came_back=told(second),
        expected=f"the first one's outcome, {told(first)}",
        rules=("DELETION-10",),
    )
