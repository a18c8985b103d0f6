"""Writers that go on whatever happens, and remember what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from flue_conformance.contract import SessionData, StreamChunkSegment
from flue_conformance.specs.scenarios.values import create_run, dispatch_input, session_data
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits

_EACH: Final = 2
"""How many writers of each sort there are."""

Write: TypeAlias = Callable[[Handle, str, int], Awaitable[object]]
Look: TypeAlias = Callable[[Handle, str, int], Awaitable[bool]]


@dataclass(slots=True)
class _Writer:
    """Writes under its name, number after number; `acknowledged` are those that returned."""

    name: str
    write: Write
    look: Look
    acknowledged: list[int] = field(default_factory=list)


class Writers:
    """Several writers on one handle, each of one sort of write, under ids of `name`."""

    def __init__(self, handle: Handle, limits: Limits, name: str = "writer") -> None:
        self._handle = handle
        self._limits = limits
        self._writers = [
            _Writer(f"{name}-{sort}-{place}", write, look)
            for sort, (write, look) in _SORTS.items()
            for place in range(_EACH)
        ]
        self._total = 0
        self._more = asyncio.Condition()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Have all of them write until the end of the block; what is under way ends by itself."""
        over = asyncio.Event()
        tasks = [asyncio.ensure_future(self._go_on(writer, over)) for writer in self._writers]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def until_acknowledged(self, more: int) -> None:
        """Wait until so many more writes were acknowledged.

        Raises `BrokenRule` when they are not by the time in which what must happen has happened.
        """
        before = self._total
        try:
            async with asyncio.timeout(self._limits.settle), self._more:
                await self._more.wait_for(lambda: self._total >= before + more)
        except TimeoutError:
            raise BrokenRule(
                about="writes while the server can be reached",
                came_back=f"{self._total - before} acknowledged within {self._limits.settle:g} s",
                expected=f"at least {more}, by an adapter that is not reopened",
            ) from None

    async def expect_through(self, handle: Handle, expect: Expect, about: str) -> None:
        """Expect that a handle sees all that was acknowledged, each write as it was made."""
        for writer in self._writers:
            lost = [
                number
                for number in writer.acknowledged
                if not await writer.look(handle, writer.name, number)
            ]
            expect.equal(lost, [], f"acknowledged to {writer.name}, and not there {about}")

    async def _go_on(self, writer: _Writer, over: asyncio.Event) -> None:
        number = 0
        while not over.is_set():
            try:
                await writer.write(self._handle, writer.name, number)
            except BrokenRule:
                raise
            except Exception:  # noqa: BLE001, S110 - its outcome is unknown, so nothing is asked
                pass
            else:
                writer.acknowledged.append(number)
                async with self._more:
                    self._total += 1
                    self._more.notify_all()
            number += 1
            # An adapter that never suspends gives nobody else a turn.
            await asyncio.sleep(self._limits.poll)


async def _admit(handle: Handle, name: str, number: int) -> None:
    await handle.submissions.admit_dispatch(dispatch_input(f"{name}-{number}", session=name))


async def _is_admitted(handle: Handle, name: str, number: int) -> bool:
    return await handle.submissions.get_submission(f"{name}-{number}") is not None


async def _append(handle: Handle, name: str, number: int) -> None:
    await handle.submissions.append_stream_chunk_segment(name, number, f"{name}-{number}")


async def _is_appended(handle: Handle, name: str, number: int) -> bool:
    chunks = await handle.submissions.get_stream_chunk_segments(name)
    return StreamChunkSegment(number, f"{name}-{number}") in chunks


async def _save(handle: Handle, name: str, number: int) -> None:
    await handle.sessions.save(f"{name}-{number}", _session(number))


async def _is_saved(handle: Handle, name: str, number: int) -> bool:
    return await handle.sessions.load(f"{name}-{number}") == _session(number)


async def _create(handle: Handle, name: str, number: int) -> None:
    await handle.runs.create_run(create_run(f"{name}-{number}"))


async def _is_created(handle: Handle, name: str, number: int) -> bool:
    return await handle.runs.get_run(f"{name}-{number}") is not None


def _session(number: int) -> SessionData:
    return session_data(entries=[], leafId=None, metadata={"number": number})


_SORTS: Final[Mapping[str, tuple[Write, Look]]] = {
    "dispatch": (_admit, _is_admitted),
    "chunk": (_append, _is_appended),
    "session": (_save, _is_saved),
    "run": (_create, _is_created),
}
