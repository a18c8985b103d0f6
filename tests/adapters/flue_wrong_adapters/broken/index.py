"""Adapters that index runs wrongly, or list them wrongly."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunCursor,
    RunPointer,
    RunRegistry,
    Storage,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.listing import Listing
from flue_wrong_adapters.wrappers import Registry


@broken("INDEX-01", "A run that has just begun is shown to have taken no time.")
class StartsWithADurationOfZero(Registry):
    """Has a default for the duration."""

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        run = await self.right.lookup_run(run_id)
        return run and replace(run, duration_ms=run.duration_ms or 0)


@broken("INDEX-01", "A run is not listed because another one differs in a capital letter only.")
class IndexesIdsWithoutTheirCase(Registry):
    """Has a unique index without case."""

    async def record_run_start(self, start: RecordRunStartInput) -> None:
        known = await self.sql(
            "SELECT 1 FROM flue_run_registry WHERE lower(run_id) = lower(:id)", id=start.run_id
        )
        if not known:
            await self.right.record_run_start(start)


@broken("INDEX-02", "A run that was resumed seems to have begun just now.")
class TheLastStartStays(Registry):
    """Inserts or updates."""

    async def record_run_start(self, start: RecordRunStartInput) -> None:
        await self.sql(
            "UPDATE flue_run_registry SET started_at = :at WHERE run_id = :id",
            id=start.run_id,
            at=start.started_at,
        )
        await self.right.record_run_start(start)


@broken("INDEX-02", "A run moves in the list because somebody with a slow clock recorded it again.")
class TheEarliestStartStays(Registry):
    """Takes the earliest start that it hears of."""

    async def record_run_start(self, start: RecordRunStartInput) -> None:
        await self.sql(
            "UPDATE flue_run_registry SET started_at = min(started_at, :at) WHERE run_id = :id",
            id=start.run_id,
            at=start.started_at,
        )
        await self.right.record_run_start(start)


@broken("INDEX-02", "A run that is over is active for ever, as its start was recorded once more.")
class AStartMakesAnEndedRunActive(Registry):
    """Keeps everything of a known run but its status."""

    async def record_run_start(self, start: RecordRunStartInput) -> None:
        await self.sql(
            "UPDATE flue_run_registry SET status = 'active' WHERE run_id = :id", id=start.run_id
        )
        await self.right.record_run_start(start)


@broken("INDEX-04", "A run that failed at first and succeeded then is listed as failed.")
class TheFirstEndStays(Registry):
    """Ends active runs alone."""

    async def record_run_end(self, end: RecordRunEndInput) -> None:
        run = await self.right.lookup_run(end.run_id)
        if run and run.status == "active":
            await self.right.record_run_end(end)


@broken("INDEX-04", "A run ended twice has the outcome of whose clock was ahead.")
class TheLatestEndStays(Registry):
    """Takes the end with the latest time."""

    async def record_run_end(self, end: RecordRunEndInput) -> None:
        run = await self.right.lookup_run(end.run_id)
        if run and (run.ended_at or "") <= end.ended_at:
            await self.right.record_run_end(end)


@broken("INDEX-04", "A run that never began is listed.")
class IndexesARunAtItsEnd(Registry):
    """Inserts what it cannot update."""

    async def record_run_end(self, end: RecordRunEndInput) -> None:
        await self.sql(
            "INSERT INTO flue_run_registry (run_id, owner_kind, workflow_name, instance_id, status,"
            " started_at) VALUES (:id, 'workflow', '', :id, 'active', :at) ON CONFLICT DO NOTHING",
            id=end.run_id,
            at=end.ended_at,
        )
        await self.right.record_run_end(end)


@broken("INDEX-04", "The list does not show how long runs took, although each run does.")
class ListsRunsWithoutTheirDuration(Listing):
    """Leaves a column out of the listing."""

    async def everything(self) -> list[RunPointer]:
        return [replace(run, duration_ms=None) for run in await super().everything()]


@broken("INDEX-05", "Who asks for a run that does not exist is shown somebody else's.")
class LooksRunsUpByPattern(Registry):
    """Compares ids with LIKE."""

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        found = await self.sql(
            "SELECT run_id FROM flue_run_registry WHERE run_id LIKE :id LIMIT 1", id=run_id
        )
        return await self.right.lookup_run(found[0].run_id) if found else None


@broken("INDEX-06", "Runs that began in the same moment change places in the list.")
class ListsRunsThatStartedTogetherByArrival(Listing):
    """Leaves the order within a moment to the table."""

    async def everything(self) -> list[RunPointer]:
        found = {run.run_id: run for run in await super().everything()}
        rows = await self.sql("SELECT run_id FROM flue_run_registry ORDER BY rowid DESC")
        return [found[row.run_id] for row in rows]

    def place(self, run: RunPointer) -> Any:
        return run.started_at


@broken("INDEX-06", "Runs of servers in two time zones are listed in another order elsewhere.")
class ListsRunsByTheInstant(Listing):
    """Keeps the start as an instant."""

    def place(self, run: RunPointer) -> Any:
        return datetime.fromisoformat(run.started_at), run.run_id


@broken("INDEX-06", "Runs that began within a millisecond are listed in the order of their ids.")
class ListsRunsByTheMillisecond(Listing):
    """Orders by less than the text of the start."""

    def place(self, run: RunPointer) -> Any:
        return run.started_at[: len("2026-06-03T10:20:31.000")], run.run_id


@broken("INDEX-06", "A run moves to the top of the list when it ends.")
class ListsRunsByTheirLastChange(Listing):
    """Orders by the end where there is one."""

    def place(self, run: RunPointer) -> Any:
        return run.ended_at or run.started_at, run.run_id


@broken("INDEX-06", "The list of finished runs has another order than the list of all.")
class ListsFinishedRunsByTheirEnd(Listing):
    """Orders by the end when only ended runs are asked for."""

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        page = await self.right.list_runs(opts)
        if not opts or opts.status not in ("completed", "errored"):
            return page
        by_end = sorted(page.runs, key=lambda run: str(run.ended_at), reverse=True)
        return replace(page, runs=by_end)


@broken("INDEX-08", "The list of a workflow has runs of those whose names begin like its own.")
class MatchesWorkflowsThatBeginAlike(Listing):
    """Searches for names."""

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        named = run.owner.workflow_name.startswith(opts.workflow_name or "")
        return named and super().matches(run, replace(opts, workflow_name=None))


@broken("INDEX-08", "The list of a workflow has runs of one that differs in a capital letter.")
class MatchesWorkflowsWithoutTheirCase(Listing):
    """Compares names without case."""

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        name, own = opts.workflow_name or "", run.owner.workflow_name
        if name.lower() == own.lower():
            opts = replace(opts, workflow_name=own)
        return super().matches(run, opts)


@broken("INDEX-08", "The list of a workflow's failed runs has all of its runs.")
class AppliesOneFilter(Listing):
    """Uses the index on workflows, or that on statuses."""

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        return super().matches(run, replace(opts, status=None) if opts.workflow_name else opts)


@broken("INDEX-08", "From the second page on, the list of failed runs has others.")
class ForgetsTheStatusOnLaterPages(Listing):
    """Has a statement without the status where it goes on."""

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        forgets = opts.cursor and not opts.workflow_name
        return super().matches(run, replace(opts, status=None) if forgets else opts)


@broken("INDEX-08", "Pages of a filtered list are short or empty, and failed runs are on none.")
class FiltersAfterThePage(Registry):
    """Filters what it has read."""

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        opts = opts or ListRunsOpts()
        page = await self.right.list_runs(replace(opts, status=None))
        runs = [run for run in page.runs if (opts.status or run.status) == run.status]
        return replace(page, runs=runs)


@broken("INDEX-09", "The list is empty until somebody chooses a status.")
class AnEmptyStatusMatchesNothing(Listing):
    """Tests for absence alone."""

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        return opts.status != "" and super().matches(run, opts)


@broken("INDEX-09", "The list is empty until somebody chooses a workflow.")
class AnEmptyWorkflowMatchesNothing(Listing):
    """Tests for absence alone."""

    def matches(self, run: RunPointer, opts: ListRunsOpts) -> bool:
        return opts.workflow_name != "" and super().matches(run, opts)


@broken("INDEX-09", "A client that sends the cursor that it does not have sees nothing.")
class AnEmptyCursorIsTheEnd(Listing):
    """Compares with whatever it is given."""

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        return [] if cursor == "" else super().rest(runs, cursor)


@broken("INDEX-11", "A list shows a fifth of what it should.")
class ListsTwentyRuns(Listing):
    """Has another default."""

    def size(self, opts: ListRunsOpts) -> int:
        return 20 if opts.limit is None else super().size(opts)


@broken("INDEX-11", "The second page of a list is ten times as long as the first.")
class ListsAThousandRunsAfterACursor(Listing):
    """Applies the default to the first page alone."""

    def size(self, opts: ListRunsOpts) -> int:
        return MAX_RUN_PAGE if opts.cursor and opts.limit is None else super().size(opts)


@broken("INDEX-11", "One request for a list takes the server's memory.")
class ListsAsManyRunsAsAskedFor(Listing):
    """Has no maximum."""

    def size(self, opts: ListRunsOpts) -> int:
        return int(opts.limit) if opts.limit else super().size(opts)


@broken("INDEX-11", "Who asks for too many runs gets fewer than who asks for many.")
class TakesALimitThatIsTooLargeForNone(Listing):
    """Falls back to the default."""

    def size(self, opts: ListRunsOpts) -> int:
        return DEFAULT_RUN_PAGE if (opts.limit or 0) > MAX_RUN_PAGE else super().size(opts)


@broken("INDEX-11", "The list of the largest size ends with an empty page.")
class AFullPageOfTheLargestSizeHasACursor(Listing):
    """Cannot look one run ahead at its own limit."""

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        if size == MAX_RUN_PAGE == len(rest):
            return self.after(rest[-1])
        return super().cursor(rest, size)


@broken("INDEX-12", "A client that sends 0 for no limit sees nothing.")
class ListsNothingForALimitOfZero(Listing):
    """Takes 0 at its word."""

    def size(self, opts: ListRunsOpts) -> int:
        return 0 if opts.limit == 0 else super().size(opts)

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        return super().cursor(rest, size) if size else None


@broken("INDEX-12", "A client that sends infinity for no limit gets ten times what others get.")
class ListsAThousandRunsForInfinity(Listing):
    """Takes the smaller of the limit and the maximum."""

    def size(self, opts: ListRunsOpts) -> int:
        return MAX_RUN_PAGE if opts.limit == math.inf else super().size(opts)


@broken("INDEX-12", "A client that sends -1 for no limit sees one run a page.")
class ForgetsTheSignOfALimit(Listing):
    """Parses the digits of a limit."""

    def size(self, opts: ListRunsOpts) -> int:
        return super().size(replace(opts, limit=abs(opts.limit or 0)))


@broken("INDEX-12", "A client that sends what is no number gets an error.")
class RefusesALimitThatIsNoNumber(Listing):
    """Makes an integer of whatever is not None."""

    def size(self, opts: ListRunsOpts) -> int:
        if opts.limit is not None and math.isnan(opts.limit):
            raise Storage("The limit is no number.")
        return super().size(opts)


@broken("INDEX-14", "A list that just fits its page ends with an empty one.")
class AFullPageHasACursor(Listing):
    """Takes a full page for a sign of more."""

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        return self.after(rest[size - 1]) if len(rest) >= size else None


@broken("INDEX-14", "The list of a hundred runs has a second page, which is empty.")
class AFullPageOfTheDefaultSizeHasACursor(Listing):
    """Looks one run ahead, but not when the size of a page is its own choice."""

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        if size == DEFAULT_RUN_PAGE == len(rest):
            return self.after(rest[-1])
        return super().cursor(rest, size)


@broken("INDEX-14", "The list of a workflow has a page more when there are other workflows.")
class CountsAllRunsForTheCursor(Listing):
    """Compares a page with the number of all runs."""

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        page = await super().list_runs(opts)
        if (
            not page.runs
            or (opts and opts.cursor)
            or len(page.runs) == len(await self.everything())
        ):
            return page
        return replace(page, next_cursor=self.after(page.runs[-1]))


@broken("INDEX-14", "The last run of a list is on no page when it would be alone there.")
class LeavesOneRunOut(Listing):
    """Takes one run more for none."""

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        return super().cursor(rest, size) if len(rest) > size + 1 else None


@broken("INDEX-15", "Of runs that began together, those that do not fit a page are on none.")
class BreaksNoTies(Listing):
    """Goes on after the moment of the last run."""

    def follows(self, run: RunPointer, after: RunCursor) -> bool:
        return run.started_at < after.started_at


@broken("INDEX-15", "The last run of a page is the first of the next one.")
class BeginsAPageWithTheLastRun(Listing):
    """Compares with <= for <."""

    def follows(self, run: RunPointer, after: RunCursor) -> bool:
        return (run.started_at, run.run_id) <= (after.started_at, after.run_id)


@broken("INDEX-15", "Older runs whose ids are greater are on no page.")
class ComparesMembersOneByOne(Listing):
    """Joins with AND what a row comparison joins otherwise."""

    def follows(self, run: RunPointer, after: RunCursor) -> bool:
        return run.started_at <= after.started_at and run.run_id < after.run_id


@broken("INDEX-15", "Runs that began within a millisecond are missed at the end of a page.")
class KeepsMillisecondsInTheCursor(Listing):
    """Makes the cursor of an instant."""

    def after(self, last: RunPointer) -> str:
        milliseconds = last.started_at[: len("2026-06-03T10:20:31.000")]
        return RunCursor(f"{milliseconds}Z", last.run_id).encode()

    def follows(self, run: RunPointer, after: RunCursor) -> bool:
        own = run.started_at[: len("2026-06-03T10:20:31.000")]
        return (f"{own}Z", run.run_id) < (after.started_at, after.run_id)


@broken("INDEX-15", "Who goes on reading a list while runs begin sees some of them again.")
class CountsTheRunsBeforeAPage(Listing):
    """Makes the cursor of a number of rows."""

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        self._skipped = int(cursor) if cursor and cursor.isdecimal() else 0
        return runs[self._skipped :]

    def cursor(self, rest: Sequence[RunPointer], size: int) -> str | None:
        return str(self._skipped + size) if len(rest) > size else None


@broken("INDEX-15", "Who reads two lists at the same time misses runs of both.")
class KeepsItsPlaceInTheStore(Listing):
    """Has a cursor that says no more than: go on."""

    def __init__(self, right: RunRegistry) -> None:
        super().__init__(right)
        self._last: RunCursor | None = None

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        after = self._last if cursor == "more" else None
        return [run for run in runs if after is None or self.follows(run, after)]

    def after(self, last: RunPointer) -> str:
        self._last = RunCursor(last.started_at, last.run_id)
        return "more"


@broken("INDEX-15", "Who goes on reading a list while runs end begins from the beginning.")
class TakesACursorForARow(Listing):
    """Looks the last run up as it was."""

    def after(self, last: RunPointer) -> str:
        return f"{last.run_id} {last.status}"

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        known = [self.after(run) for run in runs]
        return runs[known.index(cursor) + 1 :] if cursor in known else runs


@broken("INDEX-17", "An old link to a list is an error.")
class RefusesAMalformedCursor(Registry):
    """Treats a cursor as something that only it can write."""

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        if opts and opts.cursor and RunCursor.decode(opts.cursor) is None:
            raise Storage("The cursor is malformed.")
        return await self.right.list_runs(opts)


@broken("INDEX-17", "An old link to a list shows nothing.")
class AMalformedCursorIsTheEnd(Listing):
    """Finds nothing where it does not know where to go on."""

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        return [] if cursor and RunCursor.decode(cursor) is None else super().rest(runs, cursor)


@broken("INDEX-17", "A link to a list that somebody made up shows nothing.")
class ReadsCursorsOfAnyMembers(Listing):
    """Makes texts of what it finds in a cursor."""

    def rest(self, runs: Sequence[RunPointer], cursor: str | None) -> Sequence[RunPointer]:
        try:
            members = json.loads(base64.urlsafe_b64decode(f"{cursor or ''}=="))
            after = RunCursor(str(members["s"]), str(members["r"]))
        except (ValueError, LookupError, TypeError, RecursionError):
            return super().rest(runs, cursor)
        return [run for run in runs if self.follows(run, after)]
