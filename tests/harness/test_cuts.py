"""A worker is killed exactly where it was planned."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flue_conformance.bridge import Moment, PeerGone
from flue_conformance.contract import Stores
from flue_conformance.harness import Births, Cut, Duty, Worker, births_for

from .conftest import WAYS, Bear

pytestmark = pytest.mark.asyncio

APPEND = "submissions.appendStreamChunkSegment"


async def opened(worker: Worker) -> Stores:
    await worker.adapter.migrate()
    return await worker.adapter.connect()


async def append_until_gone(stores: Stores) -> int:
    """Return how many chunks were acknowledged."""
    for number in range(10):
        try:
            assert await stores.submissions.append_stream_chunk_segment("key", number, "body")
        except PeerGone as gone:
            return number if gone.intended else -1
    raise AssertionError("nobody killed the worker")


def state(pid: int) -> str:
    """Return the letter by which Linux tells the state of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def stored(bear: Callable[[], Worker]) -> int:
    worker = bear()
    chunks = await (await opened(worker)).submissions.get_stream_chunk_segments("key")
    worker.end()
    return len(chunks)


@pytest.mark.parametrize(
    ("moment", "acknowledged", "effects"),
    [
        (Moment.BEFORE_REQUEST, 2, 2),
        (Moment.BEFORE_ANSWER, 2, 3),
        (Moment.AFTER_ANSWER, 3, 3),
    ],
)
async def test_a_worker_dies_at_the_boundary(
    bear: Bear, moment: Moment, acknowledged: int, effects: int
) -> None:
    worker = bear(Cut(moment, 3, APPEND))
    assert await append_until_gone(await opened(worker)) == acknowledged
    assert await worker.ended(10) == -signal.SIGKILL
    assert await stored(bear) == effects


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_worker_of_ours_dies_where_a_call_goes_on_after_a_pause(
    way: Callable[[Duty], Births], tmp_path: Path
) -> None:
    made = way(Duty("sqlite"))
    location = str(tmp_path / "flue.db")
    # SQLite's reference adapter pauses once, before it begins.
    worker = Worker(made, location, "0.11", cut=Cut(Moment.INSIDE, 3, APPEND))
    try:
        assert await append_until_gone(await opened(worker)) == 2
        assert await worker.ended(10) == -signal.SIGKILL
        assert await stored(lambda: Worker(made, location, "0.11")) == 2
    finally:
        worker.end()
        made.close()


@pytest.mark.parametrize("cut", [("sessions.load", 1), (None, 2)])
async def test_calls_of_the_method_or_of_any_store_count(
    bear: Bear, cut: tuple[str | None, int]
) -> None:
    method, number = cut
    worker = bear(Cut(Moment.BEFORE_REQUEST, number, method))
    stores = await opened(worker)
    assert await stores.submissions.append_stream_chunk_segment("key", 0, "body")
    with pytest.raises(PeerGone, match=r"SIGKILL|planned"):
        await stores.sessions.load("x")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells whether a process is stopped")
async def test_a_worker_stops_at_the_boundary_and_goes_on(bear: Bear) -> None:
    worker = bear(Cut(Moment.BEFORE_REQUEST, 2, APPEND, signal.SIGSTOP))
    stores = await opened(worker)
    assert await stores.submissions.append_stream_chunk_segment("key", 0, "body")
    call = asyncio.ensure_future(stores.submissions.append_stream_chunk_segment("key", 1, "body"))
    while state(worker.pid) != "T":
        done, _ = await asyncio.wait([call], timeout=0.01)
        assert not done
    worker.cont()
    assert await call


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells whether a process is stopped")
async def test_a_worker_of_ours_stops_once_in_each_call(tmp_path: Path) -> None:
    made = births_for(Duty("sqlite"))
    cut = Cut(Moment.INSIDE, signal=signal.SIGSTOP, each_call=True)
    worker = Worker(made, str(tmp_path / "flue.db"), "0.11", cut=cut)
    try:
        # It stops in no call of the adapter itself.
        stores = await opened(worker)
        for index in range(3):
            call = asyncio.ensure_future(
                stores.submissions.append_stream_chunk_segment("key", index, "body")
            )
            while not worker.is_stopped:
                done, _ = await asyncio.wait([call], timeout=0.01)
                assert not done
            worker.cont()
            assert await call
    finally:
        worker.end()
        made.close()
