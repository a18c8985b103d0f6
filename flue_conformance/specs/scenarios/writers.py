"""Writers that go on whatever happens, and remember what was acknowledged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from flue_conformance.contract import SessionData
from flue_conformance.specs.scenarios.values import create_run, dispatch_input, session_data
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits

_SORTS: Final = ("dispatch", "chunk", "session", "run")
_EACH: Final = 2
"""How many writers of each sort there are."""


class Writers:
    """Several writers on one handle, each of one sort of write, under ids of `name`."""

    def __init__(self, handle: Handle, limits: Limits, name: str = "writer") -> None:
        self._handle = handle
        self._name = name
        self._limits = limits
        self._acknowledged: dict[str, list[str]] = defaultdict(list)
        self._total = 0
        self._more = asyncio.Condition()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Have all of them write until the end of the block; what is under way ends by itself."""
        over = asyncio.Event()
        tasks = [
            asyncio.ensure_future(self._write(f"{sort}-{self._name}-{number}", sort, over))
            for sort in _SORTS
            for number in range(_EACH)
        ]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def until_acknowledged(self, more: int) -> None:
        """Wait until so many more writes were acknowledged.

        Raises `BrokenRule` when they are not by the time in which what must happen has happened.
        """
        goal = self._total + more
        try:
            async with asyncio.timeout(self._limits.settle), self._more:
                await self._more.wait_for(lambda: self._total >= goal)
        except TimeoutError:
            raise BrokenRule(
                about="writes while the server can be reached",
                came_back=f"{self._total - goal + more} acknowledged in {self._limits.settle:g} s",
                expected=f"{more} and more, by an adapter that is not reopened",
            ) from None

    async def expect_through(self, handle: Handle, expect: Expect, about: str) -> None:
        """Expect that a handle sees all that was acknowledged, each write as it was made."""
        submissions = handle.submissions
        for writer, names in self._acknowledged.items():
            missing: list[object] = []
            match writer.partition("-")[0]:
                case "dispatch":
                    missing = [n for n in names if await submissions.get_submission(n) is None]
                case "chunk":
                    chunks = await submissions.get_stream_chunk_segments(writer)
                    found = {each.body for each in chunks if each.body.endswith(_place(each))}
                    missing = [name for name in names if name not in found]
                case "session":
                    missing = [n for n in names if await handle.sessions.load(n) != _session(n)]
                case _:
                    missing = [n for n in names if await handle.runs.get_run(n) is None]
            expect.equal(missing, [], f"acknowledged by {writer}, and not there {about}")

    async def _write(self, writer: str, sort: str, over: asyncio.Event) -> None:
        number = 0
        while not over.is_set():
            name = f"{writer}-{number}"
            try:
                await self._call(sort, writer, name, number)()
            except BrokenRule:
                raise
            except Exception:  # noqa: BLE001, S110 - its outcome is unknown, so nothing is asked
                pass
            else:
                self._acknowledged[writer].append(name)
                async with self._more:
                    self._total += 1
                    self._more.notify_all()
            # An adapter that never suspends gives nobody else a turn.
            await asyncio.sleep(self._limits.poll)
            number += 1

    def _call(
        self, sort: str, writer: str, name: str, number: int
    ) -> Callable[[], Awaitable[object]]:
        handle = self._handle
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "dispatch": lambda: handle.submissions.admit_dispatch(
                dispatch_input(name, session=writer)
            ),
            "chunk": lambda: handle.submissions.append_stream_chunk_segment(writer, number, name),
            "session": lambda: handle.sessions.save(name, _session(name)),
            "run": lambda: handle.runs.create_run(create_run(name)),
        }
        return calls[sort]


def _session(name: str) -> SessionData:
    return session_data(entries=[], leafId=None, metadata={"of": name})


def _place(chunk: object) -> str:
    return f"-{getattr(chunk, 'segment_index', '')}"
