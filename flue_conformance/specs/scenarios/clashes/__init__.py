"""What clients do at once to one thing that is made for each step anew, so that they clash.

One client prepares. Then each acts, and looks at what it did: the first client does one thing after
the other as steps go by, the others several at once, whichever chance picks.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from flue_conformance.contract import SubmissionAttemptRef, SubmissionKind, session_key
from flue_conformance.specs.support.clients import INSTANCE, Client, Workload

_FIRST: Final = "client 1"
_PREPARES: Final = "client 2"


@dataclass(frozen=True, slots=True)
class Thing:
    """What a step is about: a session, with two submissions, a record, a stream or chunks."""

    name: str
    """No other step's."""
    kind: SubmissionKind = "dispatch"
    """Of its submissions."""
    bare: bool = False
    """Whether there is as little as possible before clients act."""

    @property
    def key(self) -> str:
        """The session key."""
        return session_key(INSTANCE, self.name)

    @property
    def first(self) -> str:
        """The submission at the head of the session."""
        return f"{self.name}-first"

    @property
    def second(self) -> str:
        """The one behind it."""
        return f"{self.name}-second"

    @property
    def attempt(self) -> SubmissionAttemptRef:
        """The attempt at the first one that is under way."""
        return SubmissionAttemptRef(self.first, "attempt")


Act: TypeAlias = Callable[[Client, Thing], Awaitable[Any]]
Preparation: TypeAlias = Callable[[Client, Thing, random.Random], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Clash:
    """A workload: what is prepared, what is done to it at once, and how it is looked at."""

    prepare: Preparation
    acts: Sequence[Act]
    look: Act
    alone: Act | None = None
    """What no two clients do at once: the contract promises nothing of it."""

    async def __call__(self, client: Client, chance: random.Random, steps: int, /) -> None:
        """Do so many steps."""
        del chance
        for step in range(steps):
            await self.step(client, step, step)

    async def step(self, client: Client, number: int, step: int) -> None:
        """Do its `number`th step, which is the workload's `step`th."""
        theme = await client.meet(2 * step)
        # With an odd number of acts, each meets every kind of thing.
        kind: SubmissionKind = "direct" if number & 1 else "dispatch"
        thing = Thing(client.history.named(f"{step}"), kind, bare=bool(number & 2))
        if client.name == _PREPARES:
            await self.prepare(client, thing, theme)
        theme = await client.meet(2 * step + 1)
        await self._act(client, number, theme)(client, thing)
        await self.look(client, thing)

    def _act(self, client: Client, number: int, theme: random.Random) -> Act:
        first = self.acts[number % len(self.acts)]
        if client.name == _FIRST:
            return first
        others = [act for act in self.acts if act is not first or act is not self.alone]
        _, _, place = client.name.rpartition(" ")
        return theme.sample(others, len(others))[int(place) % len(others)]


def in_turn(*clashes: Clash) -> Workload:
    """Return the workload that does a step of one after the other."""

    async def work(client: Client, chance: random.Random, steps: int, /) -> None:
        del chance
        for step in range(steps):
            number, place = divmod(step, len(clashes))
            await clashes[place].step(client, number, step)

    return work
