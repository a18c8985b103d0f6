"""Moves of event streams, edition 0.11."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Sequence
from typing import Any, Final

from flue_conformance.contract import (
    DEFAULT_STREAM_PAGE,
    EventStreamReadResult,
    ReadEventsOpts,
    format_offset,
)
from flue_conformance.model import Call, Failure, Moment
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.listening import Manner
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import (
    DOCUMENTS,
    FAMILIES,
    LONG_DOCUMENTS,
    MORE_THAN_A_MEBIBYTE,
)
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.racing import is_storage

_ALIKE: Final = ("S", "s ", "ss", "s/", "%73", "e\u0301", "é", "%", "_", "s/1", "x" * 300)
_LIMITS: Final = (None, 1, 2, 3, 100, 1_000, 5_000)
_NO_EVENTS: Final = ({1, 2}, b"bytes", object(), {"n": [object()]}, {"n": {1}})
_MOST_PAGES: Final = 8


def _path(player: Player, choices: Choices) -> str:
    """Return the path of a stream that is there, mostly, or of one that may be."""
    known = list(player.state.streams)
    if known and not choices.rarely(3):
        return choices.among(known[-8:])
    return player.key(choices.mostly(("s", "t"), _ALIKE, 4))


def open_path(player: Player, choices: Choices) -> str:
    """Return the path of a stream that takes events, if there is one."""
    found = [path for path, stream in player.state.streams.items() if not stream.closed]
    return choices.among(found[-8:]) if found else _path(player, choices)


async def create(player: Player, choices: Choices) -> None:
    """Create a stream."""
    await player.call("streams.create_stream", _path(player, choices), handle=choices.among((0, 1)))


async def append(player: Player, choices: Choices) -> None:
    """Append an event, mostly one that can be."""
    event = choices.document()
    pick = choices.mostly((open_path,), (_path,), 3)
    path, handle = pick(player, choices), choices.among((0, 1))
    if choices.rarely(6):
        await player.call("streams.append_event", path, choices.among(_NO_EVENTS), handle=handle)
    await player.call("streams.append_event", path, event, handle=handle)


async def append_several(player: Player, choices: Choices) -> None:
    """Append more events than fit two digits, or a page, now and then; and read them by pages."""
    path, handle = _path(player, choices), choices.among((0, 1))
    await player.call("streams.create_stream", path, handle=handle)
    many = (DEFAULT_STREAM_PAGE, DEFAULT_STREAM_PAGE + 1)
    await _append(player, choices, path, choices.mostly((3, 4, 11), many, 30))
    await _follow(player, choices, path)


async def _append(player: Player, choices: Choices, path: str, count: int) -> None:
    handle = choices.among((0, 1))
    first = choices.among(range(len(DOCUMENTS)))
    for number in range(count):
        event = DOCUMENTS[(first + number) % len(DOCUMENTS)]
        await player.call("streams.append_event", path, event, handle=handle)


async def append_at_once(player: Player, choices: Choices) -> None:
    """Append events without waiting for the one before: long ones, and short ones behind them."""
    path, handle = _path(player, choices), choices.among((0, 1))
    await player.call("streams.create_stream", path, handle=choices.among((0, 1)))
    if player.state.streams[path].closed:
        return
    if choices.rarely(2):
        player.listen(handle, path, "plain")
    events = choices.mostly(
        ([1, 2, 3], [LONG_DOCUMENTS[0], 1, 2]), ([MORE_THAN_A_MEBIBYTE, {}],), 12
    )
    await _append_at_once(player, path, events, handle)
    await _follow(player, choices, path)


async def _append_at_once(player: Player, path: str, events: Sequence[Any], handle: int) -> None:
    streams = player.ground.handles[handle].streams
    player.listening.before(path)
    player.script.appends_at_once(handle, path, events)

    async def append(event: Any) -> tuple[Moment, Any]:
        heard = player.listening.heard()
        began = now()
        try:
            came_back: Any = await streams.append_event(path, copy.deepcopy(event))
        except BrokenRule as broken:
            raise player.told(broken) from broken.__cause__
        except Exception as error:  # noqa: BLE001 - adapters may raise anything
            came_back = Failure(error)
        else:
            player.hear("append_event", handle, path, heard, came_back)
        return Moment(began, now()), came_back

    made = [append(event) for event in events]
    answers = []
    for answer in await asyncio.gather(*made, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer
        answers.append(answer)
    player.touch("streams", "append_event", (path,))
    if any(isinstance(seen, Failure) and _may_be_contention(seen.error) for _, seen in answers):
        # Contention: what is stored now, nobody knows (section 0.1 of the contract).
        await player.call("streams.delete_stream", path, handle=handle)
        return
    for event, (at, seen) in zip(events, answers, strict=True):
        player.learn(Call("streams.append_event", (path, event), at), seen)


def _may_be_contention(error: BaseException) -> bool:
    return isinstance(error, Exception) and is_storage(error)


async def append_more_than_a_mebibyte(player: Player, choices: Choices) -> None:
    """Append an event that is as long as none could be in edition 0.10."""
    path = open_path(player, choices)
    await player.call("streams.create_stream", path)
    await player.call("streams.append_event", path, MORE_THAN_A_MEBIBYTE)


async def fill_a_page(player: Player, choices: Choices) -> None:
    """Append as many events as a page has unless told, and one more."""
    path = player.key("long")
    await player.call("streams.create_stream", path)
    for number in range(DEFAULT_STREAM_PAGE + 1):
        if number == DEFAULT_STREAM_PAGE:
            await player.call("streams.read_events", path)
        await player.call("streams.append_event", path, number)
    for offset in (None, *map(format_offset, (0, 1, DEFAULT_STREAM_PAGE - 1))):
        await player.call("streams.read_events", path, ReadEventsOpts(offset))
    for limit in (DEFAULT_STREAM_PAGE - 1, DEFAULT_STREAM_PAGE + 1, 5_000):
        await player.call("streams.read_events", path, ReadEventsOpts(None, limit), handle=1)
    await _begin_anew(player, choices, path)


async def begin_anew(player: Player, choices: Choices) -> None:
    """Delete a stream and create it again, once or several times."""
    path = _path(player, choices)
    for _ in range(choices.among((1, 3, 2))):
        await _begin_anew(player, choices, path)


async def _begin_anew(player: Player, choices: Choices, path: str) -> None:
    handle = choices.among((0, 1))
    await player.call("streams.delete_stream", path, handle=handle)
    await player.call("streams.create_stream", path, handle=choices.among((handle, 1 - handle)))
    await player.call("streams.read_events", path, handle=choices.among((0, 1)))
    await player.call("streams.append_event", path, "anew", handle=choices.among((0, 1)))
    await player.call("streams.read_events", path, handle=choices.among((0, 1)))


async def go_on_after_the_other(player: Player, choices: Choices) -> None:
    """Append through one handle, change the stream through the other one, and append again."""
    path, handle = open_path(player, choices), choices.among((0, 1))
    await player.call("streams.create_stream", path, handle=handle)
    await player.call("streams.append_event", path, "before", handle=handle)
    for change in choices.among(_CHANGES):
        event = ("between",) if change == "append_event" else ()
        await player.call(f"streams.{change}", path, *event, handle=1 - handle)
    await player.call("streams.append_event", path, "after", handle=handle)
    await _follow(player, choices, path)


_CHANGES: Final = (
    ("close_stream",),
    ("delete_stream",),
    ("delete_stream", "create_stream"),
    ("append_event",),
    ("delete_stream", "create_stream", "append_event", "append_event"),
)


async def write_alike(player: Player, choices: Choices) -> None:
    """Write to several streams whose paths are alike, delete one, and look at them."""
    handle = choices.among((0, 1))
    paths = [player.key(name) for name in choices.among((*FAMILIES, ("s", "s/1", "s/", "ss")))]
    manner: Manner | None = choices.among(("plain", None))
    for path in paths:
        await player.call("streams.create_stream", path, handle=handle)
        if manner:
            player.listen(handle, path, manner)
    for path in paths:
        await player.call("streams.append_event", path, path, handle=handle)
    end = choices.among((None, "streams.close_stream", "streams.delete_stream"))
    if end:
        await player.call(end, choices.among(paths), handle=handle)
    await look(player, choices)


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


async def read_from_everywhere(player: Player, choices: Choices) -> None:
    """Read a stream from wherever one can, when it is empty, written to, and closed."""
    made, handle = len(player.state.streams), choices.among((0, 1))
    written, empty = player.key(f"read-{made}"), player.key(f"empty-{made}")
    for path, events in ((written, 2), (empty, 0)):
        await player.call("streams.create_stream", path, handle=handle)
        await _read_from_everywhere(player, path)
        for number in range(events):
            no_event = choices.among(_NO_EVENTS)
            await player.call("streams.append_event", path, no_event, handle=handle)
            await player.call("streams.append_event", path, number, handle=handle)
            await _read_from_everywhere(player, path)
        await player.call("streams.close_stream", path, handle=handle)
        await player.call("streams.append_event", path, "too late", handle=handle)
        await _read_from_everywhere(player, path)


async def _read_from_everywhere(player: Player, path: str) -> None:
    for offset in (None, "now", format_offset(0), format_offset(-1), format_offset(1)):
        await player.call("streams.read_events", path, ReadEventsOpts(offset))


async def follow(player: Player, choices: Choices) -> None:
    """Read a stream page by page."""
    await _follow(player, choices, _path(player, choices))


async def _follow(player: Player, choices: Choices, path: str) -> None:
    stream = player.state.streams.get(path)
    count = len(stream.events) if stream else 0
    limit = choices.among((1, 2, max(count - 1, 1), max(count, 1), 3, None))
    handle, offset = choices.among((0, 1)), choices.among(("-1", None, format_offset(0)))
    for _ in range(_MOST_PAGES):
        given = ReadEventsOpts(offset, limit)
        page = await player.call("streams.read_events", path, given, handle=handle)
        if not isinstance(page, EventStreamReadResult) or page.up_to_date:
            break
        offset = page.next_offset


async def look(player: Player, choices: Choices) -> None:
    """Look at the end of every stream, and of one that may not be there."""
    handle = choices.among((0, 1))
    for path in dict.fromkeys([*list(player.state.streams)[-6:], _path(player, choices)]):
        await player.call("streams.get_stream_meta", path, handle=handle)
        await player.call("streams.read_events", path, handle=handle)


async def close(player: Player, choices: Choices) -> None:
    """Close a stream, perhaps twice."""
    path, handle = _path(player, choices), choices.among((0, 1))
    await player.call("streams.close_stream", path, handle=handle)
    if choices.rarely(4):
        await player.call("streams.close_stream", path, handle=choices.among((0, 1)))
    await _follow(player, choices, path)


async def delete(player: Player, choices: Choices) -> None:
    """Delete a stream."""
    await player.call("streams.delete_stream", _path(player, choices), handle=choices.among((0, 1)))


MOVES = (
    create,
    append,
    read,
    append,
    append_several,
    append_at_once,
    go_on_after_the_other,
    look,
    follow,
    close,
    delete,
    begin_anew,
    write_alike,
    read_from_everywhere,
)
