"""Moves of the run registry."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final, TypeAlias

from flue_conformance.contract import (
    DEFAULT_RUN_PAGE,
    MAX_RUN_PAGE,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
)
from flue_conformance.model import Position
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import runs
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import FAMILIES

Place: TypeAlias = tuple[str, Position, ListRunsOpts]
"""Where a page ended: its cursor, what that stands for, and what was listed."""

_SPELLINGS: Final = (
    (
        "2026-06-03T10:20:31.000Z",
        "2026-06-03T10:20:32.000Z",
        "2026-06-03T10:20:31.999Z",
        "2025-06-03T10:20:31.000Z",
    ),
    (
        "2026-06-03T12:20:31.000+02:00",
        "2026-06-03T11:20:31.000+00:00",
        "2026-06-03T10:50:31.000-05:00",
        "2026-06-03T11:30:31.000-05:30",
    ),
    (
        "2026-06-03T10:20:31.000100Z",
        "2026-06-03T10:20:31.000900Z",
        "2026-06-03T10:20:31.001000Z",
        "2026-06-03T10:20:31.000200Z",
    ),
)
"""Starts. Those of a sequence are as long as one another, so that their order is sure: INDEX-07."""
_ENDS: Final = (*runs.ENDS, "2026-06-03T09:20:45.250Z")
_LIMITS: Final = (1, 2, 3, None, 0, -1, math.nan, math.inf, -math.inf, 5_000, 1_000)
_NO_CURSORS: Final = (
    "",
    "nonsense",
    "e30",
    "{}",
    "",
    "aGVsbG8",
    "W10",
    "eyJzIjoxLCJyIjoxfQ",
    "eyJzIjpudWxsLCJyIjpudWxsfQ",
    "eyJzIjoiMSJ9",
)
"""What is no cursor: JSON of other members or types, no JSON, no base64. INDEX-09, INDEX-17."""
_UNKNOWN: Final = ("run%", "run__", "RUN01", "run0", "run01 ", "run001", "%")
_NEVER_LISTED: Final = "never-listed"
"""The workflow of runs whose ids have no sure order. INDEX-07."""


def _run_id(player: Player, choices: Choices) -> str:
    """Return the id of a run: of one that is there, or another one."""
    unlisted = player.key(_NEVER_LISTED)
    known = [
        run
        for run, pointer in player.state.pointers.items()
        if pointer.owner.workflow_name != unlisted
    ]
    if known and choices.rarely(2):
        return choices.among(known[-8:])
    return player.key(f"run{choices.among(range(12)):02d}")


def _workflow(player: Player, choices: Choices) -> str:
    return player.key(choices.mostly(("release",), ("Release", "release ", "releas", "%")))


def _start(player: Player, choices: Choices) -> str:
    """Return when a run starts, spelled as the first one of the sequence was."""
    spelling = choices.among(_SPELLINGS)
    first = next(iter(player.state.pointers.values()), None)
    if first is not None:
        spelling = next((each for each in _SPELLINGS if first.started_at in each), spelling)
    return choices.among(spelling)


async def _record_start(player: Player, run: str, workflow: str, at: str) -> None:
    start = RecordRunStartInput(run, RunOwner(workflow, run), at)
    await player.call("registry.record_run_start", start)


async def _record_end(player: Player, choices: Choices, run: str) -> None:
    at, is_error = choices.among(_ENDS), choices.among((False, True))
    end = RecordRunEndInput(run, at, choices.among(runs.DURATIONS), is_error)
    await player.call("registry.record_run_end", end)


async def start(player: Player, choices: Choices) -> None:
    """Index a run that starts."""
    run, workflow = _run_id(player, choices), _workflow(player, choices)
    await _record_start(player, run, workflow, _start(player, choices))


async def start_several(player: Player, choices: Choices) -> None:
    """Index several runs of one workflow."""
    for _ in range(5):
        run = player.key(f"run{choices.among(range(12)):02d}")
        await _record_start(player, run, player.key("release"), _start(player, choices))


async def start_alike(player: Player, choices: Choices) -> None:
    """Index runs whose ids are alike, the end of one perhaps, and look them up."""
    family = [player.key(name) for name in choices.among(FAMILIES)]
    for run in family:
        await _record_start(player, run, player.key(_NEVER_LISTED), _start(player, choices))
    if choices.rarely(2):
        await _record_end(player, choices, choices.among(family))
    for run in family:
        await player.call("registry.lookup_run", run)


async def end(player: Player, choices: Choices) -> None:
    """Index how a run ended."""
    await _record_end(player, choices, _run_id(player, choices))


async def end_several(player: Player, choices: Choices) -> None:
    """Index how several runs ended."""
    for _ in range(4):
        await end(player, choices)


async def repeat(player: Player, choices: Choices) -> None:
    """Index the end of a run twice and its start once more. INDEX-02, INDEX-04."""
    run = _run_id(player, choices)
    for _ in range(2):
        await _record_end(player, choices, run)
        await player.call("registry.lookup_run", run)
    await _record_start(player, run, _workflow(player, choices), _start(player, choices))
    await player.call("registry.lookup_run", run)


async def lookup(player: Player, choices: Choices) -> None:
    """Look runs up, one that may not be there, and one that is not."""
    unknown = player.key(choices.among(_UNKNOWN))
    for run in [*list(player.state.pointers)[:4], _run_id(player, choices), unknown]:
        await player.call("registry.lookup_run", run)


async def list_runs(player: Player, choices: Choices) -> None:
    """List the first page."""
    cursor = choices.among(_NO_CURSORS) if choices.rarely(3) else None
    opts = replace(_options(player, choices), limit=choices.among(_LIMITS), cursor=cursor)
    await _list(player, opts, None)


async def next_page(player: Player, choices: Choices) -> None:
    """List the page behind one that was listed before, perhaps in another size."""
    if player.pages:
        place: Place = choices.among(player.pages[::-1])
        limit = choices.mostly((place[2].limit,), _LIMITS)
        await _go_on(player, place, limit)
    else:
        await list_runs(player, choices)


async def list_page_by_page(player: Player, choices: Choices) -> None:
    """List all pages, while runs start, and those end that pages end with. INDEX-15, INDEX-18."""
    opts = replace(_options(player, choices), limit=choices.among((1, 2, 3)))
    place = await _list(player, opts, None)
    while place is not None:
        meanwhile = choices.among(("nothing", "an end", "a start"))
        if meanwhile == "an end":
            await _record_end(player, choices, place[1].run_id)
        elif meanwhile == "a start":
            await start(player, choices)
        place = await _go_on(player, place, opts.limit)


async def list_two_at_once(player: Player, choices: Choices) -> None:
    """List the pages of two lists in turn. INDEX-15."""
    several = [replace(_options(player, choices), limit=limit) for limit in (1, 2)]
    places = [await _list(player, opts, None) for opts in several]
    while any(places):
        places = [place and await _go_on(player, place, place[2].limit) for place in places]


async def list_whatever_workflow(player: Player, choices: Choices) -> None:
    """List runs of all workflows, which needs a registry without other sequences' runs."""
    if player.ground.spaces > 1:
        return
    for number in range(9):
        run = player.key(f"run{number}")
        workflow = player.key(f"workflow-{number % 2}")
        await _record_start(player, run, workflow, choices.among(_SPELLINGS[0]))
        if number % 3:
            end = RecordRunEndInput(run, _ENDS[number % 4], number, number % 3 == 1)
            await player.call("registry.record_run_end", end)
    for status in (None, "", "active", "completed", "errored"):
        for workflow_name in (None, ""):
            opts = ListRunsOpts(status=status, workflow_name=workflow_name, limit=2)
            place = await _list(player, opts, None)
            while place is not None:
                place = await _go_on(player, place, opts.limit)
    for cursor in _NO_CURSORS:
        await _list(player, ListRunsOpts(limit=2, cursor=cursor), None)


async def fill_a_page(player: Player, choices: Choices) -> None:
    """Have as many runs as a page has unless told, and one more. INDEX-11, INDEX-12, INDEX-14."""
    workflow = player.key("page")
    for number in range(DEFAULT_RUN_PAGE + 1):
        if number == DEFAULT_RUN_PAGE:
            await _list_by_limits(player, workflow)
        run = player.key(f"many{number * 37 % (DEFAULT_RUN_PAGE + 1):03d}")
        await _record_start(player, run, workflow, choices.among(_SPELLINGS[0]))
    await _list_by_limits(player, workflow)


async def _list_by_limits(player: Player, workflow: str) -> None:
    for limit in (None, 0, -1, math.inf, DEFAULT_RUN_PAGE, MAX_RUN_PAGE + 1):
        place = await _list(player, ListRunsOpts(workflow_name=workflow, limit=limit), None)
        if place is not None:
            await _go_on(player, place, limit)


def _options(player: Player, choices: Choices) -> ListRunsOpts:
    # Others share the database: what is listed is this sequence's own.
    return ListRunsOpts(
        status=choices.among((None, "completed", "errored", "active", "")),
        workflow_name=_workflow(player, choices),
    )


async def _go_on(player: Player, place: Place, limit: float | None) -> Place | None:
    """List the page behind a place; returns where that page ends, if more follow."""
    cursor, position, opts = place
    return await _list(player, replace(opts, limit=limit, cursor=cursor), position)


async def _list(player: Player, opts: ListRunsOpts, after: Position | None) -> Place | None:
    seen = await player.call("registry.list_runs", opts, modelled=(opts, after))
    if not isinstance(seen, ListRunsResponse) or seen.next_cursor is None:
        return None
    last = seen.runs[-1]
    place = (seen.next_cursor, Position(last.started_at, last.run_id), opts)
    player.pages = [*player.pages, place][-4:]
    return place


MOVES = (
    start,
    list_runs,
    start_several,
    next_page,
    end_several,
    list_page_by_page,
    repeat,
    start_alike,
    list_two_at_once,
    lookup,
    list_page_by_page,
    next_page,
    end,
)
