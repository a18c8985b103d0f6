"""Moves of those who listen to event streams, edition 0.11."""

from __future__ import annotations

from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.listening import MANNERS, Manner
from flue_conformance.specs.generated.moves.streams import open_path
from flue_conformance.specs.generated.player import Player


async def listen(player: Player, choices: Choices) -> None:
    """Subscribe listeners, to a path that may not exist so far, and change it."""
    handle = choices.among((0, 1))
    new = player.key(f"new{player.listening.made}")
    path = choices.among((open_path(player, choices), new))
    manners: tuple[Manner | None, ...] = (None, *MANNERS)
    for manner in (choices.among(MANNERS), choices.among(MANNERS), choices.among(manners)):
        if manner:
            player.listen(handle, path, manner)
    await player.call("streams.get_stream_meta", path, handle=1 - handle)
    await player.call("streams.create_stream", path, handle=handle)
    for _ in range(choices.among((2, 1))):
        await player.call("streams.append_event", path, choices.document(), handle=handle)
    if choices.rarely(3):
        await player.call("streams.close_stream", path, handle=handle)
        await player.call("streams.append_event", path, "too late", handle=handle)


async def listen_elsewhere(player: Player, choices: Choices) -> None:
    """Subscribe a listener to a second path, and end one of its subscriptions."""
    present = player.listening.present
    if not present:
        await listen(player, choices)
        return
    ear = choices.among(present)
    function, path = ear.function(), open_path(player, choices)
    if function is None:
        return
    first, *_ = ear.paths
    if path not in ear.paths:
        player.subscribe(ear, path, function)
    elif choices.rarely(2):
        player.leave(ear, path)
        player.subscribe(ear, path, function)
    if first != path and not choices.rarely(3):
        player.leave(ear, first)
    del function
    for each in (path, first):
        await player.call("streams.append_event", each, "heard", handle=ear.handle)


async def come_back(player: Player, choices: Choices) -> None:
    """End a subscription, and subscribe the same function again."""
    present = player.listening.present
    if not present:
        await listen(player, choices)
        return
    ear = choices.among(present)
    function, path = ear.function(), choices.among(list(ear.paths))
    if function is None:
        return
    player.leave(ear, path)
    player.subscribe(ear, path, function)
    del function
    await player.call("streams.append_event", path, "heard", handle=ear.handle)


async def leave(player: Player, choices: Choices) -> None:
    """End a subscription."""
    present = player.listening.present
    if present:
        ear = choices.among(present)
        path = choices.among(list(ear.paths))
        player.leave(ear, path)
        await player.call("streams.append_event", path, "unheard", handle=ear.handle)


async def change_what_is_heard(player: Player, choices: Choices) -> None:
    """Change a stream that somebody listens to."""
    present = player.listening.present
    if not present:
        await listen(player, choices)
        return
    ear = choices.among(present)
    path = choices.among(list(ear.paths))
    name = choices.among(("append_event", "append_event", "close_stream", "create_stream"))
    event = (choices.document(),) if name == "append_event" else ()
    if choices.rarely(2):
        await player.call("streams.create_stream", path, handle=ear.handle)
    await player.call(f"streams.{name}", path, *event, handle=ear.handle)


MOVES = (listen, change_what_is_heard, listen_elsewhere, listen, come_back, leave)
