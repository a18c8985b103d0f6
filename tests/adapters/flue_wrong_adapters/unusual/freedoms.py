"""What rules leave open, decided otherwise than by the reference adapters."""

from __future__ import annotations

import math
import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

from flue_conformance.contract import (
    AgentSubmission,
    InvalidOffset,
    MalformedRecord,
    ReadEventsOpts,
    UnstorableText,
)
from flue_wrong_adapters.catalogue import unusual
from flue_wrong_adapters.each_call import EachCall, Method
from flue_wrong_adapters.wrappers import Registry, RunEvents, Runs, Streams, Submissions


@unusual("A turn is begun by the attempt that owns the submission alone (JOURNAL-05).")
class FencesTheBeginOfATurn(Submissions):
    """Refuses to begin for attempts that lost ownership and for unknown submissions."""

    async def begin_turn_journal(self, begun: Any) -> bool:
        found = await self.right.get_submission(begun.submission_id)
        owns = found and found.status == "running" and found.attempt_id == begun.attempt_id
        return bool(owns) and await self.right.begin_turn_journal(begun)


@unusual("A claim after a requeue goes on counting and keeps the first timeout (CLAIM-07).")
class GoesOnCountingAttempts(Submissions):
    """Restores count and timeout after a claim."""

    async def claim_submission(self, claim: Any) -> AgentSubmission | None:
        before = await self.sql(
            "SELECT attempt_count, timeout_at FROM flue_agent_submissions"
            " WHERE submission_id = :id AND attempt_count > 0",
            id=claim.submission_id,
        )
        claimed = await self.right.claim_submission(claim)
        if claimed is None or not before:
            return claimed
        await self.sql(
            "UPDATE flue_agent_submissions SET attempt_count = :count, timeout_at = :timeout"
            " WHERE submission_id = :id",
            id=claim.submission_id,
            count=before[0].attempt_count + 1,
            timeout=before[0].timeout_at,
        )
        return await self.right.get_submission(claim.submission_id)


@unusual("Settled work from the future is deleted, and leaves a receipt (DELETION-08).")
class DeletesWhatIsFromTheFuture(Submissions):
    """Deletes what a deletion left of a session, once it has a receipt."""

    async def delete_session(self, key: str, callback: Any) -> None:
        await self.right.delete_session(key, callback)
        left = "session_key = :key AND status = 'settled'"
        await self.sql(
            "INSERT INTO flue_agent_dispatch_receipts"
            " SELECT submission_id, accepted_at, settled_at FROM flue_agent_submissions"
            # There may be one from a deletion that was cancelled.
            f" WHERE {left} AND kind = 'dispatch' ON CONFLICT DO NOTHING",
            key=key,
        )
        of_those = f"IN (SELECT submission_id FROM flue_agent_submissions WHERE {left})"
        await self.sql(
            "DELETE FROM flue_agent_stream_chunks WHERE stream_key IN"
            f" (SELECT stream_key FROM flue_agent_turn_journals WHERE submission_id {of_those})",
            key=key,
        )
        await self.sql(
            f"DELETE FROM flue_agent_turn_journals WHERE submission_id {of_those}", key=key
        )
        await self.sql(f"DELETE FROM flue_agent_submissions WHERE {left}", key=key)


@unusual("Sessions, instances and agents without a name are refused (ADMISSION-27).")
class RefusesEmptyNames(Submissions):
    """Wants names of at least one character."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        _want_names(dispatch)
        return await self.right.admit_dispatch(dispatch)

    async def admit_direct(self, direct: Any) -> Any:
        _want_names(direct)
        return await self.right.admit_direct(direct)


def _want_names(given: Any) -> None:
    if "" in (given.get("session"), given.get("id"), given.get("agent")):
        raise MalformedRecord("The input is malformed: a name is empty.")


@unusual("Offsets are read in their full form alone (STREAM-19).")
class ReadsFullOffsetsAlone(Streams):
    """Refuses short forms of offsets."""

    async def read_events(self, path: str, opts: ReadEventsOpts | None = None) -> Any:
        offset = opts.offset if opts else None
        known = await self.right.get_stream_meta(path)
        if known and offset is not None and not re.fullmatch(r"-1|now|\d{16}_\d{16}", offset):
            raise InvalidOffset(f"Invalid stream offset: {offset!r}.")
        return await self.right.read_events(path, opts)


@unusual("A page of no events is one of a hundred (STREAM-22).")
class TakesALimitOfZeroForNone(Streams):
    """Reads a limit with `or`."""

    async def read_events(self, path: str, opts: ReadEventsOpts | None = None) -> Any:
        if opts is not None and not opts.limit:
            opts = replace(opts, limit=None)
        return await self.right.read_events(path, opts)


@unusual("A page of the registry with a fractional limit is refused (INDEX-13).")
class RefusesFractionalLimits(Registry):
    """Wants finite limits to be integers."""

    async def list_runs(self, opts: Any = None) -> Any:
        limit = opts.limit if opts else None
        if limit and math.isfinite(limit) and limit % 1:
            raise ValueError(f"{limit} is no integer")
        return await self.right.list_runs(opts)


_DOCUMENTS = {"payload", "result", "error", "tool_request"}


def _outside_documents(method: Method, arguments: tuple[Any, ...]) -> int:
    """Return how many arguments a text column may hold; an event may be text, and is JSON."""
    return 1 if method.__name__ == "append_event" else len(arguments)


@unusual("Text with U+0000 is refused in every text column (ENCODING-05).")
class RefusesZeroCharacters(EachCall):
    """Refuses what a text column of Postgres cannot hold."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        for argument in arguments[: _outside_documents(method, arguments)]:
            if any("\0" in text for text in _texts(argument)):
                raise UnstorableText("U+0000 cannot be stored.")
        return await method(*arguments, **options)


def _texts(argument: Any) -> list[str]:
    """Return the texts of an argument that lie in columns."""
    if isinstance(argument, str):
        return [argument]
    if isinstance(argument, dict):
        named = (argument.get(name) for name in ("dispatchId", "submissionId"))
        return [text for text in named if isinstance(text, str)]
    if is_dataclass(argument) and not isinstance(argument, type):
        names = {each.name for each in fields(argument)} - _DOCUMENTS
        members = (getattr(argument, name) for name in names)
        return [text for text in members if isinstance(text, str)]
    return []


@unusual("Unpaired surrogates of keys and texts become U+FFFD (ENCODING-06).")
class ReplacesUnpairedSurrogates(EachCall):
    """Encodes texts in columns, and what cannot be encoded becomes U+FFFD."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        outside = _outside_documents(method, arguments)
        encoded = [_encoded(argument) for argument in arguments[:outside]]
        return await method(*encoded, *arguments[outside:], **options)


def _encoded(argument: Any) -> Any:
    if isinstance(argument, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", argument)
    return argument


@unusual("A run that is recorded twice raises, and stays as it was (RUN-07).")
class RaisesForAKnownRun(Runs):
    """Inserts, and lets the unique key speak."""

    async def create_run(self, run: Any) -> None:
        if await self.right.get_run(run.run_id) is not None:
            raise ValueError("duplicate key value violates unique constraint")
        await self.right.create_run(run)


@unusual("Durations are integers of 32 bits (RUN-10).")
class KeepsDurationsInThirtyTwoBits(Runs):
    """Refuses durations that are fractional or too long."""

    async def end_run(self, end: Any) -> None:
        if end.duration_ms % 1 or end.duration_ms >= 2**31:
            raise ValueError("integer out of range")
        await self.right.end_run(end)


@unusual("Segments are numbered from 0 on, in 31 bits (CHUNK-06).")
class NumbersSegmentsInThirtyOneBits(Submissions):
    """Refuses negative and very large numbers of segments."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        if not 0 <= segment_index < 2**31:
            raise ValueError("integer out of range")
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, body)


@unusual("Events have numbers of 31 bits and a run that is known (EVENT-10, EVENT-15).")
class WantsARunForEachEvent(RunEvents):
    """Refuses events of unknown runs, and numbers that are too large."""

    async def append_event(self, run_id: str, event: Any) -> None:
        index = event.get("eventIndex")
        if isinstance(index, int) and index >= 2**31:
            raise ValueError("integer out of range")
        await self.right.append_event(run_id, event)
        if not await self.sql("SELECT 1 FROM flue_runs WHERE run_id = :id", id=run_id):
            raise ValueError("insert violates foreign key constraint")
