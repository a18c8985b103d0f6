"""Moves that look at all surfaces at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.scenarios.values import dispatch_input

_MOST: Final = 4
"""How many of each kind are looked at, the last ones."""


async def look_everywhere(player: Player, handle: int) -> None:
    """Read the last of everything that was written; runs by the handle that wrote them."""
    state = player.state
    for name in list(state.sessions)[-_MOST:]:
        await player.call("sessions.load", name, handle=handle)
    for name in list(state.submissions)[-_MOST:]:
        await player.call("submissions.get_submission", name, handle=handle)
        await player.call("submissions.get_turn_journal", name, handle=handle)
    for key in list(dict.fromkeys(key for key, _ in state.chunks))[-_MOST:]:
        await player.call("submissions.get_stream_chunk_segments", key, handle=handle)
    for name in list(state.receipts)[-_MOST:]:
        await player.call("submissions.admit_dispatch", dispatch_input(name), handle=handle)
    await player.call("submissions.list_expired_submissions", handle=handle)
    await player.call("submissions.list_runnable_submissions", handle=handle)
    for path in list(state.streams)[-_MOST:]:
        await player.call("streams.read_events", path, handle=handle)
    for run in list(state.runs)[-_MOST:]:
        await player.call("runs.get_run", run)
    for run in list(state.pointers)[-_MOST:]:
        await player.call("registry.lookup_run", run)
    for run in list(dict.fromkeys(run for run, _ in state.events))[-_MOST:]:
        await player.call("run_events.get_events", run)


async def look_at_nothing(player: Player, names: Iterable[str]) -> None:
    """Look at a location that nobody wrote to, and for names that others have. ADAPTER-02."""
    for name in ("has_unsettled_submissions", "list_runnable_submissions"):
        await player.call(f"submissions.{name}")
    await player.call("submissions.list_running_submissions", handle=1)
    await player.call("registry.list_runs")
    for name in list(names)[-_MOST:]:
        await player.call("runs.get_run", name)
        await player.call("registry.lookup_run", name)
