"""Clashes over submissions: queues, attempts, turns, and the deletion of their sessions."""

from __future__ import annotations

import random
from typing import Final

from flue_conformance.contract import (
    CreateTurnJournalInput,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    TurnJournalUpdate,
)
from flue_conformance.specs.scenarios.clashes import Clash, Thing
from flue_conformance.specs.scenarios.values import direct_input, dispatch_input, now
from flue_conformance.specs.support.clients import Client

_OFTEN: Final = 0.7


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
    if not thing.bare:
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


QUEUES: Final = Clash(
    _queue, (_admit, _admit_another, _admit_behind, _claim, _claim_behind), _read_submissions
)
ATTEMPTS: Final = Clash(
    _start, (_complete, _fail, _requeue, _replace, _claim_behind), _read_submissions
)
TURNS: Final = Clash(
    _begin_turn,
    (_begin, _begin, _update, _commit, _replace, _replace, _replace, _mark, _complete),
    _read_turn,
)
DELETIONS: Final = Clash(
    _settle,
    (_admit, _admit_another, _admit_behind, _delete_session, _read_submissions),
    _read_submissions,
    alone=_delete_session,
)
