"""Moves of the adapter: stores are connected anew, the location is opened again, and migrated."""

from __future__ import annotations

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.surfaces import look_at_nothing, look_everywhere
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle


async def connect(player: Player, choices: Choices) -> None:
    """Connect one of the handles anew. ADAPTER-03."""
    del choices
    player.script.connects(1)
    player.listening.forget(1)
    player.ground.handles[1] = await _connected(player, player.ground.handles[1])


async def connect_beside(player: Player, choices: Choices) -> None:
    """Have further stores of an adapter for a moment; those that it had go on. ADAPTER-03."""
    handle = choices.among((0, 1))
    player.script.connects_beside(handle)
    handles = player.ground.handles
    handles.append(await _connected(player, handles[handle]))
    try:
        await look_everywhere(player, 2)
    finally:
        handles.pop()
        player.script.disconnects()
    await look_everywhere(player, handle)


async def migrate(player: Player, choices: Choices) -> None:
    """Migrate what is migrated already. ADAPTER-01."""
    handle = choices.among((0, 1))
    player.script.migrates(handle)
    adapter = player.ground.handles[handle].adapter
    await player.manage("a further migrate", adapter.migrate(), "ADAPTER-01")


async def migrate_and_look(player: Player, choices: Choices) -> None:
    """Migrate what is migrated already, and look whether it is all there."""
    await migrate(player, choices)
    await look_everywhere(player, choices.among((0, 1)))


async def close_another(player: Player, choices: Choices) -> None:
    """Close an adapter that was never connected. ADAPTER-04."""
    del choices
    player.script.closes_another()
    adapter = player.ground.database.adapter()
    await player.manage("close without a connect", adapter.close(), "ADAPTER-04")


async def reopen(player: Player, choices: Choices) -> None:
    """Close one of the adapters and open it again, as a restart does; not within a deletion."""
    ground = player.ground
    if not ground.database.subject.persistent or player.deleting or not choices.rarely(3):
        return
    await _reopen(player)


async def _reopen(player: Player) -> None:
    ground = player.ground
    player.script.reopens(1)
    player.listening.forget(1)
    reopened = ground.database.reopen(ground.handles[1])
    ground.handles[1] = await player.manage("close, and an open", reopened, "ADAPTER-04")


async def restart(player: Player, choices: Choices) -> None:
    """Restart, whatever is going on, and look at what is left. DURABILITY-04."""
    if player.deleting:
        return
    if player.ground.database.subject.persistent:
        await _reopen(player)
        await look_everywhere(player, 1)
    elif choices.rarely(3):
        await _begin_anew(player)


async def _begin_anew(player: Player) -> None:
    """Close the only adapter of a location that is gone with it, and open a fresh one."""
    ground = player.ground
    player.script.begins_anew()
    for handle in (0, 1):
        player.listening.forget(handle)
    closed = ground.handles[0].adapter.close()
    await player.manage("close amid whatever is going on", closed, "ADAPTER-04")
    names = {*player.state.runs, *player.state.pointers}
    first = await ground.database.open()
    ground.handles[:] = [first, await _connected(player, first)]
    ground.littered = False
    player.forget_everything()
    await look_at_nothing(player, names)


async def _connected(player: Player, handle: Handle) -> Handle:
    """Return further stores of a handle's adapter."""
    return await player.manage("a further connect", _with_all_stores(handle), "ADAPTER-03")


async def _with_all_stores(handle: Handle) -> Handle:
    """Connect; raises `BrokenRule` where stores are missing that there were before. ADAPTER-02."""
    connected = await handle.connect()
    for name in ("run_events", "event_streams"):
        if getattr(handle.stores, name) and not getattr(connected.stores, name):
            raise BrokenRule(
                about=f"{name} of a further connect",
                came_back="none",
                expected="stores, as the first connect returned",
                rules=("ADAPTER-02",),
            )
    return connected


MOVES = (connect, migrate, reopen)
MIGRATIONS = (migrate,)
OPENINGS = (
    connect_beside,
    migrate_and_look,
    restart,
    connect,
    close_another,
    migrate_and_look,
    restart,
)
