"""Adapters that lose something of numbers, nulls, times and texts."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flue_conformance.contract import (
    ABSENT,
    AgentSubmission,
    AgentTurnJournal,
    RunRecord,
    StreamChunkSegment,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.documents import rewritten
from flue_wrong_adapters.shown import ShowsSubmissions
from flue_wrong_adapters.wrappers import Registry, Runs, Sessions, Submissions


class ShowsRuns(Runs):
    """Passes each run that it returns through `shown`."""

    def shown(self, run: RunRecord) -> RunRecord:
        """Return what the caller gets to see."""
        raise NotImplementedError

    async def get_run(self, run_id: str) -> RunRecord | None:
        found = await self.right.get_run(run_id)
        return found and self.shown(found)


class ShowsJournals(Submissions):
    """Passes each journal that it returns through `shown`."""

    def shown(self, journal: AgentTurnJournal) -> AgentTurnJournal:
        """Return what the caller gets to see."""
        raise NotImplementedError

    async def get_turn_journal(self, submission_id: str) -> AgentTurnJournal | None:
        found = await self.right.get_turn_journal(submission_id)
        return found and self.shown(found)


@broken("ENCODING-01", "A lease ends between two milliseconds, and JavaScript prints it so.")
class KeepsStampsAsFractions(ShowsSubmissions):
    """Reads the time of a request for recovery from a column of type REAL."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        at: Any = submission.recovery_requested_at and float(submission.recovery_requested_at)
        return replace(submission, recovery_requested_at=at)


@broken("ENCODING-01", "A stream was consumed at a time that is text.")
class KeepsJournalStampsAsText(ShowsJournals):
    """Reads the time of consumption from a column of type TEXT."""

    def shown(self, journal: AgentTurnJournal) -> AgentTurnJournal:
        at: Any = journal.stream_consumed_at and str(journal.stream_consumed_at)
        return replace(journal, stream_consumed_at=at)


def _spelled_anew(text: str) -> str:
    """Spell a time as a database does that has a type for times."""
    try:
        at = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        return text
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@broken("ENCODING-01", "A replay with the time that came back is a conflict.")
class SpellsAcceptanceTimesAnew(ShowsSubmissions):
    """Makes the acceptance time of an input from its column."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        document: Any = {**submission.input}
        document["acceptedAt"] = _spelled_anew(document["acceptedAt"])
        return replace(submission, input=document)


@broken("ENCODING-01", "Every session seems to have been changed when it was only read.")
class SpellsTimesOfSessionsAnew(Sessions):
    """Keeps the times of a session in columns for times."""

    async def load(self, name: str) -> Any:
        record: Any = await self.right.load(name)
        times = ("createdAt", "updatedAt")
        return record and {**record, **{each: _spelled_anew(record[each]) for each in times}}


@broken(
    "ENCODING-01", "Times inside a conversation are spelled otherwise than when they were said."
)
class SpellsTimesOfEntriesAnew(Sessions):
    """Spells every text of an entry anew that looks like a time."""

    async def load(self, name: str) -> Any:
        return rewritten(
            await self.right.load(name),
            lambda value: _spelled_anew(value) if isinstance(value, str) else value,
        )


@broken("ENCODING-01", "Runs are listed with times that nobody recorded.")
class SpellsTimesOfRunsAnew(Registry):
    """Keeps the times of a run in columns for times."""

    async def lookup_run(self, run_id: str) -> Any:
        found = await self.right.lookup_run(run_id)
        return found and replace(
            found,
            started_at=_spelled_anew(found.started_at),
            ended_at=found.ended_at and _spelled_anew(found.ended_at),
        )


@broken("ENCODING-02", "A workflow that was given null runs as if it was given nothing.")
class TakesNullForNoPayload(ShowsRuns):
    """Keeps null as NULL."""

    def shown(self, run: RunRecord) -> RunRecord:
        return replace(run, payload=ABSENT if run.payload is None else run.payload)


@broken("ENCODING-02", "A workflow without a payload was given null.")
class TakesNoPayloadForNull(ShowsRuns):
    """Reads NULL as null."""

    def shown(self, run: RunRecord) -> RunRecord:
        return replace(run, payload=None if run.payload is ABSENT else run.payload)


@broken("ENCODING-02", "A workflow that returned 0 seems to have returned nothing.")
class TakesEmptyResultsForNone(ShowsRuns):
    """Reads a result with `or`."""

    def shown(self, run: RunRecord) -> RunRecord:
        return replace(run, result=run.result or ABSENT)


@broken("ENCODING-02", "A run that failed with null did not fail with anything.")
class ShowsOneOfResultAndError(ShowsRuns):
    """Shows an error where it is not null, else the result."""

    def shown(self, run: RunRecord) -> RunRecord:
        return replace(run, error=ABSENT if run.error is None else run.error)


@broken("ENCODING-02", "A turn that asked for no tools cannot be told from one that never asked.")
class TakesNullForNoToolRequest(ShowsJournals):
    """Keeps null as NULL."""

    def shown(self, journal: AgentTurnJournal) -> AgentTurnJournal:
        request = ABSENT if journal.tool_request is None else journal.tool_request
        return replace(journal, tool_request=request)


@broken("ENCODING-05", "An error in another language cannot be read.")
class KeepsLatinLettersOfErrors(Submissions):
    """Encodes errors as Latin-1."""

    async def fail_submission(self, attempt: Any, error: object) -> bool:
        text = str(error).encode("latin-1", "replace").decode("latin-1")
        return await self.right.fail_submission(attempt, text)


@broken("ENCODING-05", "Of a long error the end is missing, and the end tells the cause.")
class CutsErrorsAtSixtyFourKilobytes(Submissions):
    """Keeps errors in a column of type TEXT of MySQL."""

    async def fail_submission(self, attempt: Any, error: object) -> bool:
        return await self.right.fail_submission(attempt, str(error)[:65_535])


@broken("ENCODING-05", "A line break at the end of what a model said is lost in a recovery.")
class TrimsChunks(Submissions):
    """Strips what is stored of a stream."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, body.strip())


@broken("ENCODING-05", "What a model said is spelled with other characters after a recovery.")
class NormalizesChunks(Submissions):
    """Composes the letters of what it reads."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        return [
            replace(chunk, body=unicodedata.normalize("NFC", chunk.body))
            for chunk in await self.right.get_stream_chunk_segments(stream_key)
        ]


@broken("ENCODING-05", "An owner whose name has capitals can never renew its leases.")
class LowersOwners(ShowsSubmissions):
    """Shows owners in lower case."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        owner = submission.owner_id and submission.owner_id.casefold()
        return replace(submission, owner_id=owner)


@broken("ENCODING-05", "A turn seems to lead to a leaf that the session does not have.")
class KeepsTheBasicPlaneOfLeaves(ShowsJournals):
    """Reads the leaf of a commit from a column of three bytes a character."""

    def shown(self, journal: AgentTurnJournal) -> AgentTurnJournal:
        leaf = journal.committed_leaf_id
        kept = leaf and "".join(letter if letter <= "\uffff" else "?" for letter in leaf)
        return replace(journal, committed_leaf_id=kept)


@broken(
    "ENCODING-05", "Of two entries of a conversation one is lost, if case alone tells them apart."
)
class IgnoresTheCaseOfEntryIds(Sessions):
    """Has a key of session and entry that ignores case."""

    async def save(self, name: str, data: Any) -> None:
        entries = {entry["id"].casefold(): entry for entry in data["entries"]}
        kept: Any = {**data, "entries": [*entries.values()]}
        await self.right.save(name, kept)


@broken("ENCODING-05", "A workflow with an apostrophe in its name has no runs.")
class QuotesWorkflowsTwice(Registry):
    """Doubles quotes in a filter that is passed as a parameter."""

    async def list_runs(self, opts: Any = None) -> Any:
        if opts and opts.workflow_name:
            opts = replace(opts, workflow_name=opts.workflow_name.replace("'", "''"))
        return await self.right.list_runs(opts)


@broken("ENCODING-07", "A lease far ahead has passed already.")
class WrapsLeases(ShowsSubmissions):
    """Keeps leases in 32 bits of seconds."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        lease = submission.lease_expires_at
        return replace(submission, lease_expires_at=lease // 1000 % 2**31 * 1000 + lease % 1000)


@broken("ENCODING-07", "A timeout beyond the year 9999 is one of the year 9999.")
class CapsTimeouts(ShowsSubmissions):
    """Keeps timeouts in a column for times."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        return replace(submission, timeout_at=min(submission.timeout_at, 253_402_300_799_999))


@broken("ENCODING-07", "A lease ends a little before or after the time that was agreed.")
class KeepsFifteenDigitsOfLeases(ShowsSubmissions):
    """Loses what a lease has beyond fifteen digits."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        lease = int(float(f"{submission.lease_expires_at:.15g}"))
        return replace(submission, lease_expires_at=lease)
