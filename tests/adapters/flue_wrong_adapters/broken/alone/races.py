"""Adapters that look, and act on what they saw in another transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentDispatchAdmission,
    AgentSubmission,
    DirectAgentSubmissionInput,
    DispatchInput,
    EventStreamReadResult,
    JsonValue,
    ReadEventsOpts,
    SessionData,
    Stores,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionLease,
    format_offset,
    json_text,
    session_key,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.one_at_a_time import one_at_a_time
from flue_wrong_adapters.wrappers import Adapter, Sessions, Streams, Submissions
from reference_adapters import clock
from reference_adapters.submissions import admission

_START = (
    "UPDATE flue_agent_submissions SET status = 'running', attempt_id = :attempt,"
    " owner_id = :owner, lease_expires_at = :expiry, started_at = :now, max_retry = 10,"
    " timeout_at = :now + 3600000, attempt_count = attempt_count + 1 WHERE submission_id = :id"
)


class Fenced(Submissions):
    """Sees whether an attempt owns its submission."""

    async def owns(self, attempt: SubmissionAttemptRef) -> bool:
        """Tell whether it does, in a transaction that is over then."""
        found = await self.right.get_submission(attempt.submission_id)
        return bool(found and found.status == "running" and found.attempt_id == attempt.attempt_id)


@broken("CLAIM-03", "Two processes run one prompt, each with its own attempt.", place="sqlite")
class ClaimsWhatItSawQueued(Submissions):
    """Looks for the head, and starts it in another transaction."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        async with one_at_a_time():
            heads = await self.right.list_runnable_submissions()
            if claim.submission_id not in {head.submission_id for head in heads}:
                return None
            await self.sql(
                _START,
                id=claim.submission_id,
                attempt=claim.attempt_id,
                owner=claim.owner_id,
                expiry=claim.lease_expires_at,
                now=clock.now(),
            )
            found: AgentSubmission | None = await self.right.get_submission(claim.submission_id)
            return found


@broken("CLAIM-04", "While one is put back, the next prompt of its session runs.", place="sqlite")
class StepsAsideToRequeue(Fenced):
    """Takes the head out of its queue for a moment."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        async with one_at_a_time():
            return await self.right.claim_submission(claim)

    async def requeue_submission_before_input_applied(self, attempt: SubmissionAttemptRef) -> bool:
        async with one_at_a_time():
            if not await self.owns(attempt):
                return False
            named = "WHERE submission_id = :id"
            await self.sql(
                f"UPDATE flue_agent_submissions SET status = 'settled', attempt_id = NULL,"
                f" owner_id = NULL, started_at = NULL, lease_expires_at = 0 {named}",
                id=attempt.submission_id,
            )
            await self.right.get_turn_journal(attempt.submission_id)
            await self.sql(
                f"UPDATE flue_agent_submissions SET status = 'queued' {named}",
                id=attempt.submission_id,
            )
            return True


@broken(
    "ADMISSION-24", "A dispatch that two processes get at once is numbered twice.", place="sqlite"
)
class AdmitsWhatItDidNotFind(Submissions):
    """Puts a dispatch that it has not found in place of any other."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            if await self.right.get_submission(input["dispatchId"]) is None:
                await self.sql(
                    "DELETE FROM flue_agent_submissions WHERE submission_id = :id",
                    id=input["dispatchId"],
                )
            return await self.right.admit_dispatch(input)


@broken(
    "ADMISSION-25",
    "Two prompts under one id are both answered, and one is lost.",
    place="sqlite",
)
class TheLastInputStays(Submissions):
    """Writes an input over the one that came in since it looked."""

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            if await self.right.get_submission(input["submissionId"]) is not None:
                return await self.right.admit_direct(input)
            await self.sql(
                "UPDATE flue_agent_submissions SET payload = :payload, session_key = :session"
                " WHERE submission_id = :id",
                payload=json_text(dict(input)),
                session=session_key(input["id"], input["session"]),
                id=input["submissionId"],
            )
            return await self.right.admit_direct(input)


@broken(
    "ORDERING-16",
    "A prompt appears in front of one that runs already, and overtakes it.",
    place="sqlite",
)
class TakesItsNumberFirst(Submissions):
    """Takes a number in one transaction, and queues under it in another."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            known = await self.right.get_submission(input["dispatchId"])
            taken = (
                []
                if known
                else await self.sql(
                    "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'flue_agent_submissions'"
                    " RETURNING seq"
                )
            )
            if not taken:
                return await self.right.admit_dispatch(input)
            layout = self.right._layout  # type: ignore[attr-defined] # the reference store's
            prepared = admission.dispatch_admission(input, layout)

            def step(connection: Connection) -> AgentDispatchAdmission:
                admitted = admission.admit_dispatch(connection, layout, prepared)
                connection.execute(
                    text(
                        "UPDATE flue_agent_submissions SET sequence = :number"
                        " WHERE submission_id = :id"
                    ),
                    {"number": taken[0][0], "id": prepared.submission_id},
                )
                return admitted

            await self.right._database.write(step)  # type: ignore[attr-defined] # as above
            return await self.right.admit_dispatch(input)


@broken("LIFECYCLE-10", "A prompt is reported as done and as failed.", place="sqlite")
class EndsWhatItSawRunning(Fenced):
    """Checks the attempt, and settles in another transaction."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        return await self._settle(attempt, None)

    async def fail_submission(self, attempt: SubmissionAttemptRef, error: object) -> bool:
        return await self._settle(attempt, str(error))

    async def _settle(self, attempt: SubmissionAttemptRef, error: str | None) -> bool:
        async with one_at_a_time():
            if not await self.owns(attempt):
                return False
            await self.sql(
                "UPDATE flue_agent_submissions SET status = 'settled', error = :error,"
                " settled_at = :now WHERE submission_id = :id",
                id=attempt.submission_id,
                error=error,
                now=clock.now(),
            )
            return True


@broken("JOURNAL-17", "Two processes take one prompt over, and both run it.", place="sqlite")
class TakesOverWhatItSawRunning(Fenced):
    """Checks the attempt, and replaces it in another transaction."""

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        async with one_at_a_time():
            found = await self.right.get_submission(attempt.submission_id)
            if found is None or found.attempt_id is None or not await self.owns(attempt):
                return None
            running = SubmissionAttemptRef(attempt.submission_id, found.attempt_id)
            await self.sql(
                "UPDATE flue_agent_submissions SET attempt_id = :id, status = 'running'"
                " WHERE submission_id = :submission",
                id=running.attempt_id,
                submission=attempt.submission_id,
            )
            return await self.right.replace_turn_journal_attempt(running, next_attempt_id, lease)


@broken("CHUNK-02", "What one process kept of a stream, another one writes over.", place="sqlite")
class WritesChunksThatItDidNotFind(Submissions):
    """Looks for the chunk, and writes it in another transaction."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        async with one_at_a_time():
            there = await self.right.get_stream_chunk_segments(stream_key)
            if any(chunk.segment_index == segment_index for chunk in there):
                return False
            await self.sql(
                "INSERT OR REPLACE INTO flue_agent_stream_chunks"
                " (stream_key, segment_index, body, created_at) VALUES (:key, :number, :body, 0)",
                key=stream_key,
                number=segment_index,
                body=body,
            )
            return True


@broken("SESSION-10", "A conversation is gone for a moment each time it is saved.", place="sqlite")
class SavesInPlaceOfWhatItDeleted(Sessions):
    """Deletes a record before it writes the new one."""

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            return await self.right.load(id)

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            await self.right.delete(id)
            await self.right.save(id, data)

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            await self.right.delete(id)


@broken("SESSION-11", "Two conversations end up in one record.", place="sqlite")
class AddsToWhatItSaved(Sessions):
    """Saves the record with half of its entries, and then adds the others to what it reads."""

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            half = len(data["entries"]) // 2
            await self.right.save(id, {**data, "entries": data["entries"][:half]})
            written = await self.right.load(id)
            if written is not None:
                there = {entry["id"] for entry in written["entries"]}
                rest = [entry for entry in data["entries"] if entry["id"] not in there]
                await self.right.save(id, {**written, "entries": [*written["entries"], *rest]})


class OwnAppends(Streams):
    """Appends in two transactions, and reads when it does not append."""

    async def read_events(
        self, path: str, opts: ReadEventsOpts | None = None
    ) -> EventStreamReadResult:
        async with one_at_a_time():
            return await self.right.read_events(path, opts)

    async def insert(self, path: str, number: int, event: JsonValue) -> str:
        """Store an event under its number; returns its offset."""
        await self.sql(
            "INSERT OR REPLACE INTO flue_event_stream_entries (path, seq, data)"
            " VALUES (:path, :number, :data)",
            path=path,
            number=number,
            data=json_text(event),
        )
        return format_offset(number)


@broken("STREAM-38", "Of what two processes say at once, one event is lost.", place="sqlite")
class CountsInAnotherTransaction(OwnAppends):
    """Reads which number is next, and uses it in another transaction."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        async with one_at_a_time():
            found = await self.sql(
                "SELECT next_offset FROM flue_event_streams WHERE path = :path AND NOT closed",
                path=path,
            )
            if not found:
                return await self.right.append_event(path, event)
            number = found[0][0]
            offset = await self.insert(path, number, event)
            await self.sql(
                "UPDATE flue_event_streams SET next_offset = :next WHERE path = :path",
                path=path,
                next=number + 1,
            )
            return offset


@broken("STREAM-39", "Who follows an agent misses what another process says.", place="sqlite")
class NumbersBeforeItStores(OwnAppends):
    """Takes a number in one transaction, and stores the event under it in another."""

    async def append_event(self, path: str, event: JsonValue) -> str:
        async with one_at_a_time():
            taken = await self.sql(
                "UPDATE flue_event_streams SET next_offset = next_offset + 1"
                " WHERE path = :path AND NOT closed RETURNING next_offset",
                path=path,
            )
            if not taken:
                return await self.right.append_event(path, event)
            return await self.insert(path, taken[0][0] - 1, event)


@broken("STREAM-40", "An event that was acknowledged appears in no closed stream.", place="sqlite")
class AppendsToWhatItSawOpen(OwnAppends):
    """Looks whether a stream is open; what was closed meanwhile takes no event."""

    async def close_stream(self, path: str) -> None:
        async with one_at_a_time():
            await self.right.close_stream(path)

    async def append_event(self, path: str, event: JsonValue) -> str:
        async with one_at_a_time():
            found = await self.sql(
                "SELECT next_offset FROM flue_event_streams WHERE path = :path AND NOT closed",
                path=path,
            )
            if not found:
                return await self.right.append_event(path, event)
            taken = await self.sql(
                "UPDATE flue_event_streams SET next_offset = next_offset + 1"
                " WHERE path = :path AND NOT closed RETURNING next_offset",
                path=path,
            )
            if not taken:
                return format_offset(found[0][0])
            return await self.insert(path, taken[0][0] - 1, event)


@broken("DELETION-15", "A dispatch whose session is deleted just then runs again.", place="sqlite")
class QueuesWhatItSawNoReceiptOf(Submissions):
    """Looks for receipts and markers, and queues in another transaction."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002 - Flue's name
        async with one_at_a_time():
            barred = await self.sql(
                "SELECT 1 FROM flue_agent_dispatch_receipts WHERE dispatch_id = :id UNION ALL"
                " SELECT 1 FROM flue_agent_session_deletions WHERE session_key = :session",
                id=input["dispatchId"],
                session=session_key(input["id"], input["session"]),
            )
            if barred:
                return await self.right.admit_dispatch(input)
            await self.right.has_unsettled_submissions()
            document = {**input, "kind": "dispatch", "submissionId": input["dispatchId"]}
            queued = await self.sql(
                "INSERT INTO flue_agent_submissions (submission_id, session_key, kind, payload,"
                " status, accepted_at) VALUES (:id, :session, 'dispatch', :payload, 'queued',"
                " :accepted) ON CONFLICT DO NOTHING RETURNING submission_id",
                id=input["dispatchId"],
                session=session_key(input["id"], input["session"]),
                payload=json_text(document),
                accepted=admission.dispatch_admission(input, self.right._layout).accepted_at,  # type: ignore[attr-defined] # the reference adapter's
            )
            if not queued:
                return await self.right.admit_dispatch(input)
            found = await self.right.get_submission(input["dispatchId"])
            return AdmittedSubmission(found) if found else await self.right.admit_dispatch(input)


@broken("ADAPTER-08", "Of two servers that start together, one stays down.", place="postgres")
class MakesTablesThatItDidNotFind(Adapter):
    """Looks for a table of its own, and makes it in another transaction."""

    async def migrate(self) -> None:
        async with one_at_a_time():
            store = Submissions((await self.right.connect()).submissions)
            there = await store.sql("SELECT 1 FROM pg_tables WHERE tablename = 'own_versions'")
            await self.right.migrate()
            if not there:
                await store.sql("CREATE TABLE own_versions (version INTEGER)")


_REMEMBERED: dict[tuple[str, str], SessionData | None] = {}


@broken("ADAPTER-10", "A conversation looks as it did before others saved it.", place="sqlite")
class RemembersWhatThisProcessLoaded(Adapter):
    """Keeps the records that it loaded or saved, for all adapters of this process."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        return replace(stores, sessions=_Remembering(stores.sessions))


class _Remembering(Sessions):
    right: Any

    def _key(self, id: str) -> tuple[str, str]:  # noqa: A002 - Flue's name
        return self.right._database._name, id

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        if self._key(id) not in _REMEMBERED:
            _REMEMBERED[self._key(id)] = await self.right.load(id)
        return await self.right.load(id) and _REMEMBERED[self._key(id)]

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        await self.right.save(id, data)
        _REMEMBERED[self._key(id)] = data

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        _REMEMBERED.pop(self._key(id), None)
        await self.right.delete(id)
