"""Clients that work at once, and the history of what each of them saw."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from flue_conformance.bridge import BridgeFailure, PeerGone
from flue_conformance.contract import (
    AgentSubmission,
    Storage,
    SubmissionAttemptRef,
    kind_of,
    session_key,
)
from flue_conformance.harness import Operation
from flue_conformance.model import Call, Failure, Moment
from flue_conformance.model.deletion import CALLS_BACK
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.observed import ObservedAdapter
from flue_conformance.specs.support.racing import outlasting

INSTANCE: Final = "agent-1"
SESSIONS: Final = ("one", "two")
"""The sessions of an instance at which is worked."""

_EVER_MS: Final = 3_600_000
"""Until when a call may take effect whose answer was lost."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What comes back where the answer was lost: the call may have happened, or not."""

    error: Exception


class Gone(Lost):
    """Likewise, and the process that was called is no more."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment by a clock that never goes back, and by the one on the wall."""

    steady_ns: int
    wall_ms: int

    @classmethod
    def now(cls) -> Instant:
        """Return this moment."""
        return cls(time.perf_counter_ns(), now())


@dataclass(slots=True)
class History:
    """What all clients saw, in the order in which their calls ended."""

    operations: list[Operation[Call]] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)
    """The session key of each submission, by which lists are told apart."""
    attempts: dict[str, SubmissionAttemptRef] = field(default_factory=dict)
    """An attempt at each submission that was claimed; several clients act for it."""
    seed: float = 0.0
    space: str = ""
    """What every name of this history begins with."""
    unsettled: list[Operation[Call]] = field(default_factory=list)
    """What clients were told of whether anything is unsettled: it is about all keys."""
    halts: int = 0
    """How often a call stopped in its midst."""

    def named(self, name: str) -> str:
        """Return a name of this history's own."""
        return f"{self.space}{name}"

    raising: dict[str, Callable[[], Awaitable[Lost | None]]] = field(default_factory=dict)
    """The methods of which nobody has had an answer, and how one of the calls is made again."""
    answering: set[str] = field(default_factory=set)
    """The methods of which somebody has."""

    def heard(self, method: str, seen: object, again: Callable[[], Awaitable[Lost | None]]) -> None:
        """Note whether a call of a method was answered."""
        if not isinstance(seen, Lost):
            self.answering.add(method)
            self.raising.pop(method, None)
        elif method not in self.answering:
            self.raising[method] = again

    def note(
        self,
        client: str,
        key: str,
        name: str,
        arguments: tuple[Any, ...],
        *,
        began: Instant,
        seen: object,
    ) -> None:
        """Note a call that has ended just now, and what came of it."""
        lost = isinstance(seen, Lost)
        at = Moment(began.wall_ms, now() + (_EVER_MS if lost else 0))
        self.operations.append(
            Operation(
                client,
                key,
                Call.of(name, *arguments, at=at),
                began.steady_ns,
                None if lost else time.perf_counter_ns(),
                None if lost else seen,
            )
        )


Around: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""What is put around a call of a method."""


class Workload(Protocol):
    """So many steps of a client. Clients meet before each, and chance decides what it is."""

    async def __call__(self, client: Client, chance: random.Random, steps: int, /) -> None:
        """Do them."""


class Meeting(Protocol):
    """Where a client waits for all others."""

    async def wait(self) -> None:
        """Return once all are there, and it is this client's turn."""

    async def leave(self) -> None:
        """Return once all are there and have nothing left to do."""


class Together:
    """So many clients, which go on at once."""

    def __init__(self, clients: int) -> None:
        self._barrier = asyncio.Barrier(clients)

    async def wait(self) -> None:
        """Return once all are there."""
        await self._barrier.wait()

    async def leave(self) -> None:
        """Return once all are there."""
        await self._barrier.wait()


@dataclass(slots=True)
class Client:
    """One caller, which waits for each of its calls before it makes the next one."""

    name: str
    handle: Handle
    history: History
    meeting: Meeting
    reopen: Callable[[], Awaitable[Handle]] | None = None
    """Opens another process where the one that was called is no more."""
    around: Around = nullcontext
    """What is put around each call."""

    async def meet(self, step: int) -> random.Random:
        """Wait for all clients before a step; return the chance by which all decide alike."""
        await self.meeting.wait()
        return random.Random(f"{self.history.seed} {step}")  # noqa: S311 - repeatable, not secret

    async def take_part(self, workload: Workload, steps: int) -> None:
        """Do so many steps of a workload with all other clients."""
        chance = random.Random(f"{self.history.seed} {self.name}")  # noqa: S311 - likewise
        await workload(self, chance, steps)
        await self.meeting.leave()

    async def call(self, key: str, name: str, *arguments: Any) -> Any:
        """Make a call about a key; returns its result, a `Failure`, or `Lost`."""
        surface, _, method = name.partition(".")
        act = getattr(getattr(self.handle, surface), method)
        began = Instant.now()
        seen = await self._seen(name, lambda: act(*arguments))
        self.history.note(self.name, key, name, arguments, began=began, seen=seen)
        await self._go_on(name, seen, partial(self.call, key, name, *arguments))
        return seen

    async def look(self, name: str) -> Any:
        """List submissions: one look at each session."""
        surface, _, method = name.partition(".")
        act = getattr(getattr(self.handle, surface), method)
        began = Instant.now()
        seen = await self._seen(name, act)
        await self._go_on(name, seen, partial(self.look, name))
        if isinstance(seen, Lost | Failure):
            return seen
        names = (self.history.named(session) for session in SESSIONS)
        for key in [session_key(INSTANCE, name) for name in names]:
            of_session = [each for each in seen if each.session_key == key]
            self.history.note(self.name, key, name, (), began=began, seen=of_session)
        return seen

    async def ask_for_work(self) -> Any:
        """Ask whether anything is unsettled."""
        name = "submissions.has_unsettled_submissions"
        began = Instant.now()
        seen = await self._seen(name, self.handle.submissions.has_unsettled_submissions)
        if isinstance(seen, bool):
            call = Call.of(name, at=Moment(began.wall_ms, now()))
            ended = time.perf_counter_ns()
            self.history.unsettled.append(
                Operation(self.name, "all", call, began.steady_ns, ended, seen)
            )
        await self._go_on(name, seen, self.ask_for_work)
        return seen

    async def delete_session(self, key: str, within: Callable[[], Awaitable[object]]) -> Any:
        """Delete a session: others see what lies between its two phases."""
        began, phase = Instant.now(), "deletion.mark"

        async def callback() -> None:
            nonlocal began, phase
            self.history.note(self.name, key, phase, (key,), began=began, seen=CALLS_BACK)
            await within()
            began, phase = Instant.now(), "deletion.clean"

        name, delete = "submissions.delete_session", self.handle.submissions.delete_session
        seen = await self._seen(name, lambda: delete(key, callback))
        self.history.note(self.name, key, phase, (key,), began=began, seen=seen)
        await self._go_on(name, seen, partial(self.delete_session, key, within))
        return seen

    async def _seen(self, method: str, act: Callable[[], Awaitable[Any]]) -> Any:
        try:
            with self.around(method):
                return await act()
        except BrokenRule:
            raise
        except PeerGone as error:
            return Gone(error)
        except BridgeFailure as error:
            return Lost(error)
        except Exception as error:  # noqa: BLE001 - adapters may raise anything
            # What contention or a lost connection raises says nothing of what happened.
            return Lost(error) if kind_of(error) == Storage.kind else Failure(error)

    async def _go_on(self, name: str, seen: object, again: Callable[[], Awaitable[Any]]) -> None:
        self.history.heard(name, seen, again)
        if isinstance(seen, Gone) and self.reopen is not None:
            self.handle = await self.reopen()


async def insist(history: History) -> None:
    """Make a call again of each method that has answered nobody, until contention is over.

    Contention may raise, and nobody knows then what happened; but not for ever, with nobody else at
    work. Raises what the adapter raises in the end.
    """
    for again in list(history.raising.values()):
        await outlasting(partial(_answered, again))


async def _answered(again: Callable[[], Awaitable[Lost | None]]) -> None:
    seen = await again()
    if isinstance(seen, Lost):
        raise seen.error


async def booted(name: str, adapter: ObservedAdapter, history: History) -> Client | None:
    """Migrate a location and open it; None where the migration raised.

    It was to succeed whatever others do, so no error of it leaves open what came of it.
    """
    began, seen = Instant.now(), None
    try:
        await adapter.migrate()
    except (BrokenRule, BridgeFailure):
        raise
    except Exception as error:  # noqa: BLE001 - adapters may raise anything
        seen = Failure(error)
    history.note(name, "the location", "adapter.migrate", (), began=began, seen=seen)
    if seen is not None:
        return None
    handle = Handle(adapter, await outlasting(adapter.connect))
    return Client(name, handle, history, Together(1))


def is_submission(seen: object) -> bool:
    """Return whether a call returned a submission."""
    return isinstance(seen, AgentSubmission)
