"""Moves of stream chunk segments."""

from __future__ import annotations

from typing import Final

from flue_conformance.model.records import Journal
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves.journals import stream_key
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import FAMILIES, LONG_TEXTS, TEXTS

_APPEND: Final = "submissions.append_stream_chunk_segment"
_READ: Final = "submissions.get_stream_chunk_segments"
_DELETE: Final = "submissions.delete_stream_chunk_segments"
_INDICES: Final = (0, 1, 2, 10, 11, 100, 9, 2**31 - 1)
_BODIES: Final = (
    *TEXTS,
    '[{"type":"text_delta","delta":"é\\u00e9","n":1.0,"n":1e2}]',
    " ".join(TEXTS) + " ",
)


async def append(player: Player, choices: Choices) -> None:
    """Append a segment."""
    key, index = stream_key(player, choices), choices.among(_INDICES)
    await player.call(_APPEND, key, index, _body(choices), handle=choices.among((0, 1)))


async def append_again(player: Player, choices: Choices) -> None:
    """Append a segment that is there, with the same body or another. CHUNK-02."""
    stored = list(player.state.chunks.items())
    if not stored:
        return
    (key, index), body = choices.among(stored)
    handle = choices.among((0, 1))
    for again in (body, _body(choices)):
        await player.call(_APPEND, key, index, again, handle=handle)


async def append_to_a_turn(player: Player, choices: Choices) -> None:
    """Append a segment of the stream of a turn."""
    journals = player.state.journals.values()
    keys = [each.stream_key for each in journals if isinstance(each, Journal) and each.stream_key]
    key = choices.among(keys) if keys else stream_key(player, choices)
    await player.call(_APPEND, key, choices.among(_INDICES), choices.text())


async def append_alike(player: Player, choices: Choices) -> None:
    """Append different bodies under keys that are alike; mostly delete one of them again."""
    handle = choices.among((0, 1))
    family = choices.among(FAMILIES)
    for name in family:
        key, index = player.key(name), choices.among(_INDICES)
        await player.call(_APPEND, key, index, choices.among(TEXTS), handle=handle)
    if not choices.rarely(3):
        await player.call(_DELETE, player.key(choices.among(family)), handle=handle)
    await read(player, choices)


async def append_many(player: Player, choices: Choices) -> None:
    """Append more segments than a page might hold; they are all read, and all deleted."""
    if choices.rarely(40):
        key, handle = player.key("many"), choices.among((0, 1))
        for number in range(103):
            await player.call(_APPEND, key, number, "")
        await player.call(_READ, key, handle=handle)
        await player.call(_DELETE, key, handle=handle)
        await player.call(_READ, key, handle=handle)
    await read(player, choices)


async def begin_anew(player: Player, choices: Choices) -> None:
    """Delete the segments of a key, and append some under the same indices. CHUNK-04."""
    stored = list(player.state.chunks)
    if not stored:
        return
    key, _ = choices.among(stored)
    handle = choices.among((0, 1))
    await player.call(_DELETE, key, handle=handle)
    for index in [number for other, number in stored if other == key][:3]:
        await player.call(_APPEND, key, index, _body(choices), handle=handle)


async def read(player: Player, choices: Choices) -> None:
    """Read the segments of every key that is known, and of another one."""
    keys = dict.fromkeys([*(key for key, _ in player.state.chunks), stream_key(player, choices)])
    handle = choices.among((0, 1))
    for key in list(keys)[-6:]:
        await player.call(_READ, key, handle=handle)


async def delete(player: Player, choices: Choices) -> None:
    """Delete the segments of a key."""
    key = choices.mostly((stream_key(player, choices),), (player.key(""), ""), 6)
    await player.call(_DELETE, key, handle=choices.among((0, 1)))


def _body(choices: Choices) -> str:
    return choices.mostly(_BODIES, LONG_TEXTS, 12)


MOVES = (append, read, append_alike, append_many, delete, append_again, begin_anew)
