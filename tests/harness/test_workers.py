"""Workers begin, answer, end, and say how."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from flue_conformance.bridge import PeerGone
from flue_conformance.contract import Stores
from flue_conformance.harness import Births, Duty, Nursery, Worker, can_tell_stops

pytestmark = pytest.mark.asyncio


async def opened(worker: Worker) -> Stores:
    await worker.adapter.migrate()
    return await worker.adapter.connect()


async def mood(stores: Stores, name: str) -> Any:
    return await stores.sessions.load(name)


async def entered(trace: Path, call: asyncio.Task[Any]) -> None:
    """Wait for a trace of a call that does not come back."""
    while not left(trace):
        done, _ = await asyncio.wait([call], timeout=0.01)
        assert not done


def left(trace: Path) -> bool:
    return trace.exists()


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_a_worker_serves_and_is_itself_a_group(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    told = await mood(await opened(worker), "tells")
    assert told["pid"] == told["group"] == worker.pid != os.getpid()
    assert worker.adapter.about == {
        "protocol": 1,
        "name": "moody",
        "version": "2.5",
        "editions": ["0.10", "0.11"],
        "durability": "single-host",
    }
    worker.end()
    worker.end()


async def test_the_location_and_the_argument_are_in_no_command_line(tmp_path: Path) -> None:
    folder = tmp_path / "secret-folder"
    folder.mkdir()
    births = Nursery(Duty("moody"))
    worker = Worker(births, str(folder), "0.11")
    told = await mood(await opened(worker), "tells")
    for pid in (told["pid"], told["parent"]):
        assert b"secret-folder" not in command_line(pid)
    births.close()
    worker.end()


async def test_relative_paths_mean_what_they_mean_here(
    births: Births, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    worker = Worker(births, ".", "0.11")
    await worker.adapter.migrate()
    assert (tmp_path / "migrated").read_text() == f"{worker.pid} {tmp_path}"
    worker.end()


async def test_what_an_adapter_prints_is_no_message(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    stores = await opened(worker)
    for _ in range(2):
        assert await mood(stores, "prints") is None
    said = worker.last_words()
    for who in ("Python", "C", "a child"):
        assert f"printed by {who}" in said
    worker.end()


async def test_a_worker_that_dies_in_a_call_says_how(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    stores = await opened(worker)
    with pytest.raises(PeerGone, match=r"exit status 7(?s:.*)my last words") as raised:
        await mood(stores, "dies")
    assert not raised.value.intended
    with pytest.raises(PeerGone):
        await mood(stores, "tells")
    assert await worker.ended(5) == 7
    worker.end()


async def test_a_worker_is_killed_in_a_call(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    call = asyncio.ensure_future(mood(await opened(worker), "blocks"))
    await entered(tmp_path / "blocks", call)
    worker.kill()
    with pytest.raises(PeerGone, match="SIGKILL") as raised:
        await call
    assert raised.value.intended
    assert await worker.ended(0) == -signal.SIGKILL
    worker.kill()
    worker.end()


async def test_a_kill_takes_what_the_worker_started(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    child = os.pidfd_open((await mood(await opened(worker), "has a child"))["pid"])
    worker.kill()
    assert select.select([child], [], [], 10)[0]
    os.close(child)
    worker.end()


async def test_a_worker_that_hangs_up_is_gone(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    stores = await opened(worker)
    with pytest.raises(PeerGone):
        await mood(stores, "closes its streams")
    worker.end()


async def test_a_stopped_worker_goes_on(births: Births, tmp_path: Path) -> None:
    worker = Worker(births, str(tmp_path), "0.11")
    stores = await opened(worker)
    worker.stop()
    call = asyncio.ensure_future(mood(stores, "tells"))
    with pytest.raises(TimeoutError, match="goes on"):
        await worker.ended(0.05)
    assert not call.done()
    if can_tell_stops():
        async with asyncio.timeout(10):
            while not worker.is_stopped:  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.001)
    worker.cont()
    assert (await call)["pid"] == worker.pid
    assert not worker.is_stopped
    worker.stop()
    worker.end()


async def test_an_adapter_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    for name, reason in (("unimportable", "fails on purpose"), ("nobody", "nobody")):
        births = Nursery(Duty(name))
        worker = Worker(births, str(tmp_path), "0.11")
        with pytest.raises(PeerGone, match=reason):
            await worker.adapter.migrate()
        worker.end()
        births.close()


async def test_an_adapter_with_threads_gets_a_process_of_its_own(tmp_path: Path) -> None:
    births = Nursery(Duty("threads"))
    for _ in range(2):
        worker = Worker(births, str(tmp_path), "0.11")
        told = await mood(await opened(worker), "tells")
        assert told["pid"] == worker.pid
        assert "flue_conformance.harness.commission" in " ".join(told["argv"])
        worker.end()
    births.close()


async def test_closing_ends_every_worker(births: Births, tmp_path: Path) -> None:
    workers = [Worker(births, str(tmp_path), "0.11") for _ in range(3)]
    for worker in workers:
        await opened(worker)
    births.close()
    births.close()
    for worker in workers:
        assert await worker.ended(10) == -signal.SIGKILL
        worker.end()


async def test_a_worker_that_nobody_used_ends(births: Births, tmp_path: Path) -> None:
    Worker(births, str(tmp_path), "0.11").end()


PARENT = """
import asyncio, json, sys
sys.path[:] = json.loads(sys.argv[1])
from flue_conformance.harness import Duty, Nursery, Subprocesses, Worker

async def main():
    births = {"nursery": Nursery, "subprocess": Subprocesses}[sys.argv[2]](Duty("moody"))
    worker = Worker(births, sys.argv[3], "0.11")
    await worker.adapter.migrate()
    stores = await worker.adapter.connect()
    told = await stores.sessions.load("tells")
    if sys.argv[4] == "stopped":
        worker.stop()
        while not worker.is_stopped:
            await asyncio.sleep(0.001)
    mood = "blocks" if sys.argv[4] == "blocked" else "tells"
    task = asyncio.ensure_future(stores.sessions.load(mood))
    print(worker.pid, told["parent"], flush=True)
    await task
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are watched by pidfd_open")
@pytest.mark.parametrize("state", ["idle", "blocked", "stopped"])
@pytest.mark.parametrize("way", ["nursery", "subprocess"])
async def test_workers_and_their_nursery_die_with_their_parent(
    way: str, state: str, tmp_path: Path
) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PARENT, json.dumps(sys.path), way, str(tmp_path), state),
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    async with asyncio.timeout(30):
        worker, its_parent = map(int, (await parent.stdout.readline()).split())
    watched = [os.pidfd_open(worker)]
    if way == "nursery":
        watched.append(os.pidfd_open(its_parent))
    parent.kill()
    await parent.wait()
    for process in watched:
        assert select.select([process], [], [], 10)[0]
        os.close(process)
