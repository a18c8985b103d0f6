"""The system calls of programs tell what a power loss would have left of their files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from flue_conformance.backends import Command
from flue_conformance.harness import Births, Duty, Nursery, Worker
from flue_conformance.harness.power import Fault, Recording, Trace, Unseen, strace_problem
from flue_conformance.harness.power.strace import recorded_by_strace

from .conftest import WAYS

pytestmark = pytest.mark.skipif(bool(strace_problem()), reason=str(strace_problem()))

BEGINNING = """
import os, sqlite3, sys, threading
def answer(number): os.write(1, b'{"id": %d, "result": null}\\n' % number)
def put(path, data, flags=os.O_WRONLY | os.O_CREAT):
    descriptor = os.open(path, flags)
    os.write(descriptor, data)
    return descriptor
"""
Run: TypeAlias = Callable[..., Trace]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Returns what runs a program in a folder of its own, and gives the trace of its calls."""
    folder, log = tmp_path / "data", tmp_path / "log"
    folder.mkdir()

    def traced(program: str, *faults: Fault) -> Trace:
        before = contents(folder)
        command = [*recorded_by_strace(log, faults), sys.executable, "-c"]
        source = f"{BEGINNING}\nos.chdir({str(folder)!r})\n{textwrap.dedent(program)}"
        subprocess.run([*command, source], check=True, capture_output=True, timeout=60)
        return Trace(log, folder, before, contents(folder))

    return traced


def left(trace: Trace, number: int) -> dict[str, bytes]:
    """Return what is certainly there when a request is answered."""
    trace.check()
    images = [image for image in trace.images([number], Random(0)) if not image.running]
    return images[0].contents


def test_what_was_synced_before_the_answer_is_there(run: Run) -> None:
    trace = run("""
        one = put("one", b"first ")
        os.fdatasync(one)
        answer(1)
        os.write(one, b"second")
        answer(2)
        os.fsync(one)
        answer(3)
    """)
    assert [left(trace, number) for number in (1, 2, 3)] == [
        {"one": b"first "},
        {"one": b"first "},
        {"one": b"first second"},
    ]


def test_files_are_written_in_many_ways(run: Run) -> None:
    trace = run("""
        import fcntl
        one = put("one", b"0123456789", os.O_RDWR | os.O_CREAT)
        os.lseek(one, 2, 0)
        os.writev(os.dup(one), [b"a", b"b"])
        os.write(fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 50), b"c")
        os.pwrite(one, b"d", 7)
        os.pwritev(one, [b"e"], 8)
        os.ftruncate(one, 9)
        os.posix_fallocate(one, 0, 12)
        two = os.open("one", os.O_WRONLY | os.O_APPEND)
        thread = threading.Thread(target=os.write, args=(two, b"!"))
        thread.start()
        thread.join()
        child = os.fork()
        if child == 0:
            os.write(two, b"?")
            os._exit(0)
        os.waitpid(child, 0)
        os.truncate("one", 14)
        os.sync()
        answer(1)
    """)
    assert left(trace, 1) == {"one": b"01abc56de\0\0\0!?"}


def test_a_rename_needs_its_folder_synced(run: Run) -> None:
    trace = run("""
        os.fsync(put("new", b"data"))
        os.rename("new", "one")
        answer(1)
        os.fsync(os.open(".", os.O_RDONLY))
        answer(2)
    """)
    assert left(trace, 1) == {"new": b"data"}
    assert left(trace, 2) == {"one": b"data"}


def test_a_file_may_be_opened_so_that_writes_are_synced(run: Run) -> None:
    trace = run("""
        put("one", b"data", os.O_WRONLY | os.O_CREAT | os.O_DSYNC)
        answer(1)
    """)
    assert left(trace, 1) == {"one": b"data"}


def test_what_was_there_before_is_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data" / "one").write_bytes(b"before")
    trace = run("""
        put("one", b"af")
        answer(1)
    """)
    assert left(trace, 1) == {"one": b"before"}


def test_a_removed_file_goes_on_without_a_name(run: Run) -> None:
    trace = run("""
        one = put("one", b"data")
        os.unlink("one")
        os.write(one, b"more")
        two = put("one", b"other")
        os.fsync(two)
        os.fsync(one)
        answer(1)
    """)
    assert left(trace, 1) == {"one": b"other"}


@pytest.mark.parametrize("mode", ["WAL", "DELETE", "TRUNCATE", "PERSIST"])
def test_sqlite_loses_nothing_that_it_synced(run: Run, tmp_path: Path, mode: str) -> None:
    numbers = range(1, 13)
    trace = run(f"""
        database = sqlite3.connect("one", isolation_level=None)
        database.execute("PRAGMA journal_mode = {mode}")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE acknowledged (number, filler)")
        for number in {list(numbers)}:
            values = number, "x" * 2000 * number
            database.execute("INSERT INTO acknowledged VALUES (?, ?)", values)
            answer(number)
        database.close()
        answer(13)
    """)
    trace.check()
    images = list(trace.images([*numbers, 13], Random(0)))
    assert len(images) > 2 * len(numbers)
    for place, image in enumerate(images):
        folder = tmp_path / str(place)
        folder.mkdir()
        image.write(folder)
        if image.answered:
            assert all_of(folder / "one") >= min(image.answered, 12)


def all_of(path: Path) -> int:
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = [row[0] for row in database.execute("SELECT number FROM acknowledged ORDER BY number")]
    database.close()
    assert found == list(range(1, len(found) + 1))
    return len(found)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (
            """
            import mmap
            one = put("one", bytes(4096), os.O_RDWR | os.O_CREAT)
            mmap.mmap(one, 4096)[:1] = b"x"
            """,
            "one is mapped into memory",
        ),
        (
            """
            one, two = put("one", b"data"), os.open("one", os.O_RDONLY)
            os.sendfile(put("two", b""), two, 0, 4)
            """,
            "do not explain what two holds",
        ),
        ("answer(1)", "keeps no files"),
    ],
)
def test_what_calls_do_not_show_is_no_verdict(run: Run, program: str, reason: str) -> None:
    with pytest.raises(Unseen, match=reason):
        run(program).check()


def test_a_request_that_was_not_answered_is_no_verdict(run: Run) -> None:
    with pytest.raises(Unseen, match="request 7"):
        list(run("answer(1)").images([7], Random(0)))


def test_calls_fail_where_they_are_asked_to(run: Run) -> None:
    program = """
        one = os.open("one", os.O_WRONLY | os.O_CREAT)
        answer(1)
        for place in range(4):
            try:
                os.pwrite(one, b"%d" % place, place)
            except OSError as error:
                assert error.errno == 28
            os.fsync(one)
        answer(2)
    """
    assert run(program).faults(1) == {"fsync": [1, 2, 3, 4], "pwrite64": [1, 2, 3, 4]}
    trace = run(program, Fault("pwrite64", "ENOSPC", 2, 2))
    assert left(trace, 2) == {"one": b"0123"}


@pytest.mark.asyncio
@pytest.mark.parametrize("way", [*WAYS, "command"])
async def test_a_worker_of_any_kind_is_recorded(way: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    location = str(tmp_path / "data" / "flue.db")
    recording = Recording(location, tmp_path / "log")
    births: Births = WAYS.get(way, Nursery)(Duty("sqlite"))
    serve = "from flue_conformance.cli import main; main()"
    command = (
        Command([sys.executable, "-c", serve, "serve", "sqlite"]) if way == "command" else None
    )
    worker = Worker(births, location, "0.11", command=command, through=recording.through)
    await worker.adapter.migrate()
    stores = await worker.adapter.connect()
    assert await stores.submissions.append_stream_chunk_segment("key", 0, "body")
    number = worker.adapter.asked
    trace = await recording.end(worker)
    worker.end()
    births.close()

    assert set(left(trace, number)) == {"flue.db", "flue.db-wal"}
