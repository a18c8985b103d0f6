"""Moves of the adapter: stores are connected anew, the location is opened again, and migrated."""

from __future__ import annotations

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.player import Player


async def connect(player: Player, choices: Choices) -> None:
    """Connect one of the handles anew. ADAPTER-03."""
    del choices
    player.script.connects(1)
    player.listening.forget(1)
    player.ground.handles[1] = await player.ground.handles[1].connect()


async def migrate(player: Player, choices: Choices) -> None:
    """Migrate what is migrated already. ADAPTER-01."""
    handle = choices.among((0, 1))
    player.script.migrates(handle)
    await player.ground.handles[handle].adapter.migrate()


async def reopen(player: Player, choices: Choices) -> None:
    """Close one of the adapters and open it again, as a restart does; not within a deletion."""
    ground = player.ground
    if not ground.database.subject.persistent or player.deleting or not choices.rarely(3):
        return
    player.script.reopens(1)
    player.listening.forget(1)
    ground.handles[1] = await ground.database.reopen(ground.handles[1])


MOVES = (connect, migrate, reopen)
MIGRATIONS = (migrate,)
