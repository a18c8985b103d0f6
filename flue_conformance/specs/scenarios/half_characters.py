"""Unpaired surrogates in text outside JSON, and what becomes of them. ENCODING-06."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from flue_conformance.contract import AgentSubmissionStore
from flue_conformance.specs.scenarios.steps import begin_turn, queue, queue_and_start
from flue_conformance.specs.scenarios.values import (
    attempt,
    claim,
    create_run,
    run_start,
    session_data,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.racing import attempted

HALF: Final = "one \ud83d half"
REPLACED: Final = "one \ufffd half"
OTHER_HALF: Final = "one \ud83e half"
"""What a store that loses the surrogate some other way takes for the same."""

Look: TypeAlias = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Use:
    """A call that stores `HALF`, and a look at what is stored instead of it, if anything."""

    store: Callable[[], Awaitable[object]]
    stored: Look


async def uses(handle: Handle) -> dict[str, Use]:
    """Return calls that store `HALF` in one place each, by what it is there."""
    sessions, submissions = handle.sessions, handle.submissions
    for name in ("attempt", "owner"):
        await queue(submissions, name, session=name)
    for name in ("journal", "error"):
        await queue_and_start(submissions, name, session=name)
    await begin_turn(submissions, "journal")
    made = {
        "a session id": Use(
            partial(sessions.save, HALF, session_data()),
            partial(_known_as, sessions.load),
        ),
        "an attempt id": Use(
            partial(submissions.claim_submission, claim("attempt", HALF)),
            partial(_member, submissions.get_submission, "attempt", "attempt_id"),
        ),
        "an owner id": Use(
            partial(submissions.claim_submission, claim("owner", owner_id=HALF)),
            partial(_member, submissions.get_submission, "owner", "owner_id"),
        ),
        "a committed leaf": Use(
            partial(submissions.commit_turn_journal, attempt("journal"), HALF),
            partial(_member, submissions.get_turn_journal, "journal", "committed_leaf_id"),
        ),
        "an error text": Use(
            partial(submissions.fail_submission, attempt("error"), RuntimeError(HALF)),
            partial(_member, submissions.get_submission, "error", "error"),
        ),
        "a stream key": Use(
            partial(submissions.append_stream_chunk_segment, HALF, 0, "[]"),
            partial(_known_as, submissions.get_stream_chunk_segments),
        ),
        "a chunk's body": Use(
            partial(submissions.append_stream_chunk_segment, "stream", 0, HALF),
            partial(_first_body, submissions, "stream"),
        ),
        "a run id": Use(
            partial(handle.runs.create_run, create_run(HALF)),
            partial(_known_as, handle.runs.get_run),
        ),
        "a registered run id": Use(
            partial(handle.registry.record_run_start, run_start(HALF)),
            partial(_known_as, handle.registry.lookup_run),
        ),
    }
    if handle.stores.event_streams is not None:
        made["a stream path"] = Use(
            partial(handle.streams.create_stream, HALF),
            partial(_known_as, handle.streams.get_stream_meta),
        )
    return made


async def _known_as(find: Callable[[str], Awaitable[object]]) -> str | None:
    """Return the first key under which something is found; a store may refuse to look for some."""
    for key in (REPLACED, OTHER_HALF, HALF):
        finding = await attempted(partial(find, key))
        if finding.value:
            return key
    return None


async def _member(find: Callable[[str], Awaitable[Any]], name: str, member: str) -> str | None:
    text: str | None = getattr(await find(name), member)
    return text


async def _first_body(submissions: AgentSubmissionStore, key: str) -> str | None:
    chunks = await submissions.get_stream_chunk_segments(key)
    return chunks[0].body if chunks else None
