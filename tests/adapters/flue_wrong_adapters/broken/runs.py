"""Adapters that keep the records of workflow runs wrongly."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from datetime import UTC, datetime

from flue_conformance.contract import (
    ABSENT,
    CreateRunInput,
    EndRunInput,
    JsonValue,
    RecordRunEndInput,
    RunRecord,
    RunStore,
    json_text,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Registry, Runs


@broken("RUN-01", "The start of a run is shown in another time zone than the one it was told in.")
class NormalisesTheStart(Runs):
    """Keeps the start as an instant."""

    async def create_run(self, run: CreateRunInput) -> None:
        start = datetime.fromisoformat(run.started_at).astimezone(UTC)
        text = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        await self.right.create_run(replace(run, started_at=text))


@broken(
    "RUN-01", "A run that was started twice shows the payload of one start at the time of both."
)
class ASecondStartKeepsTheOldPayload(Runs):
    """Starts a known run anew, but keeps its payload when there is no new one."""

    async def create_run(self, run: CreateRunInput) -> None:
        await self.sql(
            "UPDATE flue_runs SET status = 'active', workflow_name = :workflow, ended_at = NULL,"
            " started_at = :started_at, payload = coalesce(:payload, payload), is_error = NULL,"
            " duration_ms = NULL, result = NULL, error = NULL WHERE run_id = :id",
            id=run.run_id,
            workflow=run.owner.workflow_name,
            started_at=run.started_at,
            payload=None if run.payload is ABSENT else json_text(run.payload),
        )
        await self.right.create_run(run)


@broken("RUN-01", "A run that was started again is active and has an error already.")
class ASecondStartKeepsTheOutcome(Runs):
    """Makes an ended run active again, and leaves how it ended."""

    async def create_run(self, run: CreateRunInput) -> None:
        await self.sql("UPDATE flue_runs SET status = 'active' WHERE run_id = :id", id=run.run_id)
        await self.right.create_run(run)


@broken("RUN-02", "Who asks for a run that does not exist is shown somebody else's.")
class FindsARunByTheBeginningOfItsId(Runs):
    """Completes an id that it does not know, as a command line would."""

    async def get_run(self, run_id: str) -> RunRecord | None:
        found = await self.sql(
            "SELECT run_id FROM flue_runs WHERE substr(run_id, 1, length(:id)) = :id"
            " ORDER BY run_id LIMIT 1",
            id=run_id,
        )
        return await self.right.get_run(found[0].run_id if found else run_id)


@broken("RUN-03", "A workflow that was started with null is resumed without a payload.")
class TakesANullPayloadForNone(Runs):
    """Has one NULL for null and for absent."""

    async def create_run(self, run: CreateRunInput) -> None:
        payload = ABSENT if run.payload is None else run.payload
        await self.right.create_run(replace(run, payload=payload))


@broken("RUN-03", "A workflow that returned 0, false or an empty list has returned nothing.")
class ForgetsAResultThatIsEmpty(Runs):
    """Tests the result where it should test its presence."""

    async def end_run(self, end: EndRunInput) -> None:
        # null is left alone: somebody had thought of that.
        keeps = end.result or end.result is None
        await self.right.end_run(end if keeps else replace(end, result=ABSENT))


@broken("RUN-03", "A workflow that returned the text of a JSON document has returned the document.")
class ReadsJsonTwice(Runs):
    """Parses what a driver has parsed already."""

    async def get_run(self, run_id: str) -> RunRecord | None:
        run = await self.right.get_run(run_id)
        return run and replace(run, result=_parsed(run.result))


@broken("RUN-03", "A workflow that was started with a large payload cannot be recorded.")
class RefusesAPayloadOfMoreThanOneMib(Runs):
    """Takes the limit of a run's events for one of its payload."""

    async def create_run(self, run: CreateRunInput) -> None:
        if run.payload is not ABSENT and len(json_text(run.payload).encode()) > 1024 * 1024:
            raise ValueError("A payload may take 1 MiB.")
        await self.right.create_run(run)


@broken("RUN-04", "A run that failed with a message and no error object counts as a success.")
class TellsFailureByTheError(Runs):
    """Looks at the error instead of the flag."""

    async def end_run(self, end: EndRunInput) -> None:
        await self.right.end_run(replace(end, is_error=end.error is not ABSENT))


@broken("RUN-04", "What a run had produced before it failed is gone.")
class DropsTheResultOfAFailure(Runs):
    """Keeps either a result or an error."""

    async def end_run(self, end: EndRunInput) -> None:
        await self.right.end_run(replace(end, result=ABSENT) if end.is_error else end)


@broken("RUN-04", "A finished run does not say any more what it was started with.")
class ForgetsThePayloadAtTheEnd(Runs):
    """Writes the whole row again at the end."""

    async def end_run(self, end: EndRunInput) -> None:
        await self.right.end_run(end)
        await self.sql("UPDATE flue_runs SET payload = NULL WHERE run_id = :id", id=end.run_id)


@broken("RUN-05", "A run that ended before it was recorded is listed as one nobody started.")
class CreatesARunAtItsEnd(Runs):
    """Inserts what it cannot update."""

    async def end_run(self, end: EndRunInput) -> None:
        await self.sql(
            "INSERT INTO flue_runs (run_id, owner_kind, workflow_name, instance_id, status,"
            " started_at) VALUES (:id, 'workflow', '', :id, 'active', :at)"
            " ON CONFLICT DO NOTHING",
            id=end.run_id,
            at=end.ended_at,
        )
        await self.right.end_run(end)


@broken("RUN-05", "A run is over the moment it starts.")
class RemembersAnEarlyEnd(Runs):
    """Applies the end of an unknown run once that starts."""

    def __init__(self, right: RunStore) -> None:
        super().__init__(right)
        self._ends: dict[str, EndRunInput] = {}

    async def end_run(self, end: EndRunInput) -> None:
        await self.right.end_run(end)
        self._ends[end.run_id] = end

    async def create_run(self, run: CreateRunInput) -> None:
        await self.right.create_run(run)
        if run.run_id in self._ends:
            await self.right.end_run(self._ends[run.run_id])


@broken("RUN-09", "A run that was suspended for a day is shown to have worked for a day.")
class ComputesTheDuration(Runs):
    """Takes the time from start to end for the duration."""

    async def end_run(self, end: EndRunInput) -> None:
        run = await self.right.get_run(end.run_id)
        if run is None:
            return
        took = datetime.fromisoformat(end.ended_at) - datetime.fromisoformat(run.started_at)
        await self.right.end_run(replace(end, duration_ms=round(took.total_seconds() * 1000)))


@broken("RUN-09", "A run that took no time has no duration.")
class ForgetsADurationOfZero(Runs):
    """Takes 0 for absent."""

    async def get_run(self, run_id: str) -> RunRecord | None:
        run = await self.right.get_run(run_id)
        return run and replace(run, duration_ms=run.duration_ms or None)


@broken("RUN-09", "The duration of a run that took hours is off by a few milliseconds.")
class KeepsDurationsInSinglePrecision(Runs):
    """Has a column of four bytes for the duration."""

    async def end_run(self, end: EndRunInput) -> None:
        (duration,) = struct.unpack("f", struct.pack("f", end.duration_ms))
        await self.right.end_run(replace(end, duration_ms=int(duration)))


@broken("RUN-14", "Runs that no registry was told of appear in the list of runs.")
class IndexesARunAtItsStart(Runs):
    """Keeps the registry in step with the run store."""

    async def create_run(self, run: CreateRunInput) -> None:
        await self.right.create_run(run)
        await self.sql(
            "INSERT INTO flue_run_registry (run_id, owner_kind, workflow_name, instance_id,"
            " status, started_at) SELECT run_id, owner_kind, workflow_name, instance_id, status,"
            " started_at FROM flue_runs WHERE run_id = :id ON CONFLICT DO NOTHING",
            id=run.run_id,
        )


@broken("RUN-14", "A run is listed as finished while the registry waits to hear of its end.")
class EndsThePointerWithTheRun(Runs):
    """Updates both tables at the end of a run."""

    async def end_run(self, end: EndRunInput) -> None:
        await self.right.end_run(end)
        await self.sql(
            "UPDATE flue_run_registry SET status = :status WHERE run_id = :id",
            id=end.run_id,
            status="errored" if end.is_error else "completed",
        )


@broken("RUN-14", "A run whose record is kept elsewhere stays active in the list for ever.")
class NeedsARunToEndItsPointer(Registry):
    """Ends a pointer only if the run store knows the run."""

    async def record_run_end(self, end: RecordRunEndInput) -> None:
        if await self.sql("SELECT 1 FROM flue_runs WHERE run_id = :id", id=end.run_id):
            await self.right.record_run_end(end)


@broken("RUN-14", "A run whose pointer was lost never ends.")
class NeedsAPointerToEndARun(Runs):
    """Ends a run only if the registry knows it."""

    async def end_run(self, end: EndRunInput) -> None:
        if await self.sql("SELECT 1 FROM flue_run_registry WHERE run_id = :id", id=end.run_id):
            await self.right.end_run(end)


@broken("RUN-15", "A run is not recorded because another one differs in a capital letter only.")
class TakesIdsForTheSameWhateverTheirCase(Runs):
    """Has a unique index without case."""

    async def create_run(self, run: CreateRunInput) -> None:
        known = await self.sql(
            "SELECT 1 FROM flue_runs WHERE lower(run_id) = lower(:id)", id=run.run_id
        )
        if not known:
            await self.right.create_run(run)


@broken("RUN-15", "The end of one run ends another one, whose id has a space more.")
class EndsRunsWhoseIdsArePadded(Runs):
    """Compares ids as columns of fixed width do."""

    async def end_run(self, end: EndRunInput) -> None:
        padded = await self.sql(
            "SELECT run_id FROM flue_runs WHERE rtrim(run_id) = rtrim(:id)", id=end.run_id
        )
        for row in padded:
            await self.right.end_run(replace(end, run_id=row.run_id))


def _parsed(value: JsonValue) -> JsonValue:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
