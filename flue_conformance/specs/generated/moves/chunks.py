"""Moves of stream chunk segments."""

from __future__ import annotations

from flue_conformance.model.records import Journal
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.journals import stream_key
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import FAMILIES, TEXTS

_INDICES = (0, 1, 2, 10, 11, 100, 9, 2**31 - 1)


async def append(player: Player, choices: Choices) -> None:
    """Append a segment."""
    await player.call(
        "submissions.append_stream_chunk_segment",
        stream_key(player, choices),
        choices.among(_INDICES),
        choices.text(),
        handle=choices.among((0, 1)),
    )


async def append_to_a_turn(player: Player, choices: Choices) -> None:
    """Append a segment of the stream of a turn."""
    journals = player.state.journals.values()
    keys = [each.stream_key for each in journals if isinstance(each, Journal) and each.stream_key]
    key = choices.among(keys) if keys else stream_key(player, choices)
    index, text = choices.among(_INDICES), choices.text()
    await player.call("submissions.append_stream_chunk_segment", key, index, text)


async def append_alike(player: Player, choices: Choices) -> None:
    """Append different bodies under keys that are alike."""
    handle = choices.among((0, 1))
    for name in choices.among(FAMILIES):
        await player.call(
            "submissions.append_stream_chunk_segment",
            player.key(name),
            choices.among(_INDICES),
            choices.among(TEXTS),
            handle=handle,
        )
    await read(player, choices)


async def append_many(player: Player, choices: Choices) -> None:
    """Append more segments than a page might hold."""
    key = stream_key(player, choices)
    if choices.rarely(20):
        for number in range(103):
            await player.call("submissions.append_stream_chunk_segment", key, number + 200, "")
    await read(player, choices)


async def read(player: Player, choices: Choices) -> None:
    """Read the segments of every key that is known, and of another one."""
    keys = dict.fromkeys([*(key for key, _ in player.state.chunks), stream_key(player, choices)])
    handle = choices.among((0, 1))
    for key in list(keys)[:6]:
        await player.call("submissions.get_stream_chunk_segments", key, handle=handle)


async def delete(player: Player, choices: Choices) -> None:
    """Delete the segments of a key."""
    await player.call(
        "submissions.delete_stream_chunk_segments",
        choices.mostly((stream_key(player, choices),), (player.key(""), ""), 6),
        handle=choices.among((0, 1)),
    )


MOVES = (append, read, append_alike, append_many, delete)
