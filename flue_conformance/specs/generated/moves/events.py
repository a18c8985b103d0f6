"""Moves of run events, in edition 0.10."""

from __future__ import annotations

from typing import Any, Final

from flue_conformance.contract import (
    MAX_INTEGER,
    MAX_RUN_EVENT_BYTES,
    CreateRunInput,
    EndRunInput,
    RunOwner,
    json_text,
)
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.runs import ENDS, STARTS
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import ALIKE_NAMES, FAMILIES, NAMES

_INDICES: Final = (0, 1, 2, 9, 10, 11, 100, 1, 5, 7, 2**31 - 1, MAX_INTEGER)
_STARTS: Final = (None, 0, 1, 2, 10, -1, 101, -2, 9)
"""Where reading begins."""
_WRONG_RUNS: Final = (None, "", "other")
_WRONG_INDICES: Final[tuple[Any, ...]] = (-1, 0.5, 3.5, None, MAX_INTEGER + 1)
_TYPES: Final = ("log", "text_delta", "made_up", "run_end", "run_start")


def _run_id(player: Player, choices: Choices) -> str:
    """Return the id of a run; mostly of one that is there."""
    known = list(player.state.runs)[-4:]
    if known and not choices.rarely(6):
        return choices.among(known)
    return player.key(choices.mostly(NAMES[:2], ALIKE_NAMES))


async def _recorded(player: Player, choices: Choices) -> str:
    """Return the id of a run that is there, which may be a new one."""
    run = _run_id(player, choices)
    await _record(player, run)
    return run


async def _record(player: Player, run: str) -> None:
    if run not in player.state.runs:
        created = CreateRunInput(run, RunOwner("release", run), STARTS[0])
        await player.call("runs.create_run", created)


def _unused(player: Player, run: str, choices: Choices) -> int:
    """Return an index that the run has no event at."""
    used = {index for known, index in player.state.events if known == run}
    return choices.among([each for each in _INDICES[:10] if each not in used] or [len(used) + 20])


def _used(player: Player, run: str, choices: Choices) -> int:
    """Return an index that the run has an event at, if it has any."""
    used = [index for known, index in player.state.events if known == run]
    return choices.among(used[-8:] or [0])


def _event(run: str, index: int, choices: Choices) -> dict[str, Any]:
    event: dict[str, Any] = {
        "type": choices.among(_TYPES),
        "runId": run,
        "eventIndex": index,
        "timestamp": choices.among(STARTS),
    }
    if choices.rarely(2):
        event["data"] = choices.document()
    if choices.rarely(3):
        event["taskId"] = None
    return event


async def append(player: Player, choices: Choices) -> None:
    """Append an event, at any index."""
    run = _run_id(player, choices)
    event = _event(run, choices.among(_INDICES), choices)
    await player.call("run_events.append_event", run, event)


async def keep_a_log(player: Player, choices: Choices) -> None:
    """Append events at indices that go up and down, and read from everywhere."""
    run = await _recorded(player, choices)
    for _ in range(choices.among((2, 3, 4))):
        event = _event(run, _unused(player, run, choices), choices)
        await player.call("run_events.append_event", run, event)
    await _read_from_everywhere(player, run)


async def append_again(player: Player, choices: Choices) -> None:
    """Append another event at an index that is in use. EVENT-09."""
    run = await _recorded(player, choices)
    event = _event(run, _used(player, run, choices), choices) | {"again": True}
    await player.call("run_events.append_event", run, event)
    await player.call("run_events.get_events", run)


async def append_what_is_wrong(player: Player, choices: Choices) -> None:
    """Try to append an event without a run or an index, or with a wrong one."""
    run = _run_id(player, choices)
    event = _event(run, _unused(player, run, choices), choices)
    wrong = choices.among(range(4))
    if wrong == 0:
        del event["runId"]
    elif wrong == 1:
        event["runId"] = choices.among(_WRONG_RUNS)
    elif wrong == 2:
        del event["eventIndex"]
    else:
        event["eventIndex"] = choices.among(_WRONG_INDICES)
    await player.call("run_events.append_event", run, event)
    await player.call("run_events.get_events", run)


async def append_what_just_fits(player: Player, choices: Choices) -> None:
    """Append an event of the greatest size, and try to append a larger one. EVENT-07, EVENT-08."""
    run = player.key(f"large-{len(player.state.runs)}")
    await _record(player, run)
    filling = choices.among("éx")
    for index, size in ((3, MAX_RUN_EVENT_BYTES), (choices.among((3, 4)), MAX_RUN_EVENT_BYTES + 1)):
        event = {"type": "log", "runId": run, "eventIndex": index, "timestamp": STARTS[0]}
        await player.call("run_events.append_event", run, _filled(event, size, filling))


def _filled(event: dict[str, Any], size: int, filling: str) -> dict[str, Any]:
    """Return the event with as much of a filling as makes it so many bytes long."""
    left = size - len(json_text(event | {"filling": ""}).encode())
    count, rest = divmod(left, len(filling.encode()))
    return event | {"filling": filling * count + "x" * rest}


async def append_after_the_end(player: Player, choices: Choices) -> None:
    """Append to a run that ended, well or not. EVENT-11."""
    run = await _recorded(player, choices)
    ended = EndRunInput(run, ENDS[0], choices.among((True, False)), 1)
    await player.call("runs.end_run", ended)
    event = _event(run, _unused(player, run, choices), choices)
    await player.call("run_events.append_event", run, event)
    await player.call("run_events.get_events", run)


async def append_to_runs_that_are_alike(player: Player, choices: Choices) -> None:
    """Append to runs whose ids are alike, at one index, and read what each has. EVENT-13."""
    family = choices.among(FAMILIES)
    for name in family:
        await _record(player, player.key(name))
    without = choices.among((None, *family))
    for name in family:
        if name != without:
            event = _event(player.key(name), 4, choices) | {"name": name}
            await player.call("run_events.append_event", player.key(name), event)
    for name in family:
        await player.call("run_events.get_events", player.key(name))


async def keep_a_long_log(player: Player, choices: Choices) -> None:
    """Have more than a thousand events, and read them all at once: there are no pages."""
    run = await _recorded(player, choices)
    for number in range(1_001):
        index = number * 37 % 1_001
        event = {"type": "log", "runId": run, "eventIndex": index, "timestamp": STARTS[0]}
        await player.call("run_events.append_event", run, event)
    await player.call("run_events.get_events", run)


async def read(player: Player, choices: Choices) -> None:
    """Read the events of runs."""
    start = choices.among(_STARTS)
    known = dict.fromkeys(run for run, _ in player.state.events)
    for run in [*list(known)[:4], _run_id(player, choices)]:
        await player.call("run_events.get_events", run, *(() if start is None else (start,)))


async def _read_from_everywhere(player: Player, run: str) -> None:
    for start in (None, 2, 10, -1):
        await player.call("run_events.get_events", run, *(() if start is None else (start,)))


MOVES = (
    append,
    keep_a_log,
    append_what_is_wrong,
    append,
    append_again,
    read,
    append_after_the_end,
    append_to_runs_that_are_alike,
    append_what_is_wrong,
)
LARGE = (append_what_just_fits,)
