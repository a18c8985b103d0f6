"""What clients do at once while their history is recorded: few keys, so that they meet."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from flue_conformance.contract import (
    CreateTurnJournalInput,
    ReadEventsOpts,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.values import dispatch_input, now, session_data
from flue_conformance.specs.support.clients import Client, is_submission

Workload: TypeAlias = Callable[[Client, random.Random, int], Awaitable[None]]
"""So many steps of a client; chance decides what they are."""

SESSIONS: Final = ("one", "two")
KEYS: Final = tuple(session_key("agent-1", name) for name in SESSIONS)
"""The sessions at which is worked."""

_POOL: Final = 6
"""How many ids a session has at a time: several clients admit the same ones."""


async def work(client: Client, chance: random.Random, steps: int) -> None:
    """Admit, claim, settle, requeue and take over, and look at it."""
    mine: dict[str, SubmissionAttemptRef] = {}
    for step in range(steps):
        known = list(client.history.homes)
        action = chance.choice(_ACTIONS)
        if not known or action == "admit":
            await _admit(client, chance, step, steps)
        elif action == "claim":
            await _claim(client, chance, mine, f"{client.name}-{step}")
        elif action == "get":
            await _read(client, chance.choice(known))
        elif action.startswith("list_"):
            await client.look(f"submissions.{action}")
        elif mine:
            await _go_on(client, chance, action, mine, f"{client.name}-{step}")
    for name in list(client.history.homes)[-4:]:
        await _read(client, name)


_ACTIONS: Final = (
    "admit",
    "admit",
    "claim",
    "claim",
    "claim",
    "get",
    "list_runnable_submissions",
    "list_running_submissions",
    "complete",
    "complete",
    "fail",
    "requeue",
    "requeue",
    "replace",
    "mark",
    "begin",
    "update",
    "commit",
    "renew",
)


async def _admit(client: Client, chance: random.Random, step: int, steps: int) -> None:
    place = chance.randrange(len(SESSIONS))
    name = f"{SESSIONS[place]}-{step * _POOL // max(steps, 1)}-{chance.randrange(2)}"
    variant = chance.choice(("same", "same", "other"))
    client.history.homes.setdefault(name, KEYS[place])
    given = dispatch_input(name, session=SESSIONS[place], input={"variant": variant})
    await client.call(KEYS[place], "submissions.admit_dispatch", given)


async def _claim(
    client: Client, chance: random.Random, mine: dict[str, SubmissionAttemptRef], attempt: str
) -> None:
    # What is listed as well as what is not: a claim must not rely on callers who ask first.
    heads = await client.look("submissions.list_runnable_submissions")
    names = [head.submission_id for head in heads] * 2 + list(client.history.homes)[-4:]
    name = chance.choice(names)
    lease = now() + chance.choice((60_000, 600_000))
    wanted = SubmissionClaimRef(name, attempt, client.name, lease)
    seen = await client.call(client.history.homes[name], "submissions.claim_submission", wanted)
    if seen is not None:
        # Perhaps: where the answer was lost it may be so.
        mine[name] = SubmissionAttemptRef(name, attempt)


async def _go_on(
    client: Client,
    chance: random.Random,
    action: str,
    mine: dict[str, SubmissionAttemptRef],
    fresh: str,
) -> None:
    name, attempt = chance.choice(list(mine.items()))
    key = client.history.homes[name]
    arguments: tuple[Any, ...] = (attempt,)
    method = _METHODS[action]
    if action == "fail":
        arguments = (attempt, RuntimeError("the failure of a history"))
    elif action == "replace":
        arguments = (attempt, fresh)
    elif action == "begin":
        phase: Any = "before_provider"
        begun = CreateTurnJournalInput(
            name, key, "dispatch", attempt.attempt_id, "operation", f"turn-{fresh}", phase
        )
        arguments = (begun,)
    elif action == "update":
        arguments = (attempt, "provider_started", TurnJournalUpdate(stream_key=f"stream-{fresh}"))
    elif action == "commit":
        arguments = (attempt, "leaf")
    elif action == "renew":
        arguments = (client.name, [name])
    seen = await client.call(key, f"submissions.{method}", *arguments)
    if action == "replace" and is_submission(seen):
        mine[name] = SubmissionAttemptRef(name, fresh)
    elif action in ("complete", "fail", "requeue") and seen is True and chance.random() < 0.5:
        # The other half goes on as if it had not heard the answer.
        del mine[name]


_METHODS: Final = {
    "complete": "complete_submission",
    "fail": "fail_submission",
    "requeue": "requeue_submission_before_input_applied",
    "replace": "replace_turn_journal_attempt",
    "mark": "mark_submission_input_applied",
    "begin": "begin_turn_journal",
    "update": "update_turn_journal_phase",
    "commit": "commit_turn_journal",
    "renew": "renew_leases",
}


async def _read(client: Client, name: str) -> None:
    key = client.history.homes[name]
    await client.call(key, "submissions.get_submission", name)
    await client.call(key, "submissions.get_turn_journal", name)


async def save_records(client: Client, chance: random.Random, steps: int) -> None:
    """Save, load and delete two session records."""
    for step in range(steps):
        name = chance.choice(("record-1", "record-2"))
        action = chance.choice(("save", "save", "load", "load", "load", "delete"))
        if action == "save":
            told = f"{client.name}-{step}"
            entries = [
                {"type": "message", "id": f"{number:08x}", "parentId": None, "told": told}
                for number in range(chance.choice((1, 6, 9)))
            ]
            record = session_data(entries=entries, leafId=told, metadata={"told": told})
            await client.call(name, "sessions.save", name, record)
        else:
            await client.call(name, f"sessions.{action}", name)
        client.history.homes.setdefault(name, name)


async def write_streams(client: Client, chance: random.Random, steps: int) -> None:
    """Append to two streams, follow, close, delete and create them."""
    seen: dict[str, str] = {}
    for step in range(steps):
        path = chance.choice(("stream-1", "stream-2"))
        action = chance.choice(_STREAM_ACTIONS)
        if action == "append_event":
            await client.call(path, "streams.append_event", path, f"{client.name}-{step}")
        elif action == "read_events":
            opts = ReadEventsOpts(seen.get(path), chance.choice((None, 3)))
            page = await client.call(path, "streams.read_events", path, opts)
            seen[path] = getattr(page, "next_offset", "-1")
        else:
            await client.call(path, f"streams.{action}", path)


_STREAM_ACTIONS: Final = (
    *["append_event"] * 8,
    *["read_events"] * 5,
    *["create_stream"] * 3,
    "get_stream_meta",
    "get_stream_meta",
    "close_stream",
    "delete_stream",
)


async def append_chunks(client: Client, chance: random.Random, steps: int) -> None:
    """Append the same segments of two keys, read and delete them."""
    for step in range(steps):
        key = chance.choice(("chunks-1", "chunks-2"))
        action = chance.choice(("append", "append", "append", "get", "get", "delete"))
        if action == "append":
            index = chance.randrange(4)
            body = f"{client.name}-{step}"
            await client.call(key, "submissions.append_stream_chunk_segment", key, index, body)
        else:
            await client.call(key, f"submissions.{action}_stream_chunk_segments", key)


async def delete_and_replay(client: Client, chance: random.Random, steps: int) -> None:
    """Settle one submission after the other and delete the session, while others replay them."""
    (key, *_) = KEYS
    deletes = client.name.endswith("1")
    for step in range(steps):
        name = f"replayed-{step // 2}"
        client.history.homes.setdefault(name, key)
        await client.call(key, "submissions.admit_dispatch", dispatch_input(name, session="one"))
        if not deletes:
            await client.call(key, "submissions.get_submission", name)
            continue
        await _settle_all(client, key, f"{step}")
        await client.delete_session(key, lambda: _look_within(client, key, chance))
        await client.call(key, "submissions.get_submission", name)


async def _settle_all(client: Client, key: str, attempt: str) -> None:
    for name in list(client.history.homes):
        wanted = SubmissionClaimRef(name, attempt, client.name, now() + 60_000)
        if is_submission(await client.call(key, "submissions.claim_submission", wanted)):
            owner = SubmissionAttemptRef(name, attempt)
            await client.call(key, "submissions.complete_submission", owner)


async def _look_within(client: Client, key: str, chance: random.Random) -> None:
    name = chance.choice(list(client.history.homes))
    await client.call(key, "submissions.get_submission", name)
