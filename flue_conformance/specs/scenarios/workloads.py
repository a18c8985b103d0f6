"""What clients do at once while their history is recorded: few keys, so that they meet."""

from __future__ import annotations

import random
from typing import Any, Final

from flue_conformance.contract import (
    CreateTurnJournalInput,
    ReadEventsOpts,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.values import (
    direct_input,
    dispatch_input,
    now,
    session_data,
)
from flue_conformance.specs.support.clients import INSTANCE, SESSIONS, Client, is_submission


async def work(client: Client, chance: random.Random, steps: int) -> None:
    """Admit, claim, settle, requeue and take over, several clients the same submission."""
    for step in range(steps):
        theme = await client.meet(step)
        known = list(client.history.homes)
        turn = theme.choice(_TURNS)
        if turn == "admit" or not known:
            await _admit(client, chance, theme, step)
            continue
        target = theme.choice(known[-4:])
        if turn == "claim":
            await _claim(client, chance, target, step)
        elif turn == "look":
            await client.look(f"submissions.{chance.choice(_LISTS)}")
            await client.ask_for_work()
        elif target in client.history.attempts and chance.random() < _ACTS:
            await _act(client, chance.choice(theme.choice(_ACTIONS)), target, step)
        await _read(client, target)


_TURNS: Final = ("admit", "claim", "claim", "act", "act", "act", "look")
_LISTS: Final = ("list_runnable_submissions", "list_running_submissions")
_ACTS: Final = 0.8
_ACTIONS: Final = (
    ("complete", "fail"),
    ("complete", "fail", "replace", "requeue"),
    ("replace",),
    ("requeue", "mark", "replace"),
    ("begin", "update", "commit", "replace", "renew"),
)


async def _admit(client: Client, chance: random.Random, theme: random.Random, step: int) -> None:
    session = client.history.named(theme.choice(SESSIONS))
    key = session_key(INSTANCE, session)
    direct = theme.random() < 0.5
    # Two ids, so that some meet and some come one after the other; and two inputs.
    name = f"{session}-{step}-{chance.randrange(2)}"
    client.history.homes.setdefault(name, key)
    said = chance.choice(("same", "same", "other"))
    if direct:
        prompt = direct_input(name, session=session, payload={"message": said})
        await client.call(key, "submissions.admit_direct", prompt)
    else:
        dispatch = dispatch_input(name, session=session, input={"said": said})
        await client.call(key, "submissions.admit_dispatch", dispatch)


async def _claim(client: Client, chance: random.Random, target: str, step: int) -> None:
    key = client.history.homes[target]
    behind = [name for name, home in client.history.homes.items() if home == key]
    # What is behind the head as well: a claim must not rely on callers who ask first.
    name = target if chance.random() < _ACTS else chance.choice(behind)
    attempt = SubmissionAttemptRef(name, f"{client.name}-{step}")
    wanted = SubmissionClaimRef(name, attempt.attempt_id, client.name, now() + 60_000)
    seen = await client.call(key, "submissions.claim_submission", wanted)
    if seen is not None:
        # Perhaps: where the answer was lost it may be so.
        client.history.attempts[name] = attempt


async def _act(client: Client, action: str, name: str, step: int) -> None:
    attempt = client.history.attempts[name]
    key = client.history.homes[name]
    fresh = f"{client.name}-{step}"
    arguments: tuple[Any, ...] = (attempt,)
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
    seen = await client.call(key, f"submissions.{_METHODS[action]}", *arguments)
    if action == "replace" and is_submission(seen):
        client.history.attempts[name] = SubmissionAttemptRef(name, fresh)


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
        theme = await client.meet(step)
        name = client.history.named(theme.choice(("record-1", "record-2")))
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


async def write_streams(client: Client, chance: random.Random, steps: int) -> None:
    """Append to two streams, follow and close them; one client deletes them, alone.

    That no append races with a deletion is only advice: STREAM-26.
    """
    seen: dict[str, str] = {}
    for step in range(steps):
        theme = await client.meet(step)
        path = client.history.named(theme.choice(("stream-1", "stream-2")))
        action = chance.choice(theme.choice(_STREAM_TURNS))
        if action == "delete_stream":
            if _comes_first(client):
                await client.call(path, "streams.delete_stream", path)
                await client.call(path, "streams.create_stream", path)
        elif action == "append_event":
            for number in range(2):
                event = f"{client.name}-{step}-{number}"
                await client.call(path, "streams.append_event", path, event)
        elif action == "read_events":
            for _ in range(2):
                opts = ReadEventsOpts(seen.get(path), chance.choice((None, 3)))
                page = await client.call(path, "streams.read_events", path, opts)
                seen[path] = getattr(page, "next_offset", "-1")
        else:
            await client.call(path, f"streams.{action}", path)


_STREAM_TURNS: Final = (
    ("create_stream",),
    ("append_event",),
    ("append_event", "append_event", "read_events"),
    ("append_event", "append_event", "read_events"),
    ("append_event", "read_events", "get_stream_meta"),
    ("append_event", "close_stream"),
    ("append_event", "append_event", "close_stream"),
    ("read_events", "get_stream_meta"),
    ("delete_stream",),
)


async def append_chunks(client: Client, chance: random.Random, steps: int) -> None:
    """Append the same segments of two keys, read and delete them."""
    for step in range(steps):
        theme = await client.meet(step)
        key, index = theme.choice(("chunks-1", "chunks-2")), theme.randrange(6)
        key = client.history.named(key)
        action = chance.choice(("append", "append", "append", "append", "get", "delete"))
        if action == "append":
            body = f"{client.name}-{step}"
            await client.call(key, "submissions.append_stream_chunk_segment", key, index, body)
            await client.call(key, "submissions.get_stream_chunk_segments", key)
        elif action == "get" or theme.random() < _ACTS:
            await client.call(key, "submissions.get_stream_chunk_segments", key)
        else:
            await client.call(key, "submissions.delete_stream_chunk_segments", key)


async def begin_to_work(client: Client) -> None:
    """Admit a dispatch to a session that all share, and look at what others admitted."""
    session = client.history.named(SESSIONS[0])
    key = session_key(INSTANCE, session)
    own = client.history.named(f"dispatch of {client.name}")
    await client.call(key, "submissions.admit_dispatch", dispatch_input(own, session=session))
    client.history.homes[own] = key
    for name in list(client.history.homes):
        await client.call(key, "submissions.get_submission", name)


async def delete_and_replay(client: Client, chance: random.Random, steps: int) -> None:
    """Settle one submission after the other and delete the session, while others replay them."""
    session = client.history.named(SESSIONS[0])
    key = session_key(INSTANCE, session)
    deletes = _comes_first(client)
    for step in range(steps):
        await client.meet(step)
        name = client.history.named(f"replayed-{step // 2}")
        client.history.homes.setdefault(name, key)
        await client.call(key, "submissions.admit_dispatch", dispatch_input(name, session=session))
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


def _comes_first(client: Client) -> bool:
    return client.name.endswith(" 1")
