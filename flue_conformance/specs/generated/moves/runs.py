"""Moves of the run store."""

from __future__ import annotations

from typing import Any, Final

from flue_conformance.contract import (
    ABSENT,
    CreateRunInput,
    EndRunInput,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
)
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import (
    ALIKE_NAMES,
    FAMILIES,
    MORE_THAN_A_MEBIBYTE,
    NAMES,
)

STARTS = ("2026-06-03T10:20:31.000Z", "2026-06-03T10:20:31Z", "2026-06-03T12:20:31.000+02:00")
ENDS = ("2026-06-03T10:20:45.250Z", "2026-06-04T00:00:00Z", "2026-06-03T10:20:45.249Z")
DURATIONS = (14_250, 0, 1, 2**31 - 1, 16_777_217)

_EASILY_LOST: Final[tuple[Any, ...]] = (0, False, "", [], {}, "null", "12", '{"n": 1}')
"""Values that are taken for none, and texts that are taken for what they spell."""


def run_id(player: Player, choices: Choices) -> str:
    """Return the id of a run: of one that is there, or another one."""
    known = [*player.state.runs, *player.state.pointers][-8:]
    if known and choices.rarely(2):
        return choices.among(known)
    return player.key(choices.mostly(NAMES, ALIKE_NAMES))


def document(choices: Choices) -> Any:
    """Return a document, a value that is easily lost, or none."""
    return choices.among((ABSENT, None, choices.document(), choices.among(_EASILY_LOST)))


async def create(player: Player, choices: Choices) -> None:
    """Record a run that starts."""
    run = run_id(player, choices)
    await _create(player, choices, run)


async def _create(player: Player, choices: Choices, run: str) -> None:
    owner = RunOwner(choices.among(("release", "Release", "日本")), run)
    created = CreateRunInput(run, owner, choices.among(STARTS), document(choices))
    await player.call("runs.create_run", created)


async def end(player: Player, choices: Choices) -> None:
    """Record how a run ended."""
    await _end(player, choices, run_id(player, choices))


async def _end(player: Player, choices: Choices, run: str) -> None:
    ended = EndRunInput(
        run,
        choices.among(ENDS),
        choices.among((False, True)),
        choices.among(DURATIONS),
        document(choices),
        document(choices),
    )
    await player.call("runs.end_run", ended)


async def live(player: Player, choices: Choices) -> None:
    """Record start and end of a run in both stores, or in one; neither needs the other. RUN-14."""
    run = run_id(player, choices)
    owner, end_at = RunOwner("release", run), choices.among(ENDS)
    is_error = choices.among((False, True))
    calls: tuple[tuple[str, Any], ...] = (
        ("runs.create_run", CreateRunInput(run, owner, STARTS[0])),
        ("registry.record_run_start", RecordRunStartInput(run, owner, STARTS[0])),
        ("runs.end_run", EndRunInput(run, end_at, is_error, 1)),
        ("registry.record_run_end", RecordRunEndInput(run, end_at, 2, is_error)),
    )
    made = choices.among(range(15, 0, -1))
    for number, (name, given) in enumerate(calls):
        if made >> number & 1:
            await player.call(name, given)
            await player.call("runs.get_run", run)
            await player.call("registry.lookup_run", run)


async def create_alike(player: Player, choices: Choices) -> None:
    """Record runs whose ids are alike, and perhaps the end of one."""
    family = choices.among(FAMILIES)
    for name in family:
        run = player.key(name)
        created = CreateRunInput(run, RunOwner("release", run), STARTS[0], name)
        await player.call("runs.create_run", created)
        # What became of a run that was there is open until it is read. RUN-07, EVENT-16.
        await player.call("runs.get_run", run)
        if player.state.edition == "0.10":
            await player.call("run_events.get_events", run)
    if choices.rarely(2):
        await _end(player, choices, player.key(choices.among(family)))
    for name in family:
        await player.call("runs.get_run", player.key(name))


async def create_with_what_is_long(player: Player, choices: Choices) -> None:
    """Record a run with documents of more than 1 MiB. RUN-03."""
    run = run_id(player, choices)
    long = MORE_THAN_A_MEBIBYTE
    created = CreateRunInput(run, RunOwner("release", run), STARTS[0], long)
    await player.call("runs.create_run", created)
    await player.call("runs.end_run", EndRunInput(run, ENDS[0], True, 1, long, long))
    await player.call("runs.get_run", run)


async def get(player: Player, choices: Choices) -> None:
    """Read runs, and some that may not be there."""
    some = run_id(player, choices)
    for run in [*list(player.state.runs)[-4:], some, some[:-1], f"{some}x"]:
        await player.call("runs.get_run", run)


MOVES = (create, get, end, live, create_alike)
