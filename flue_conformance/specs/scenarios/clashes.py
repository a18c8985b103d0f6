"""What clients do at once to one thing that is made for each step anew, so that they clash.

One client prepares. Then each acts, and looks at what it did: the first client does one thing after
the other as steps go by, the others several at once, whichever chance picks.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from flue_conformance.contract import (
    START_OFFSET,
    CreateTurnJournalInput,
    ReadEventsOpts,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionKind,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.values import direct_input, dispatch_input, now, session_data
from flue_conformance.specs.support.clients import INSTANCE, Client, Workload

_FIRST: Final = "client 1"
_PREPARES: Final = "client 2"
_OFTEN: Final = 0.7
_ENTRIES: Final = (1, 6, 9)


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


async def _queue(client: Client, thing: Thing, theme: random.Random) -> None:
    if not thing.bare:
        await _admit(client, thing)
        if theme.random() < _OFTEN:
            await _admit_behind(client, thing)


async def _start(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    await _admit(client, thing)
    await _admit_behind(client, thing)
    await _claimed(client, thing, thing.attempt)


async def _begin_turn(client: Client, thing: Thing, theme: random.Random) -> None:
    await _start(client, thing, theme)
    await _begin(client, thing)


async def _settle(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    await _admit(client, thing)
    await _claimed(client, thing, thing.attempt)
    await _complete(client, thing)


async def _admit(client: Client, thing: Thing) -> None:
    await _admitted(client, thing, thing.first, "do it")


async def _admit_another(client: Client, thing: Thing) -> None:
    await _admitted(client, thing, thing.first, f"do it for {client.name}")


async def _admit_behind(client: Client, thing: Thing) -> None:
    await _admitted(client, thing, thing.second, "do it next")


async def _admitted(client: Client, thing: Thing, name: str, said: str) -> None:
    client.history.homes.setdefault(name, thing.key)
    session = thing.name
    if thing.kind == "dispatch":
        dispatch = dispatch_input(name, session=session, input=said)
        await client.call(thing.key, "submissions.admit_dispatch", dispatch)
    else:
        prompt = direct_input(name, session=session, payload={"message": said})
        await client.call(thing.key, "submissions.admit_direct", prompt)


async def _claim(client: Client, thing: Thing) -> None:
    await _claimed(client, thing, SubmissionAttemptRef(thing.first, client.name))


async def _claim_behind(client: Client, thing: Thing) -> None:
    await _claimed(client, thing, SubmissionAttemptRef(thing.second, client.name))


async def _claimed(client: Client, thing: Thing, attempt: SubmissionAttemptRef) -> None:
    wanted = SubmissionClaimRef(
        attempt.submission_id, attempt.attempt_id, client.name, now() + 60_000
    )
    await client.call(thing.key, "submissions.claim_submission", wanted)


async def _complete(client: Client, thing: Thing) -> None:
    await client.call(thing.key, "submissions.complete_submission", thing.attempt)


async def _fail(client: Client, thing: Thing) -> None:
    error = RuntimeError(f"the failure of {client.name}")
    await client.call(thing.key, "submissions.fail_submission", thing.attempt, error)


async def _requeue(client: Client, thing: Thing) -> None:
    name = "submissions.requeue_submission_before_input_applied"
    await client.call(thing.key, name, thing.attempt)


async def _replace(client: Client, thing: Thing) -> None:
    name = "submissions.replace_turn_journal_attempt"
    await client.call(thing.key, name, thing.attempt, f"attempt of {client.name}")


async def _mark(client: Client, thing: Thing) -> None:
    await client.call(thing.key, "submissions.mark_submission_input_applied", thing.attempt)


async def _begin(client: Client, thing: Thing) -> None:
    begun = CreateTurnJournalInput(
        thing.first,
        thing.key,
        thing.kind,
        thing.attempt.attempt_id,
        "operation",
        f"turn of {client.name}",
        "before_provider",
    )
    await client.call(thing.key, "submissions.begin_turn_journal", begun)


async def _update(client: Client, thing: Thing) -> None:
    update = TurnJournalUpdate(stream_key=f"stream of {client.name}")
    name = "submissions.update_turn_journal_phase"
    await client.call(thing.key, name, thing.attempt, "provider_started", update)


async def _commit(client: Client, thing: Thing) -> None:
    name = "submissions.commit_turn_journal"
    await client.call(thing.key, name, thing.attempt, f"leaf of {client.name}")


async def _read_submissions(client: Client, thing: Thing) -> None:
    await client.call(thing.key, "submissions.get_submission", thing.first)
    await client.call(thing.key, "submissions.get_submission", thing.second)


async def _read_turn(client: Client, thing: Thing) -> None:
    await client.call(thing.key, "submissions.get_submission", thing.first)
    await client.call(thing.key, "submissions.get_turn_journal", thing.first)


async def _delete_session(client: Client, thing: Thing) -> None:
    async def look() -> None:
        await client.call(thing.key, "submissions.get_submission", thing.first)

    await client.delete_session(thing.key, look)


async def _save_first(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    if not thing.bare:
        await _save(client, thing)


async def _save(client: Client, thing: Thing) -> None:
    told = f"{thing.name} by {client.name}"
    # Of other lengths, so that a mixture shows.
    entries = [
        {"type": "message", "id": f"{number:08x}", "parentId": None, "told": told}
        for number in range(_ENTRIES[int(client.name[-1]) % len(_ENTRIES)])
    ]
    record = session_data(entries=entries, leafId=told, metadata={"told": told})
    await client.call(thing.name, "sessions.save", thing.name, record)


async def _load(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "sessions.load", thing.name)


async def _delete(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "sessions.delete", thing.name)


async def _write_first(client: Client, thing: Thing, theme: random.Random) -> None:
    await client.call(thing.name, "streams.create_stream", thing.name)
    for _ in range(0 if thing.bare else theme.randint(1, 3)):
        await _append(client, thing)


async def _append(client: Client, thing: Thing) -> None:
    event = f"{len(client.history.operations)} of {client.name}"
    await client.call(thing.name, "streams.append_event", thing.name, event)


async def _close(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "streams.close_stream", thing.name)


async def _read_meta(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "streams.get_stream_meta", thing.name)


async def _follow(client: Client, thing: Thing) -> None:
    seen = await client.call(thing.name, "streams.read_events", thing.name)
    rest = ReadEventsOpts(getattr(seen, "next_offset", START_OFFSET))
    await client.call(thing.name, "streams.read_events", thing.name, rest)


async def _keep_first(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    if not thing.bare:
        await _keep(client, thing)


async def _keep(client: Client, thing: Thing) -> None:
    await _kept(client, thing, 0)


async def _keep_another(client: Client, thing: Thing) -> None:
    await _kept(client, thing, 1)


async def _kept(client: Client, thing: Thing, index: int) -> None:
    name = "submissions.append_stream_chunk_segment"
    await client.call(thing.name, name, thing.name, index, f"said by {client.name}")


async def _read_chunks(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "submissions.get_stream_chunk_segments", thing.name)


async def _drop(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "submissions.delete_stream_chunk_segments", thing.name)


QUEUES: Final = Clash(
    _queue, (_admit, _admit_another, _admit_behind, _claim, _claim_behind), _read_submissions
)
ATTEMPTS: Final = Clash(
    _start, (_complete, _fail, _requeue, _replace, _claim_behind), _read_submissions
)
TURNS: Final = Clash(
    _begin_turn, (_begin, _update, _commit, _replace, _replace, _mark, _complete), _read_turn
)
DELETIONS: Final = Clash(
    _settle,
    (_admit, _admit_another, _admit_behind, _delete_session, _read_submissions),
    _read_submissions,
    alone=_delete_session,
)
RECORDS: Final = Clash(_save_first, (_save, _save, _load, _load, _delete), _load)
STREAMS: Final = Clash(_write_first, (_append, _append, _close, _follow, _read_meta), _follow)
CHUNKS: Final = Clash(_keep_first, (_keep, _keep, _keep_another, _read_chunks, _drop), _read_chunks)


def in_turn(*clashes: Clash) -> Workload:
    """Return the workload that does a step of one after the other."""

    async def work(client: Client, chance: random.Random, steps: int, /) -> None:
        del chance
        for step in range(steps):
            number, place = divmod(step, len(clashes))
            await clashes[place].step(client, number, step)

    return work
