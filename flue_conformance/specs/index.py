"""The run registry: pointers to runs, and their listing page by page."""

from __future__ import annotations

import base64
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from flue_conformance.contract import (
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunIdentity,
    RunPointer,
    RunRegistry,
)
from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.scenarios.tampering import tamper
from flue_conformance.specs.scenarios.values import (
    ALIKE_TEXTS,
    FOREIGN_INSTANCES,
    STARTED_AT,
    fresh,
    owner,
    run_end,
    run_start,
)
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Database
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import attempted
from flue_conformance.specs.support.verifies import requires, verifies

# One more page than the default of 100, with a rest.
MANY: Final = 105


def started(start: RecordRunStartInput) -> RunPointer:
    """Return the pointer to a run that goes on."""
    return RunPointer(start.run_id, start.owner, "active", start.started_at)


def ended(start: RecordRunStartInput, end: RecordRunEndInput) -> RunPointer:
    """Return the pointer to a run that ended."""
    return replace(
        started(start),
        status="errored" if end.is_error else "completed",
        ended_at=end.ended_at,
        duration_ms=end.duration_ms,
        is_error=end.is_error,
    )


def numbered(
    number: int, *, at: str | None = None, workflow: str = "release"
) -> RecordRunStartInput:
    """Return a run whose id sorts by number, started in that second unless told otherwise.

    Ids and times are of one length, so that they sort alike under any collation (INDEX-07).
    """
    started_at = at or f"2026-06-03T10:{number // 60:02d}:{number % 60:02d}.000Z"
    run = f"run-{number:08d}"
    return RecordRunStartInput(run, owner(run, workflow), started_at)


def shuffled(count: int) -> list[int]:
    """Return the numbers below `count` in an order that is neither up nor down."""
    # 37 shares no divisor with the counts in use, so every number comes once.
    return [number * 37 % count for number in range(count)]


def newest_first(starts: Sequence[RecordRunStartInput]) -> list[RunPointer]:
    """Return the pointers of runs that go on as the registry lists them."""
    ordered = sorted(starts, key=lambda start: (start.started_at, start.run_id), reverse=True)
    return [started(start) for start in ordered]


async def record(registry: RunRegistry, starts: Sequence[RecordRunStartInput]) -> None:
    """Record starts in the given order."""
    for start in starts:
        await registry.record_run_start(start)


async def pages(
    registry: RunRegistry,
    opts: ListRunsOpts,
    most: int,
    meanwhile: Callable[[int], Awaitable[None]] | None = None,
) -> list[Sequence[RunPointer]]:
    """Follow the cursors from the first page on; raises `BrokenRule` after `most` pages.

    After each page, `meanwhile` gets the number of runs visited so far.
    """
    found: list[Sequence[RunPointer]] = []
    cursor: str | None = None
    while not found or cursor is not None:
        if len(found) == most:
            raise BrokenRule(
                about="following cursors",
                came_back=f"a cursor after page {most} as well",
                expected=f"an end after at most {most} pages",
            )
        response = await registry.list_runs(replace(opts, cursor=cursor))
        found.append(response.runs)
        cursor = response.next_cursor
        if meanwhile:
            await meanwhile(sum(map(len, found)))
    return found


@verifies("INDEX-01")
async def test_a_recorded_start_is_an_active_pointer(registry: RunRegistry, expect: Expect) -> None:
    starts = [run_start(f"workflow:flow-{n}:{n}", workflow=f"flow-{n}") for n in range(12)]
    await record(registry, starts)

    for start in starts:
        expect.equal(
            await registry.lookup_run(start.run_id), started(start), f"the run {start.run_id}"
        )
    listed = (await registry.list_runs(ListRunsOpts(workflow_name="flow-7"))).runs
    expect.equal(listed, [started(starts[7])], "the listing of its workflow")


@verifies("INDEX-01")
async def test_ids_that_differ_in_anything_are_different_pointers(
    registry: RunRegistry, expect: Expect
) -> None:
    for number, run in enumerate(ALIKE_TEXTS):
        await registry.record_run_start(run_start(run, workflow=f"flow-{number}"))
        await registry.record_run_end(run_end(run, duration_ms=number))

    for number, run in enumerate(ALIKE_TEXTS):
        pointer = ended(run_start(run, workflow=f"flow-{number}"), run_end(run, duration_ms=number))
        expect.equal(await registry.lookup_run(run), pointer, f"the pointer of {run!r}")


@verifies("INDEX-02")
async def test_a_second_start_changes_nothing(registry: RunRegistry, expect: Expect) -> None:
    first = run_start("run-1", workflow="first")
    await registry.record_run_start(first)

    for at in ("2027-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z", first.started_at):
        await registry.record_run_start(run_start("run-1", workflow="second", started_at=at))
        expect.equal(await registry.lookup_run("run-1"), started(first), "the active pointer")
        expect.equal((await registry.list_runs()).runs, [started(first)], "the listing")


@verifies("INDEX-02")
async def test_a_start_after_the_end_changes_nothing(registry: RunRegistry, expect: Expect) -> None:
    first = run_start("run-1", workflow="first")
    end = run_end("run-1", is_error=True)
    await registry.record_run_start(first)
    await registry.record_run_end(end)

    for again in (first, run_start("run-1", workflow="second", started_at="2027-01-01T00:00:00Z")):
        await registry.record_run_start(again)
        expect.equal(await registry.lookup_run("run-1"), ended(first, end), "the ended pointer")
    expect.equal((await registry.list_runs()).runs, [ended(first, end)], "the listing")


@verifies("INDEX-03")
async def test_the_start_of_another_instance_is_refused(
    registry: RunRegistry, expect: Expect
) -> None:
    right = run_start("run-1")

    for instance in FOREIGN_INSTANCES:
        about = f"the start of 'run-1' by the instance {instance!r}"
        wrong = replace(right, owner=owner(instance))
        await expect.raises(registry.record_run_start(wrong), RunIdentity, about)
        expect.none(await registry.lookup_run("run-1"), f"the pointer after {about}")
    expect.equal((await registry.list_runs()).runs, [], "the listing")

    await registry.record_run_start(right)
    expect.equal(await registry.lookup_run("run-1"), started(right), "its own instance's start")


@verifies("INDEX-03")
async def test_a_known_run_ignores_the_start_of_another_instance(
    registry: RunRegistry, expect: Expect
) -> None:
    first, end = run_start("run-1", workflow="first"), run_end("run-1", is_error=True)
    again = run_start("run-1", workflow="second", owner=owner("run-2", "second"))
    await registry.record_run_start(first)

    await registry.record_run_start(again)
    expect.equal(await registry.lookup_run("run-1"), started(first), "the active pointer")

    await registry.record_run_end(end)
    await registry.record_run_start(again)
    expect.equal(await registry.lookup_run("run-1"), ended(first, end), "the ended pointer")
    expect.none(await registry.lookup_run("run-2"), "the pointer of the other instance")


@verifies("INDEX-04")
async def test_a_recorded_end_sets_the_outcome_and_keeps_the_start(
    registry: RunRegistry, expect: Expect
) -> None:
    ends = [
        run_end("run-completed"),
        run_end("run-errored", is_error=True),
        run_end("run-instant", duration_ms=0),
        run_end("run-long", duration_ms=2**31 - 1),
        run_end("run-offset", ended_at="2026-06-03T12:20:45.25+02:00"),
    ]
    for end in ends:
        start = run_start(end.run_id, workflow=f"flow of {end.run_id}")
        await registry.record_run_start(start)
        await registry.record_run_end(end)

        expect.equal(await registry.lookup_run(end.run_id), ended(start, end), end.run_id)
        listed = (
            await registry.list_runs(ListRunsOpts(workflow_name=start.owner.workflow_name))
        ).runs
        expect.equal(listed, [ended(start, end)], f"{end.run_id} in the listing")


@verifies("INDEX-04")
async def test_the_last_recorded_end_wins(registry: RunRegistry, expect: Expect) -> None:
    start = run_start("run-1")
    await registry.record_run_start(start)

    for end in (
        run_end("run-1", is_error=True, duration_ms=14_250),
        run_end("run-1", duration_ms=0, ended_at="2026-06-03T10:20:31.000Z"),
        run_end("run-1", is_error=True, duration_ms=9, ended_at="2026-06-03T09:00:00.000Z"),
    ):
        await registry.record_run_end(end)
        expect.equal(await registry.lookup_run("run-1"), ended(start, end), f"after {end}")


@verifies("INDEX-04")
async def test_the_end_of_an_unknown_run_creates_nothing(
    registry: RunRegistry, expect: Expect
) -> None:
    known = run_start("run-10")
    await registry.record_run_start(known)

    for unknown in ("run-1", "run-100", "RUN-10", "run_10", "%"):
        await registry.record_run_end(run_end(unknown))
        expect.none(await registry.lookup_run(unknown), f"the pointer of {unknown!r}")
    expect.equal((await registry.list_runs()).runs, [started(known)], "the listing")

    await registry.record_run_start(run_start("run-1"))
    expect.equal(
        await registry.lookup_run("run-1"),
        started(run_start("run-1")),
        "a run that started after its end was recorded",
    )


@verifies("INDEX-05")
async def test_an_unknown_run_has_no_pointer(registry: RunRegistry, expect: Expect) -> None:
    expect.none(await registry.lookup_run("run-1"), "a pointer of an empty registry")
    await registry.record_run_start(run_start("run-10"))

    for unknown in ("run-1", "run-100", "RUN-10", "run_10", "%", ""):
        expect.none(await registry.lookup_run(unknown), f"the pointer of {unknown!r}")


@verifies("INDEX-06")
async def test_the_latest_start_comes_first(registry: RunRegistry, expect: Expect) -> None:
    starts = [numbered(number) for number in range(20)]
    await record(registry, [starts[number] for number in shuffled(20)])
    expect.equal((await registry.list_runs()).runs, newest_first(starts), "the listing")

    # An update may move a row inside its table, but not in the listing: neither when it comes nor
    # which time it tells counts.
    for number, minute in ((3, 59), (17, 57), (11, 58)):
        end = run_end(starts[number].run_id, ended_at=f"2026-06-03T10:{minute}:00.000Z")
        await registry.record_run_end(end)
    expected = {None: range(19, -1, -1), "completed": (17, 11, 3)}
    for status, numbers in expected.items():
        listed = (await registry.list_runs(ListRunsOpts(status=status))).runs
        ids = [starts[number].run_id for number in numbers]
        about = f"after some ended, with the status {status}"
        expect.equal([pointer.run_id for pointer in listed], ids, about)


@verifies("INDEX-06")
async def test_runs_that_started_together_come_by_id(registry: RunRegistry, expect: Expect) -> None:
    at = "2026-06-03T10:20:31.000Z"
    starts = [numbered(number, at=at) for number in range(20)]
    words = [
        run_start(run, started_at=at) for run in ("run-0000000a", "run-a0000000", "run-0a000000")
    ]
    await record(registry, [*words, *(starts[number] for number in shuffled(20))])

    expect.equal((await registry.list_runs()).runs, newest_first([*starts, *words]), "the listing")


@verifies("INDEX-06")
async def test_start_times_are_compared_as_text(registry: RunRegistry, expect: Expect) -> None:
    starts = [
        # As an instant the first is an hour earlier than the second.
        numbered(4, at="2026-06-03T12:00:00.000000+02:00"),
        numbered(3, at="2026-06-03T11:00:00.000000+00:00"),
        # The same instant in two spellings, which would be a tie.
        numbered(1, at="2026-06-03T10:30:00.000000+02:00"),
        numbered(2, at="2026-06-03T08:30:00.000000+00:00"),
        # The same millisecond.
        numbered(5, at="2026-06-03T07:00:00.000002+00:00"),
        numbered(6, at="2026-06-03T07:00:00.000001+00:00"),
    ]
    await record(registry, starts[::-1])
    expect.equal((await registry.list_runs()).runs, newest_first(starts), "the listing")

    one_by_one = await pages(registry, ListRunsOpts(limit=1), most=len(starts))
    expect.equal(
        [pointer for page in one_by_one for pointer in page], newest_first(starts), "one by one"
    )


# Ids that come in another order where a language, their case or UTF-16 decides, or where
# punctuation does not count.
_COLLATED_IDS: Final = (
    *("run", "run 2", "run#1", "run-b", "run.a", "run1", "run10", "run2"),
    *("runA", "runB", "runZ", "run_a", "runa", "runaa", "runb", "runz"),
    *("rune", "runä", "runé", "run日", "run\uffee", "run😀"),
)


@verifies("INDEX-07")
async def test_runs_that_started_together_come_by_the_code_points_of_their_ids(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [run_start(run, started_at=STARTED_AT) for run in _COLLATED_IDS]
    await record(registry, starts[::2])
    await record(registry, starts[1::2])

    expect.equal((await registry.list_runs()).runs, newest_first(starts), "the listing")


@verifies("INDEX-07")
async def test_start_times_are_compared_by_code_point(
    registry: RunRegistry, expect: Expect
) -> None:
    times = (
        "2026-06-03",
        "2026-06-03 10:20:31",
        "2026-06-03T10:20:31",
        "2026-06-03T10:20:31+02:00",
        "2026-06-03T10:20:31.5Z",
        "2026-06-03T10:20:31Z",
        # Case and punctuation count before the time that they spell.
        "2026-06-03t01:00:00z",
        "2026-06-04T00:00:00Z",
        "20260602T102031Z",
    )
    starts = [run_start(f"run-{n}", started_at=at) for n, at in enumerate(times)]
    await record(registry, starts)

    expect.equal((await registry.list_runs()).runs, newest_first(starts), "the listing")


@verifies("INDEX-08")
async def test_a_status_filter_matches_exactly(registry: RunRegistry, expect: Expect) -> None:
    starts = [numbered(number) for number in range(15)]
    await record(registry, starts)
    expected: dict[str, list[RunPointer]] = {"active": [], "completed": [], "errored": []}
    for number, start in enumerate(starts):
        pointer = started(start)
        if number % 3:
            end = run_end(start.run_id, is_error=number % 3 == 2)
            await registry.record_run_end(end)
            pointer = ended(start, end)
        expected[pointer.status].insert(0, pointer)

    for status, pointers in expected.items():
        listed = await registry.list_runs(ListRunsOpts(status=status))
        expect.equal(listed, ListRunsResponse(pointers), f"runs that are {status}")


_WORKFLOWS: Final = (
    *ALIKE_TEXTS,
    "release",
    "Release",
    "release ",
    "release2",
    "rel",
    "rel%",
    "r_lease",
    "re:lease",
)


@verifies("INDEX-08")
async def test_a_workflow_filter_matches_exactly(registry: RunRegistry, expect: Expect) -> None:
    starts = [numbered(number, workflow=name) for number, name in enumerate(_WORKFLOWS)]
    await record(registry, starts)

    for start, name in zip(starts, _WORKFLOWS, strict=True):
        listed = await registry.list_runs(ListRunsOpts(workflow_name=name))
        expect.equal(listed, ListRunsResponse([started(start)]), f"runs of the workflow {name!r}")
    unknown = await registry.list_runs(ListRunsOpts(workflow_name="relea"))
    expect.equal(unknown, ListRunsResponse([]), "runs of an unknown workflow")


@verifies("INDEX-08")
async def test_filters_combine_and_paging_stays_within_them(
    registry: RunRegistry, expect: Expect
) -> None:
    everything: list[RunPointer] = []
    for number in range(36):
        start = numbered(number, workflow=("release", "nightly")[number % 2])
        await registry.record_run_start(start)
        pointer = started(start)
        if number % 3:
            end = run_end(start.run_id, is_error=number % 3 == 2)
            await registry.record_run_end(end)
            pointer = ended(start, end)
        everything.insert(0, pointer)

    for status, workflow in (("errored", "nightly"), ("errored", None), (None, "nightly")):
        matching = [
            pointer
            for pointer in everything
            if status in (None, pointer.status) and workflow in (None, pointer.owner.workflow_name)
        ]
        opts = ListRunsOpts(status=status, workflow_name=workflow)
        about = f"runs of status {status} and workflow {workflow}"
        expect.equal(await registry.list_runs(opts), ListRunsResponse(matching), about)
        for limit in (1, 4, 6, 7):
            expected = [matching[at : at + limit] for at in range(0, len(matching), limit)]
            found = await pages(registry, replace(opts, limit=limit), most=len(expected))
            expect.equal(found, expected, f"{about} in pages of {limit}")


@verifies("INDEX-09")
async def test_an_empty_filter_or_cursor_counts_as_none(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(3)]
    await record(registry, starts)
    everything = ListRunsResponse(newest_first(starts))

    for opts in (
        ListRunsOpts(status=""),
        ListRunsOpts(workflow_name=""),
        ListRunsOpts(cursor=""),
        ListRunsOpts(status="", workflow_name="", cursor=""),
        ListRunsOpts(status="active", workflow_name="", cursor=""),
        ListRunsOpts(status="", workflow_name="release"),
    ):
        expect.equal(await registry.list_runs(opts), everything, f"runs listed with {opts}")


@verifies("INDEX-10")
async def test_a_filter_by_an_unknown_status_matches_nothing(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(4)]
    await record(registry, starts)
    await registry.record_run_end(run_end(starts[0].run_id))
    await registry.record_run_end(run_end(starts[1].run_id, is_error=True))

    for status in ("running", "ACTIVE", "active ", "activ", "act%", "_ctive", "%", "null", " "):
        for workflow in (None, "release"):
            opts = ListRunsOpts(status=status, workflow_name=workflow, limit=2)
            listed = await registry.list_runs(opts)
            expect.equal(listed, ListRunsResponse([]), f"runs listed with {opts}")


@verifies("INDEX-11")
async def test_a_page_has_a_hundred_runs_unless_told(registry: RunRegistry, expect: Expect) -> None:
    starts = [numbered(number) for number in range(MANY)]
    await record(registry, starts)
    listed = newest_first(starts)

    for opts in (None, ListRunsOpts(), ListRunsOpts(workflow_name="release")):
        first = await registry.list_runs(opts)
        expect.equal(first.runs, listed[:100], f"the first page with {opts}")
    second = await registry.list_runs(ListRunsOpts(cursor=first.next_cursor))
    expect.equal(second, ListRunsResponse(listed[100:]), "the second page")
    short = await registry.list_runs(ListRunsOpts(limit=2))
    second = await registry.list_runs(ListRunsOpts(cursor=short.next_cursor))
    expect.equal(second.runs, listed[2:102], "a full page after a short one")


@verifies("INDEX-11")
async def test_a_page_has_at_most_a_thousand_runs(registry: RunRegistry, expect: Expect) -> None:
    await record(registry, [numbered(number) for number in range(1000)])
    for limit in (1000, 1001, 5000):
        page = await registry.list_runs(ListRunsOpts(limit=limit))
        expect.equal(len(page.runs), 1000, f"runs on a page of {limit}")
        expect.none(page.next_cursor, f"the cursor of a page of {limit} that has all runs")

    await registry.record_run_start(numbered(1000))
    for limit in (1000, 1001, 5000, 2**31):
        page = await registry.list_runs(ListRunsOpts(limit=limit))
        expect.equal(len(page.runs), 1000, f"runs on a page of {limit}")
        rest = await registry.list_runs(ListRunsOpts(limit=limit, cursor=page.next_cursor))
        expect.equal(
            [run.run_id for run in rest.runs], ["run-00000000"], f"after a page of {limit}"
        )


@verifies("INDEX-12")
async def test_a_limit_that_is_no_size_means_a_hundred(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(MANY)]
    await record(registry, starts)
    listed = newest_first(starts)

    for limit in (0, -0.0, -1, -100, -(2**31), math.nan, math.inf, -math.inf):
        first = await registry.list_runs(ListRunsOpts(limit=limit))
        expect.equal(first.runs, listed[:100], f"a page of {limit}")
        second = await registry.list_runs(ListRunsOpts(limit=limit, cursor=first.next_cursor))
        expect.equal(second, ListRunsResponse(listed[100:]), f"the second page of {limit}")


@verifies("INDEX-13")
async def test_a_fractional_limit_is_truncated_or_refused(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(5)]
    await record(registry, starts)
    listed = newest_first(starts)

    for limit in (1.5, 2.999, 4.0001):
        expected = [listed[at : at + int(limit)] for at in range(0, 5, int(limit))]
        opts = ListRunsOpts(limit=limit)
        paging = await attempted(partial(pages, registry, opts, most=len(expected)))
        found = [list(page) for page in paging.value or []]
        expect.permitted(
            {"is truncated": found == expected, "is refused": paging.error is not None},
            came_back=found,
            about=f"the limit {limit}",
        )


@verifies("INDEX-13")
async def test_a_limit_below_one_is_nothing_or_a_hundred_or_refused(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(MANY)]
    await record(registry, starts)
    listed = newest_first(starts)

    for limit in (0.5, 0.999):
        listing = await attempted(partial(registry.list_runs, ListRunsOpts(limit=limit)))
        found = list(listing.value.runs) if listing.value else []
        more = listing.value is not None and listing.value.next_cursor is not None
        expect.permitted(
            {
                "gives an empty page": listing.error is None and not found and not more,
                "acts as 100": found == listed[:100] and more,
                "is refused": listing.error is not None,
            },
            came_back=listing.error or f"{len(found)} runs {'with' if more else 'without'} cursor",
            about=f"the limit {limit}",
        )


@verifies("INDEX-14")
async def test_a_cursor_is_there_when_more_runs_match(
    registry: RunRegistry, expect: Expect
) -> None:
    expect.equal(await registry.list_runs(), ListRunsResponse([]), "an empty registry")
    for number in range(12):
        await registry.record_run_start(numbered(number, workflow=("old", "new")[number // 6]))

    for name, matching in ((None, 12), ("old", 6), ("new", 6)):
        for limit in (1, 5, 6, 7, 11, 12, 13, 1000):
            page = await registry.list_runs(ListRunsOpts(workflow_name=name, limit=limit))
            expect.equal(
                page.next_cursor is not None,
                limit < matching,
                f"whether a cursor is on a page of {limit} of {matching} runs",
            )


@verifies("INDEX-14")
async def test_the_last_page_has_no_cursor(registry: RunRegistry, expect: Expect) -> None:
    starts = [numbered(number, at="2026-06-03T10:20:31.000Z") for number in range(12)]
    await record(registry, starts)
    listed = newest_first(starts)

    for limit in (1, 3, 4, 5, 6, 12):
        expected = [listed[at : at + limit] for at in range(0, 12, limit)]
        found = await pages(registry, ListRunsOpts(limit=limit), most=len(expected))
        expect.equal(found, expected, f"pages of {limit} of 12 runs")


@verifies("INDEX-14")
async def test_a_page_of_the_default_size_has_a_cursor_when_more_follow(
    registry: RunRegistry, expect: Expect
) -> None:
    await record(registry, [numbered(number) for number in range(100)])
    every_way = (None, ListRunsOpts(), ListRunsOpts(limit=0), ListRunsOpts(status="active"))

    for opts in every_way:
        page = await registry.list_runs(opts)
        expect.equal(len(page.runs), 100, f"runs listed with {opts}")
        expect.none(page.next_cursor, f"the cursor with {opts}, when a page has all runs")
    await registry.record_run_start(numbered(100))
    for opts in every_way:
        page = await registry.list_runs(opts)
        has_cursor = page.next_cursor is not None
        expect.true(has_cursor, f"whether there is a cursor with {opts}, when a run follows")


@verifies("INDEX-15")
@examples(6)
@example(seconds=[5, 4, 3, 2, 1, 0], limit=1, order=random.Random(0))  # noqa: S311 - not secret
@given(
    seconds=st.lists(st.integers(0, 5), min_size=1, max_size=25),
    limit=st.integers(1, 8),
    order=st.randoms(use_true_random=False),
)
async def test_cursors_visit_every_run_once(
    registry: RunRegistry, expect: Expect, seconds: list[int], limit: int, order: random.Random
) -> None:
    # Few distinct times, some within a millisecond, so that pages end inside ties. A workflow for
    # each example, as all of them share a database.
    workflow = fresh("flow")
    starts = []
    for number, second in enumerate(seconds):
        run = f"{workflow}-{number:04d}"
        at = f"2026-06-03T10:20:0{second // 3}.00000{second % 3}Z"
        starts.append(RecordRunStartInput(run, owner(run, workflow), at))
    listed = newest_first(starts)

    await record(registry, order.sample(starts, len(starts)))

    opts = ListRunsOpts(workflow_name=workflow, limit=limit)
    found = await pages(registry, opts, most=math.ceil(len(starts) / limit))
    expect.equal([run for page in found for run in page], listed, f"pages of {limit}")


@verifies("INDEX-15")
async def test_newer_runs_do_not_shift_the_following_pages(
    registry: RunRegistry, expect: Expect
) -> None:
    at, later = "2026-06-03T10:20:31.000Z", "2026-06-03T10:20:31.001Z"
    for limit in (1, 2, 3, 7):
        workflow = f"flow-{limit}"
        starts = [
            run_start(f"{limit}-{number:04d}", workflow=workflow, started_at=at)
            for number in range(100, 125)
        ]
        await record(registry, starts)

        async def start_newer_runs(
            visited: int, limit: int = limit, workflow: str = workflow
        ) -> None:
            by_id = run_start(f"{limit}-9{visited:03d}", workflow=workflow, started_at=at)
            by_time = run_start(f"{limit}-0{visited:03d}", workflow=workflow, started_at=later)
            await record(registry, [by_id, by_time])

        opts = ListRunsOpts(workflow_name=workflow, limit=limit)
        found = await pages(registry, opts, len(starts), start_newer_runs)
        visited = [pointer for page in found for pointer in page]
        expect.equal(visited, newest_first(starts), f"pages of {limit} while newer runs start")


@verifies("INDEX-15")
async def test_runs_that_end_meanwhile_are_visited_once(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(25)]
    await record(registry, starts)

    async def end_the_last_and_the_next(visited: int) -> None:
        for place in (visited, visited + 1):
            await registry.record_run_end(run_end(f"run-{25 - place:08d}"))

    found = await pages(registry, ListRunsOpts(limit=4), 7, end_the_last_and_the_next)

    visited = [pointer.run_id for page in found for pointer in page]
    expect.equal(visited, [start.run_id for start in reversed(starts)], "pages while runs end")


@verifies("INDEX-15")
async def test_walks_through_several_lists_do_not_disturb_each_other(
    registry: RunRegistry, expect: Expect
) -> None:
    workflows = ("release", "nightly", None)
    starts = [numbered(number, workflow=("release", "nightly")[number % 2]) for number in range(40)]
    await record(registry, starts)
    found: list[list[RunPointer]] = [[] for _ in workflows]
    cursors: list[str | None] = ["" for _ in workflows]

    # A page of each by turns, of another size each time; an empty cursor begins.
    for turn in range(40):
        for walk, workflow in enumerate(workflows):
            if cursors[walk] is not None:
                limit = 1 + (turn + walk) % 5
                opts = ListRunsOpts(workflow_name=workflow, limit=limit, cursor=cursors[walk])
                page = await registry.list_runs(opts)
                found[walk] += page.runs
                cursors[walk] = page.next_cursor

    for workflow, visited in zip(workflows, found, strict=True):
        listed = [start for start in starts if workflow in (None, start.owner.workflow_name)]
        expect.equal(visited, newest_first(listed), f"the walk through runs of {workflow}")


def _base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("latin-1")).decode().rstrip("=")


_MALFORMED_CURSORS: Final = (
    "not a cursor",
    "!!!!",
    "%%%",
    " ",
    "é😀",
    "a",
    "null",
    _base64("not json"),
    _base64("null"),
    _base64("[]"),
    _base64("{}"),
    _base64('"text"'),
    _base64("7"),
    _base64('["2026-06-03T10:00:05.000Z","run-00000005"]'),
    _base64('{"s":"2026-06-03T10:00:05.000Z"}'),
    _base64('{"r":"run-00000005"}'),
    _base64('{"s":1,"r":2}'),
    _base64('{"s":null,"r":null}'),
    _base64('{"s":"2026-06-03T10:00:05.000Z","r":5}'),
    _base64('{"s":["2026-06-03T10:00:05.000Z"],"r":"run-00000005"}'),
    _base64('{"s":"2026-06-03T10:00:05.000Z","r":"run-00000005"'),
    _base64("\xff\xfe\x00"),
    # Deeper than a parser that calls itself can go.
    _base64("[" * 20_000),
)


# Within Latin-1, as INDEX-19 is about the others.
_LATIN_IDS: Final = (
    *("run-a", "run-A", "run-b", "run-B", "run_a", "runa", "run a", "run.a", "run"),
    *("run-ä", "run-Ä", "run-é", "run-É", "run-e", "run-ß", "run-ss", "run-ÿ", "run-~"),
    *("ab", "a-c", "aC", "10", "9", " run", '"', "\\", "%"),
)


@verifies("INDEX-16")
async def test_cursors_visit_every_run_once_whatever_its_id(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [run_start(run, started_at=STARTED_AT) for run in _LATIN_IDS]
    await record(registry, starts)

    await _expect_every_page(registry, expect, starts, limits=(1, 4))


@verifies("INDEX-16")
async def test_newer_runs_do_not_shift_pages_whatever_their_ids(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [run_start(run, started_at=STARTED_AT) for run in _LATIN_IDS]
    await record(registry, starts)
    whole = (await registry.list_runs()).runs

    async def start_a_newer_run(visited: int) -> None:
        later = "2026-06-03T10:20:31.001Z"
        await registry.record_run_start(run_start(f"RUN-{visited}", started_at=later))

    found = await pages(registry, ListRunsOpts(limit=3), len(starts), start_a_newer_run)
    visited = [pointer for page in found for pointer in page]
    expect.equal(visited, whole, "pages of 3 while newer runs start")


async def _expect_every_page(
    registry: RunRegistry,
    expect: Expect,
    starts: Sequence[RecordRunStartInput],
    limits: Sequence[int],
) -> None:
    """Expect that pages of each size show these runs, in the order in which one page shows them.

    What order that is, INDEX-07 says.
    """
    whole = (await registry.list_runs()).runs
    ids = sorted(pointer.run_id for pointer in whole)
    expect.equal(ids, sorted(start.run_id for start in starts), "the ids of all runs on one page")
    for limit in limits:
        found = await pages(
            registry, ListRunsOpts(limit=limit), most=math.ceil(len(starts) / limit)
        )
        visited = [pointer for page in found for pointer in page]
        expect.equal(visited, whole, f"the runs on pages of {limit}")


@verifies("INDEX-17")
async def test_a_malformed_cursor_means_the_first_page(
    registry: RunRegistry, expect: Expect
) -> None:
    for number in range(12):
        await registry.record_run_start(numbered(number, workflow=("old", "new")[number % 2]))
    opts = ListRunsOpts(workflow_name="new", limit=4)
    first = await registry.list_runs(opts)

    for cursor in _MALFORMED_CURSORS:
        page = await registry.list_runs(replace(opts, cursor=cursor))
        expect.equal(page.runs, first.runs, f"the page after the cursor {cursor[:60]!r}")
        expect.that(
            page.next_cursor is not None,
            came_back="no cursor",
            expected="a cursor, as the first page has",
            about=f"the page after the cursor {cursor[:60]!r}",
        )


@verifies("INDEX-18")
async def test_a_cursor_works_when_its_run_no_longer_matches(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [numbered(number) for number in range(6)]
    await record(registry, starts)
    active = ListRunsOpts(status="active", limit=2)
    first = await registry.list_runs(active)

    await registry.record_run_end(run_end(first.runs[-1].run_id))

    second = await registry.list_runs(replace(active, cursor=first.next_cursor))
    expect.equal(second.runs, newest_first(starts)[2:4], "the page after a run that has ended")
    third = await registry.list_runs(replace(active, cursor=second.next_cursor))
    expect.equal(third, ListRunsResponse(newest_first(starts)[4:]), "the page after that")


@verifies("INDEX-18")
async def test_a_cursor_works_where_its_run_never_existed(
    registry: RunRegistry, empty_database: Database, expect: Expect
) -> None:
    # Cursors are opaque: those of runs that are unknown here are made by another registry.
    elsewhere = (await empty_database.open()).registry
    await record(elsewhere, [numbered(number) for number in (0, 1, 3, 5, 7)])
    cursors: dict[int, str | None] = {}
    for number in (7, 5, 3, 1):
        last = [*cursors.values()][-1:] or [None]
        page = await elsewhere.list_runs(ListRunsOpts(limit=1, cursor=last[0]))
        cursors[number] = page.next_cursor

    for number, cursor in cursors.items():
        page = await registry.list_runs(ListRunsOpts(cursor=cursor))
        expect.equal(page, ListRunsResponse([]), f"an empty registry's page after run {number}")

    here = (2, 4, 6)
    await record(registry, [numbered(number) for number in here])
    for number, cursor in cursors.items():
        page = await registry.list_runs(ListRunsOpts(cursor=cursor))
        after = newest_first([numbered(each) for each in here if each < number])
        expect.equal(page, ListRunsResponse(after), f"the page after run {number}")


_BEYOND_LATIN_1: Final = (
    *("run-日本語", "run-العربية", "run-łódź", "run-Ελλάδα", "run-\u2028", "run-\ufeff"),
    *("run-😀", "run-\U0001f469\u200d\U0001f4bb", "run-\U0010fffd", "run-e\u0301", "run-é", "run"),
)


@verifies("INDEX-19")
async def test_a_page_may_end_at_a_run_whose_id_is_beyond_latin_1(
    registry: RunRegistry, expect: Expect
) -> None:
    starts = [run_start(run, started_at=STARTED_AT) for run in _BEYOND_LATIN_1]
    await record(registry, starts)

    await _expect_every_page(registry, expect, starts, limits=(1, 3))


@verifies("INDEX-20")
@requires("persistent")
async def test_pointers_survive_a_restart(database: Database, expect: Expect) -> None:
    active, completed, errored = (numbered(number) for number in range(3))
    success, failure = run_end(completed.run_id), run_end(errored.run_id, is_error=True)
    handle = await database.open()
    await record(handle.registry, [active, completed, errored])
    for end in (success, failure):
        await handle.registry.record_run_end(end)
    pointers = [ended(errored, failure), ended(completed, success), started(active)]

    for _ in range(2):
        handle = await database.reopen(handle)
        for pointer in pointers:
            found = await handle.registry.lookup_run(pointer.run_id)
            expect.equal(found, pointer, f"{pointer.run_id} after a restart")
        listed = await handle.registry.list_runs()
        expect.equal(listed, ListRunsResponse(pointers), "the listing after a restart")


@verifies("INDEX-20")
async def test_a_pointer_that_was_read_does_not_change_by_itself(
    registry: RunRegistry, expect: Expect
) -> None:
    start = run_start("run-1")
    await registry.record_run_start(start)

    looked_up, page = await registry.lookup_run("run-1"), await registry.list_runs()
    await registry.record_run_end(run_end("run-1"))
    await registry.record_run_start(run_start("run-2"))

    expect.equal(looked_up, started(start), "what was looked up before the run ended")
    expect.equal(page, ListRunsResponse([started(start)]), "what was listed before it ended")


@verifies("INDEX-20")
@requires("same process")
async def test_changing_a_page_changes_no_listing(registry: RunRegistry, expect: Expect) -> None:
    starts = [numbered(number) for number in range(3)]
    await record(registry, starts)

    for _ in range(2):
        for opts in (ListRunsOpts(), ListRunsOpts(limit=10), ListRunsOpts(status="active")):
            page = await registry.list_runs(opts)
            expect.equal(
                page.runs, newest_first(starts), f"runs listed with {opts} beside changed pages"
            )
            tamper(page.runs)
