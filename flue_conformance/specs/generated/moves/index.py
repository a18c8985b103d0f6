"""Moves of the run registry."""

from __future__ import annotations

import math
from typing import Any

from flue_conformance.contract import (
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
)
from flue_conformance.model import Position
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.runs import DURATIONS, ENDS
from flue_conformance.specs.generated.player import Player

_STARTS = (
    "2026-06-03T10:20:31.000Z",
    "2026-06-03T10:20:32.000Z",
    "2026-06-03T10:20:31.999Z",
    "2025-06-03T10:20:31.000Z",
)
_LIMITS = (1, 2, 3, None, 0, -1, math.nan, math.inf, -math.inf, 5_000, 1_000)
_NO_CURSORS = ("nonsense", "e30", "{}", "", "aGVsbG8", "W10")


def _run_id(player: Player, choices: Choices) -> str:
    return player.key(f"run{choices.among(range(12)):02d}")


def _workflow(player: Player, choices: Choices) -> str:
    return player.key(choices.mostly(("release",), ("Release", "release ", "releas", "%")))


async def start(player: Player, choices: Choices) -> None:
    """Index a run that starts."""
    run = _run_id(player, choices)
    owner = RunOwner(_workflow(player, choices), run)
    await player.call(
        "registry.record_run_start", RecordRunStartInput(run, owner, choices.among(_STARTS))
    )


async def start_several(player: Player, choices: Choices) -> None:
    """Index several runs."""
    for _ in range(4):
        await start(player, choices)


async def end(player: Player, choices: Choices) -> None:
    """Index how a run ended."""
    ended = RecordRunEndInput(
        _run_id(player, choices),
        choices.among(ENDS),
        choices.among(DURATIONS),
        choices.among((False, True)),
    )
    await player.call("registry.record_run_end", ended)


async def lookup(player: Player, choices: Choices) -> None:
    """Look a run up."""
    for run in dict.fromkeys([*list(player.state.pointers)[:4], _run_id(player, choices)]):
        await player.call("registry.lookup_run", run)


async def list_runs(player: Player, choices: Choices) -> None:
    """List the first page, mostly."""
    opts = _options(player, choices)
    cursor = choices.among(_NO_CURSORS) if choices.rarely(5) else None
    await _listed(player, {**opts, "cursor": cursor}, None)


async def next_page(player: Player, choices: Choices) -> None:
    """List the page behind one that was listed before, perhaps in another size."""
    if not player.pages:
        return await list_runs(player, choices)
    cursor, position, opts = choices.among(player.pages[::-1])
    limit = choices.mostly((opts["limit"],), _LIMITS)
    return await _listed(player, {**opts, "limit": limit, "cursor": cursor}, position)


def _options(player: Player, choices: Choices) -> dict[str, Any]:
    # Others share the database: what is listed is this sequence's own.
    return {
        "status": choices.among((None, "completed", "errored", "active", "")),
        "workflow_name": _workflow(player, choices),
        "limit": choices.among(_LIMITS),
    }


async def _listed(player: Player, opts: dict[str, Any], after: Position | None) -> None:
    given = ListRunsOpts(**opts)
    seen = await player.call("registry.list_runs", given, modelled=(given, after))
    if isinstance(seen, ListRunsResponse) and seen.next_cursor is not None:
        last = seen.runs[-1]
        position = Position(last.started_at, last.run_id)
        player.pages = [*player.pages, (seen.next_cursor, position, opts)][-4:]


MOVES = (start, list_runs, start_several, next_page, end, lookup, next_page)
