"""Adapters that keep the events of runs wrongly; edition 0.10."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flue_conformance.contract import (
    MAX_INTEGER,
    MAX_RUN_EVENT_BYTES,
    DuplicateEvent,
    EventTooLarge,
    FlueEvent,
    Storage,
    json_text,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import RunEvents


class Inserting(RunEvents):
    """Stores events past all checks; what is there already stays or goes."""

    async def insert(self, run_id: str, event: Any, *, replace: bool = False) -> None:
        await self.sql(
            f"INSERT OR {'REPLACE' if replace else 'IGNORE'} INTO flue_run_events"
            " (run_id, event_index, payload) VALUES (:id, :at, :payload)",
            id=run_id,
            at=event["eventIndex"],
            payload=json_text(event),
        )


@broken("EVENT-01", "From the eleventh step on, a run's log is out of order.")
class OrdersEventsAsText(RunEvents):
    """Sorts a column of text."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        events: list[Any] = list(await self.right.get_events(run_id, from_index))
        return sorted(events, key=lambda event: str(event["eventIndex"]))


@broken("EVENT-01", "A run's log shows what arrived late at its end.")
class KeepsTheOrderOfAppends(RunEvents):
    """Has no ORDER BY."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        events: list[Any] = list(await self.right.get_events(run_id, from_index))
        rows = await self.sql("SELECT event_index FROM flue_run_events ORDER BY rowid")
        appended = [row.event_index for row in rows]
        return sorted(events, key=lambda event: appended.index(event["eventIndex"]))


@broken("EVENT-01", "The log of a long run stops in the middle.")
class ReadsAThousandEvents(RunEvents):
    """Has a limit where the contract has no pages."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        return (await self.right.get_events(run_id, from_index))[:1000]


@broken("EVENT-02", "Who goes on reading a run's log misses an event at each turn.")
class ReadsAfterTheIndex(RunEvents):
    """Compares with > for >=."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        return await self.right.get_events(run_id, None if from_index is None else from_index + 1)


@broken("EVENT-02", "Where the runtime skipped an index, reading a log further skips an event too.")
class CountsEventsForIndices(RunEvents):
    """Takes an index for a number of rows."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        return (await self.right.get_events(run_id))[max(int(from_index or 0), 0) :]


@broken("EVENT-02", "Who reads a log from before its beginning gets its end.")
class CountsNegativeIndicesFromTheEnd(RunEvents):
    """Slices a list with an index below 0."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        events = await self.right.get_events(run_id, from_index)
        return events[int(from_index) :] if from_index and from_index < 0 else events


@broken("EVENT-03", "The page of a run that has not begun is an error.")
class RefusesToReadAnUnknownRun(RunEvents):
    """Raises for a run that it does not know."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        if not await self.sql("SELECT 1 FROM flue_runs WHERE run_id = :id", id=run_id):
            raise Storage(f"There is no run {run_id!r}.")
        return await self.right.get_events(run_id, from_index)


@broken("EVENT-03", "A run that does not exist has the log of another one.")
class ReadsEventsByPattern(RunEvents):
    """Compares ids with LIKE."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        found = await self.sql("SELECT run_id FROM flue_runs WHERE run_id LIKE :id", id=run_id)
        return await self.right.get_events(found[0].run_id if found else run_id, from_index)


@broken("EVENT-04", "Members of an event that are null are gone when it is read.")
class DropsMembersThatAreNull(RunEvents):
    """Takes null for absent, as serialisers can."""

    async def append_event(self, run_id: str, event: Any) -> None:
        kept: Any = {name: value for name, value in event.items() if value is not None}
        await self.right.append_event(run_id, kept)


@broken("EVENT-04", "Events of a newer runtime are logged as something that they are not.")
class KnowsTheTypesOfToday(RunEvents):
    """Has an enumeration of types, with one for all others."""

    async def append_event(self, run_id: str, event: Any) -> None:
        known = {"run_start", "run_end", "tool_call", "turn", "log"}
        kind = event["type"] if event["type"] in known else "log"
        await self.right.append_event(run_id, event | {"type": kind})


@broken("EVENT-04", "The times in a log are spelt otherwise than when they were logged.")
class SpellsTimestampsAnew(RunEvents):
    """Keeps the timestamp in a column of its own, as an instant."""

    async def append_event(self, run_id: str, event: Any) -> None:
        at = datetime.fromisoformat(event["timestamp"]).astimezone(UTC)
        text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        await self.right.append_event(run_id, event | {"timestamp": text})


@broken("EVENT-05", "An event that names no run ends up in whichever run was at hand.")
class NamesTheRunOfAnEvent(RunEvents):
    """Supplies a run id that is missing."""

    async def append_event(self, run_id: str, event: Any) -> None:
        named: Any = {"runId": run_id} | event
        await self.right.append_event(run_id, named)


@broken("EVENT-05", "An event of another run was refused, and the right one is refused for it.")
class StoresAnEventBeforeItsRunIsChecked(Inserting):
    """Checks the run of an event at the end."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if event.get("runId", run_id) != run_id:
            await self.insert(run_id, event | {"runId": run_id})
        await self.right.append_event(run_id, event)


@broken("EVENT-06", "Two events that lie between two others are logged as one of those.")
class CutsFractionsOfAnIndex(RunEvents):
    """Makes an integer of the index."""

    async def append_event(self, run_id: str, event: Any) -> None:
        whole = {"eventIndex": int(event["eventIndex"])} if "eventIndex" in event else {}
        await self.right.append_event(run_id, event | whole)


@broken("EVENT-06", "An event without an index is logged somewhere behind the others.")
class NumbersAnEventWithoutIndex(RunEvents):
    """Supplies an index that is missing."""

    async def append_event(self, run_id: str, event: Any) -> None:
        numbered: Any = {"eventIndex": len(await self.right.get_events(run_id))} | event
        await self.right.append_event(run_id, numbered)


@broken("EVENT-06", "An event with an index that no JavaScript client can tell from the next one.")
class AcceptsOneIndexTooMany(Inserting):
    """Compares with <= where < is due."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if event.get("eventIndex") == MAX_INTEGER + 1:
            await self.insert(run_id, event)
        else:
            await self.right.append_event(run_id, event)


@broken("EVENT-07", "An event is accepted that every other store refuses for its size.")
class CountsCharactersOfAnEvent(Inserting):
    """Measures the text before it is encoded."""

    async def append_event(self, run_id: str, event: Any) -> None:
        text = json_text(event)
        if len(text) <= MAX_RUN_EVENT_BYTES < len(text.encode()):
            await self.insert(run_id, event)
        else:
            await self.right.append_event(run_id, event)


@broken("EVENT-07", "An event that just fits is refused.")
class RefusesAnEventOfExactlyOneMib(RunEvents):
    """Compares with >= for >."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if len(json_text(event).encode()) >= MAX_RUN_EVENT_BYTES:
            raise EventTooLarge("A run event may take less than 1 MB.")
        await self.right.append_event(run_id, event)


@broken("EVENT-07", "How large an event may be depends on the language that it is written in.")
class MeasuresEscapedText(RunEvents):
    """Measures the JSON that Python writes by default."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if len(json.dumps(event, separators=(",", ":"))) > MAX_RUN_EVENT_BYTES:
            raise EventTooLarge("A run event may take 1 MB of JSON.")
        await self.right.append_event(run_id, event)


@broken("EVENT-07", "An event that was refused for its size is read by everybody.")
class StoresAnEventBeforeItIsMeasured(Inserting):
    """Warns of a size that it should refuse."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if len(json_text(event).encode()) > MAX_RUN_EVENT_BYTES:
            await self.insert(run_id, event)
        await self.right.append_event(run_id, event)


@broken("EVENT-08", "A malformed event goes unnoticed when its run is not recorded.")
class LooksForTheRunFirst(RunEvents):
    """Does nothing for a run that it does not know."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if await self.sql("SELECT 1 FROM flue_runs WHERE run_id = :id", id=run_id):
            await self.right.append_event(run_id, event)


@broken("EVENT-08", "An event that is too large goes unnoticed when its index is in use.")
class LooksForTheIndexBeforeTheSize(RunEvents):
    """Leaves what is stored alone, whatever comes."""

    async def append_event(self, run_id: str, event: Any) -> None:
        used = await self.sql(
            "SELECT 1 FROM flue_run_events WHERE run_id = :id AND event_index = :at",
            id=event.get("runId"),
            at=event.get("eventIndex"),
        )
        if not used:
            await self.right.append_event(run_id, event)


@broken("EVENT-09", "An event that was delivered twice has changed in between.")
class TheLastEventOfAnIndexStays(Inserting):
    """Inserts or replaces."""

    async def append_event(self, run_id: str, event: Any) -> None:
        try:
            await self.right.append_event(run_id, event)
        except DuplicateEvent:
            await self.insert(run_id, event, replace=True)


@broken("EVENT-09", "A run's last event has taken the place of another one.")
class ARunsEndReplacesAnEvent(Inserting):
    """Sees to it that a run's end is stored, whatever its index."""

    async def append_event(self, run_id: str, event: Any) -> None:
        if event["type"] == "run_end":
            await self.insert(run_id, event, replace=True)
        else:
            await self.right.append_event(run_id, event)


@broken("EVENT-11", "What a run says while it winds down is refused.")
class RefusesEventsOfAnEndedRun(RunEvents):
    """Takes events of active runs alone."""

    async def append_event(self, run_id: str, event: Any) -> None:
        rows = await self.sql("SELECT status FROM flue_runs WHERE run_id = :id", id=run_id)
        if rows and rows[0].status != "active":
            raise Storage("The run has ended.")
        await self.right.append_event(run_id, event)


@broken("EVENT-11", "The log of a run that failed lacks its last event.")
class DropsEventsOfAFailedRun(RunEvents):
    """Looks for runs that are active or completed."""

    async def append_event(self, run_id: str, event: Any) -> None:
        rows = await self.sql("SELECT status FROM flue_runs WHERE run_id = :id", id=run_id)
        if not rows or rows[0].status != "errored":
            await self.right.append_event(run_id, event)


@broken("EVENT-13", "While two runs are at work, the second one's events are refused.")
class NumbersTheEventsOfAllRuns(RunEvents):
    """Has the index alone for a key."""

    async def append_event(self, run_id: str, event: Any) -> None:
        at = event.get("eventIndex")
        if await self.sql("SELECT 1 FROM flue_run_events WHERE event_index = :at", at=at):
            raise DuplicateEvent("Duplicate event.")
        await self.right.append_event(run_id, event)


@broken("EVENT-13", "The log of a run has events of runs whose ids go on where its own ends.")
class ReadsEventsByTheBeginningOfTheId(RunEvents):
    """Scans keys that begin with the run's id."""

    async def get_events(self, run_id: str, from_index: float | None = None) -> Sequence[FlueEvent]:
        found = await self.sql(
            "SELECT run_id FROM flue_runs WHERE substr(run_id, 1, length(:id)) = :id ORDER BY 1",
            id=run_id,
        )
        logs = [await self.right.get_events(row.run_id, from_index) for row in found]
        return [event for log in logs for event in log]
