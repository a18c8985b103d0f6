"""Moves that make calls which are refused or cancelled, and what follows those. DURABILITY-08."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.surfaces import look_everywhere
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.scenarios.interrupting import cancelled_after
from flue_conformance.specs.scenarios.values import dispatch_input, session_data

_TIMES: Final = (30, 1, 2, 3, 3, 3)
"""How often: more often than a pool has connections, or a few times."""


async def hang_up(player: Player, choices: Choices) -> None:
    """Write, cancel calls that read, and look at what was written before."""
    handle, times = choices.among((0, 1)), choices.among(_TIMES)
    key, index = player.key("interrupted"), len(player.state.chunks)
    append = "submissions.append_stream_chunk_segment"
    await player.call(append, key, index, "written before", handle=handle)
    read: tuple[str, tuple[Any, ...]] = choices.among(
        (
            ("submissions.get_stream_chunk_segments", (key,)),
            ("submissions.has_unsettled_submissions", ()),
            ("submissions.get_submission", (key,)),
            ("sessions.load", (key,)),
        )
    )
    await _hang_up(player, read[0], read[1], handle=handle, times=times)
    await player.call("submissions.get_stream_chunk_segments", key, handle=handle)
    await player.call("submissions.has_unsettled_submissions", handle=handle)


async def _hang_up(
    player: Player, name: str, arguments: Sequence[Any], *, handle: int, times: int
) -> None:
    surface, _, method = name.partition(".")
    call = getattr(getattr(player.ground.handles[handle], surface), method)
    player.script.cancels(handle, surface, method, arguments, times)
    for number in range(times):
        # Mostly in the first turn of the loop, in which hardly any call ends.
        turns = 2 if number % 4 == 3 else 1
        made = cancelled_after(partial(call, *arguments), turns=turns)
        await player.manage(name, made, "DURABILITY-08")


async def ask_for_nonsense(player: Player, choices: Choices) -> None:
    """Make calls that are refused, save something else, and look whether it is there."""
    handle, times = choices.among((0, 1)), choices.among(_TIMES)
    dispatch: Any = dispatch_input(player.key("nonsense"), acceptedAt="yesterday")
    name = player.key("refused")
    refused: Any = session_data(metadata={"note": object()})
    for _ in range(times):
        await player.call("submissions.admit_dispatch", dispatch, handle=handle)
    await player.call("sessions.save", name, refused, handle=handle)
    await player.call("sessions.save", name, session_data(leafId=str(times)), handle=handle)
    await player.call("sessions.load", name, handle=1 - handle)
    await look_everywhere(player, handle)


MOVES = (hang_up, ask_for_nonsense)
