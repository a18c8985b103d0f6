"""Moves of event streams, edition 0.11."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import ReadEventsOpts, format_offset
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.listening import MANNERS, Ear
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import DOCUMENTS, FAMILIES

_ALIKE = ("S", "s ", "ss", "s/", "%73", "e\u0301", "é", "%", "_", "s/1")
_MOST_LISTENERS = 6
_LIMITS = (None, 1, 2, 3, 100, 1_000, 5_000)


def _path(player: Player, choices: Choices) -> str:
    return player.key(choices.mostly(("s", "t"), _ALIKE, 5))


async def create(player: Player, choices: Choices) -> None:
    """Create a stream."""
    await player.call("streams.create_stream", _path(player, choices), handle=choices.among((0, 1)))


async def append(player: Player, choices: Choices) -> None:
    """Append an event, mostly one that can be."""
    event: Any = choices.document()
    if choices.rarely(10):
        event = choices.among(({1, 2}, float("nan"), b"bytes", object()))
    path, handle = _path(player, choices), choices.among((0, 1))
    await player.call("streams.append_event", path, event, handle=handle)


async def append_several(player: Player, choices: Choices) -> None:
    """Append more events than fit two digits, or a page, now and then."""
    path = _path(player, choices)
    handle = choices.among((0, 1))
    await player.call("streams.create_stream", path, handle=handle)
    first = choices.among(range(len(DOCUMENTS)))
    for number in range(choices.mostly((3, 3, 11), (103,), 40)):
        event = DOCUMENTS[(first + number) % len(DOCUMENTS)]
        await player.call("streams.append_event", path, event, handle=handle)
    await read(player, choices)


async def write_alike(player: Player, choices: Choices) -> None:
    """Write to several streams whose paths are alike, and look at them."""
    handle = choices.among((0, 1))
    for name in choices.among(FAMILIES):
        path = player.key(name)
        await player.call("streams.create_stream", path, handle=handle)
        await player.call("streams.append_event", path, name, handle=handle)
    await look(player, choices)


async def subscribe(player: Player, choices: Choices) -> None:
    """Subscribe a listener or two."""
    path, handle = _path(player, choices), choices.among((0, 1))
    for manner in (choices.among(MANNERS), choices.among((None, *MANNERS))):
        if manner and len(player.listening.ears) < _MOST_LISTENERS:
            player.subscribe(Ear(handle, path, manner))


async def unsubscribe(player: Player, choices: Choices) -> None:
    """End a subscription."""
    present = [ear for ear in player.listening.ears if not ear.left]
    if present:
        ear = choices.among(present)
        ear.left = True
        ear.leave()


async def change_what_is_heard(player: Player, choices: Choices) -> None:
    """Change a stream that somebody listens to."""
    present = [ear for ear in player.listening.ears if not ear.left]
    if not present:
        await subscribe(player, choices)
        return
    ear = choices.among(present)
    name = choices.among(("append_event", "append_event", "close_stream", "create_stream"))
    event = (choices.document(),) if name == "append_event" else ()
    if choices.rarely(2):
        await player.call("streams.create_stream", ear.path, handle=ear.handle)
    await player.call(f"streams.{name}", ear.path, *event, handle=ear.handle)


async def read(player: Player, choices: Choices) -> None:
    """Read a page."""
    path = _path(player, choices)
    stream = player.state.streams.get(path)
    last = stream.last if stream else -1
    offset = choices.among(
        (
            None,
            "-1",
            format_offset(max(last - 1, -1)),
            format_offset(last),
            format_offset(0),
            "now",
            format_offset(max(last - 2, -1)),
            "abc",
            "",
            "-2",
            "0_",
            "0_-3",
            None,
        )
    )
    limit = choices.among(_LIMITS)
    handle = choices.among((0, 1))
    if offset is None and limit is None and choices.rarely(2):
        await player.call("streams.read_events", path, handle=handle)
    else:
        await player.call("streams.read_events", path, ReadEventsOpts(offset, limit), handle=handle)


async def look(player: Player, choices: Choices) -> None:
    """Look at the end of every stream, and of one that may not be there."""
    handle = choices.among((0, 1))
    for path in dict.fromkeys([*list(player.state.streams)[:5], _path(player, choices)]):
        await player.call("streams.get_stream_meta", path, handle=handle)
        await player.call("streams.read_events", path, handle=handle)


async def close(player: Player, choices: Choices) -> None:
    """Close a stream."""
    await player.call("streams.close_stream", _path(player, choices), handle=choices.among((0, 1)))


async def delete(player: Player, choices: Choices) -> None:
    """Delete a stream."""
    await player.call("streams.delete_stream", _path(player, choices), handle=choices.among((0, 1)))


MOVES = (
    create,
    append,
    read,
    append,
    append_several,
    look,
    close,
    delete,
    write_alike,
    subscribe,
    change_what_is_heard,
    change_what_is_heard,
    unsubscribe,
)
