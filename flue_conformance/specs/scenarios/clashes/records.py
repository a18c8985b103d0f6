"""Clashes over what is no submission: session records, event streams, chunks, runs and pointers."""

from __future__ import annotations

import random
from typing import Final

from flue_conformance.contract import START_OFFSET, ReadEventsOpts
from flue_conformance.specs.scenarios.clashes import Clash, Thing
from flue_conformance.specs.scenarios.values import (
    create_run,
    end_run,
    run_end,
    run_start,
    session_data,
)
from flue_conformance.specs.support.clients import Client

_ENTRIES: Final = (1, 6, 9)
_SELDOM: Final = 0.3


async def _save_first(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    if not thing.bare:
        await _save(client, thing)


async def _save(client: Client, thing: Thing) -> None:
    told = f"{thing.name} by {client.name}"
    # Of other lengths, so that a mixture shows.
    entries = [
        {"type": "message", "id": f"{number:08x}", "parentId": None, "told": told}
        for number in range(_ENTRIES[int(client.name[-1]) % len(_ENTRIES)])
    ]
    record = session_data(entries=entries, leafId=told, metadata={"told": told})
    await client.call(thing.name, "sessions.save", thing.name, record)


async def _load(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "sessions.load", thing.name)


async def _delete(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "sessions.delete", thing.name)


async def _write_first(client: Client, thing: Thing, theme: random.Random) -> None:
    await client.call(thing.name, "streams.create_stream", thing.name)
    for _ in range(0 if thing.bare else theme.randint(1, 3)):
        await _append(client, thing)


async def _append(client: Client, thing: Thing) -> None:
    event = f"{len(client.history.operations)} of {client.name}"
    await client.call(thing.name, "streams.append_event", thing.name, event)


async def _close(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "streams.close_stream", thing.name)


async def _read_meta(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "streams.get_stream_meta", thing.name)


async def _follow(client: Client, thing: Thing) -> None:
    seen = await client.call(thing.name, "streams.read_events", thing.name)
    rest = ReadEventsOpts(getattr(seen, "next_offset", START_OFFSET))
    await client.call(thing.name, "streams.read_events", thing.name, rest)


async def _keep_first(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    if not thing.bare:
        await _keep(client, thing)


async def _keep(client: Client, thing: Thing) -> None:
    await _kept(client, thing, 0)


async def _keep_another(client: Client, thing: Thing) -> None:
    await _kept(client, thing, 1)


async def _kept(client: Client, thing: Thing, index: int) -> None:
    name = "submissions.append_stream_chunk_segment"
    await client.call(thing.name, name, thing.name, index, f"said by {client.name}")


async def _read_chunks(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "submissions.get_stream_chunk_segments", thing.name)


async def _drop(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "submissions.delete_stream_chunk_segments", thing.name)


async def _create_first(client: Client, thing: Thing, theme: random.Random) -> None:
    del theme
    if not thing.bare:
        await _create(client, thing)


async def _create(client: Client, thing: Thing) -> None:
    created = create_run(thing.name, workflow=f"of {client.name}", payload={"by": client.name})
    await client.call(thing.name, "runs.create_run", created)


async def _end(client: Client, thing: Thing) -> None:
    ended = end_run(thing.name, result={"by": client.name})
    await client.call(thing.name, "runs.end_run", ended)


async def _end_badly(client: Client, thing: Thing) -> None:
    ended = end_run(thing.name, is_error=True, duration_ms=1, error={"by": client.name})
    await client.call(thing.name, "runs.end_run", ended)


async def _get_run(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "runs.get_run", thing.name)


async def _start_first(client: Client, thing: Thing, theme: random.Random) -> None:
    if not thing.bare:
        await _start(client, thing)
        if theme.random() < _SELDOM:
            await _record_end(client, thing)


async def _start(client: Client, thing: Thing) -> None:
    started = run_start(thing.name, workflow=f"of {client.name}")
    await client.call(thing.name, "registry.record_run_start", started)


async def _record_end(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "registry.record_run_end", run_end(thing.name))


async def _record_bad_end(client: Client, thing: Thing) -> None:
    ended = run_end(thing.name, is_error=True, duration_ms=1)
    await client.call(thing.name, "registry.record_run_end", ended)


async def _look_up(client: Client, thing: Thing) -> None:
    await client.call(thing.name, "registry.lookup_run", thing.name)


async def _get_run_afterwards(client: Client, thing: Thing) -> None:
    # Nothing is promised of what is seen of a run amid a call.
    await client.meeting.wait()
    await _get_run(client, thing)


async def _look_up_afterwards(client: Client, thing: Thing) -> None:
    await client.meeting.wait()
    await _look_up(client, thing)


RECORDS: Final = Clash(_save_first, (_save, _save, _load, _load, _delete), _load)
STREAMS: Final = Clash(_write_first, (_append, _append, _close, _follow, _read_meta), _follow)
CHUNKS: Final = Clash(_keep_first, (_keep, _keep, _keep_another, _read_chunks, _drop), _read_chunks)
RUNS: Final = Clash(_create_first, (_create, _create, _end, _end_badly, _end), _get_run_afterwards)
POINTERS: Final = Clash(
    _start_first, (_start, _start, _record_end, _record_bad_end, _start), _look_up_afterwards
)
