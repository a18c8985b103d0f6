"""Moves of the run store, and of run events in edition 0.10."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import (
    ABSENT,
    MAX_INTEGER,
    CreateRunInput,
    EndRunInput,
    RunOwner,
)
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import ALIKE_NAMES, FAMILIES, NAMES

STARTS = ("2026-06-03T10:20:31.000Z", "2026-06-03T10:20:31Z", "2026-06-03T12:20:31.000+02:00")
ENDS = ("2026-06-03T10:20:45.250Z", "2026-06-04T00:00:00Z")
DURATIONS = (14_250, 0, 1, 2**31 - 1, 16_777_217)


def run_id(player: Player, choices: Choices) -> str:
    """Return the id of a run."""
    return player.key(choices.mostly(NAMES[:2], ALIKE_NAMES))


async def create(player: Player, choices: Choices) -> None:
    """Record a run that starts."""
    run = run_id(player, choices)
    payload = choices.among((ABSENT, choices.document()))
    owner = RunOwner(choices.among(("release", "Release", "日本")), run)
    await player.call("runs.create_run", CreateRunInput(run, owner, choices.among(STARTS), payload))


async def end(player: Player, choices: Choices) -> None:
    """Record how a run ended."""
    ended = EndRunInput(
        run_id(player, choices),
        choices.among(ENDS),
        choices.among((False, True)),
        choices.among(DURATIONS),
        choices.among((ABSENT, choices.document())),
        choices.among((ABSENT, choices.document())),
    )
    await player.call("runs.end_run", ended)


async def create_alike(player: Player, choices: Choices) -> None:
    """Record runs whose ids are alike."""
    for name in choices.among(FAMILIES):
        run = player.key(name)
        created = CreateRunInput(run, RunOwner("release", run), STARTS[0], name)
        await player.call("runs.create_run", created)
    await get(player, choices)


async def get(player: Player, choices: Choices) -> None:
    """Read every run, and one that may not be there."""
    for run in dict.fromkeys([*list(player.state.runs)[:6], run_id(player, choices)]):
        await player.call("runs.get_run", run)


async def append(player: Player, choices: Choices) -> None:
    """Append an event, mostly a good one."""
    run = run_id(player, choices)
    event: dict[str, Any] = {
        "type": choices.among(("log", "text_delta", "made_up")),
        "runId": run,
        "eventIndex": choices.among((0, 1, 2, 9, 10, 11, 100, 2**31 - 1, MAX_INTEGER)),
        "timestamp": "2026-06-03T10:20:31.000Z",
    }
    if choices.rarely(3):
        event["data"] = choices.document()
    if choices.rarely(8):
        event["runId"] = choices.among((None, f"{run}x", run.upper()))
    if choices.rarely(8):
        event["eventIndex"] = choices.among((-1, 0.5, None, "1", MAX_INTEGER + 1))
    if choices.rarely(12):
        _fill(event, choices.among((1_048_576, 1_048_577)))
    await player.call("run_events.append_event", run, event)


def _fill(event: dict[str, Any], size: int) -> None:
    """Make an event exactly so many bytes long."""
    from flue_conformance.contract import json_text  # noqa: PLC0415

    event["filling"] = ""
    left = size - len(json_text(event).encode("utf-8", "surrogatepass"))
    event["filling"] = "é" * (left // 2) + "x" * (left % 2)


async def get_events(player: Player, choices: Choices) -> None:
    """Read the events of runs."""
    start = choices.among((None, 0, 1, 2, 10, -1, 101))
    runs = dict.fromkeys([*(run for run, _ in player.state.events), run_id(player, choices)])
    for run in list(runs)[:4]:
        await player.call("run_events.get_events", run, *(() if start is None else (start,)))


MOVES = (create, get, end, get, create_alike)
EVENTS = (append, get_events, append)
