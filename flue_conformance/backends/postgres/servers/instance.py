"""A data directory of our own, and the server process on it while it runs."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from flue_conformance.backends.errors import NotAvailable
from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.postgres.servers.installations import (
    Installation,
    run_as,
    server_account,
)
from flue_conformance.backends.scratch import make_directory, remove_directories

START_SECONDS = 60.0
POLL_SECONDS = 0.005
LONGEST_SOCKET_PATH = 103
"""What the system with the shortest limit (macOS) allows."""
LONGEST_SOCKET = ".s.PGSQL.65535"
ADMINISTRATOR = "postgres"


class Instance:
    """The files of a server, and its process; what is left of both goes with this process.

    A new one has an empty directory: `initialise` or `copy` fills it. `parent` is where the
    directory lies, by default where it is fastest.
    """

    def __init__(self, installation: Installation, *, parent: Path | None = None) -> None:
        if os.name != "posix":
            raise NotAvailable("a private server needs a Unix system")
        self.account = server_account()
        self.directory = _short_directory(parent)
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._removed = False
        self._guardian = Guardian(remove_instance, str(self.directory))
        try:
            self.log.touch()
            self._give(self.directory, self.log)
            self.installation = installation.ready_for(self.account, self.directory)
        except BaseException:
            self._guardian.release()
            raise

    @property
    def programs(self) -> Path:
        """The directory of the programs that it runs."""
        return self.installation.bin

    @property
    def version(self) -> str:
        """Its product and version, such as `PostgreSQL 17.2`."""
        said = self.installation.version(self.account) or "PostgreSQL"
        return said.replace("postgres (PostgreSQL)", "PostgreSQL").strip()

    def initialise(self, authentication: Sequence[str | Path]) -> None:
        """Make the data; with a collation that differs from code-point order if possible.

        The C collation would hide an adapter that forgets to ask for code-point order.
        """
        plain: list[str | Path] = [
            self.programs / "initdb",
            *("-D", self.data, "-U", ADMINISTRATOR, "-E", "UTF8", "--locale=C"),
            *("--no-sync", "--no-instructions", *authentication),
        ]
        natural = [*plain, "--locale-provider=icu", "--icu-locale=en-US"]
        # A build without ICU, or older than 15, refuses at once, before it writes anything.
        if self._run(natural) != 0 and self._run(plain) != 0:
            raise NotAvailable(f"initdb failed: {self._last_words()}")

    def copy(self, other: Instance) -> None:
        """Have the data of a server that is stopped."""
        shutil.copytree(other.data, self.data, symlinks=True)
        self._give(self.data, *self.data.rglob("*"))

    def configure(self, settings: Mapping[str, str]) -> None:
        """Add settings, which go before earlier ones, for the next start."""
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def mark(self, name: str) -> None:
        """Put an empty file into the data, which tells the server something."""
        (self.data / name).touch()
        self._give(self.data / name)

    def write(self, name: str, text: str) -> Path:
        """Write a file beside the data that only the server and its starter may read."""
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(text)
        self._give(path)
        return path

    def start(self) -> None:
        """Start the process, and return when it takes connections."""
        argv: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        with self.log.open("wb") as log:
            options = run_as(self.account) | {"cwd": self.directory}
            process = self._guardian.spawn(argv, stdout=log, stderr=log, **options)
        self._process = process
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(process.pid):
            if time.monotonic() > deadline:
                raise NotAvailable(f"the server was not ready in time: {self._last_words()}")
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
                raise NotAvailable(f"the server did not start: {self._last_words()}")

    def stop(self) -> None:
        """End the process in order, and its clients' connections with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Kill the process and its children at one moment; returns when all are gone."""
        if self._process is None:
            return
        process, self._process = self._process, None
        # A stopped one neither replaces nor asks children, so these are all there will be.
        process.send_signal(signal.SIGSTOP)
        children = _children(process.pid)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()
        deadline = time.monotonic() + START_SECONDS
        while any(map(_lives, children)):
            if time.monotonic() > deadline:
                raise TimeoutError("Processes of the server outlive SIGKILL.")
            time.sleep(POLL_SECONDS / 5)

    def keep(self) -> None:
        """Stop the server and leave its data behind."""
        self.stop()
        self._guardian.dismiss()

    def remove(self) -> None:
        """End the server and leave nothing; repeating is fine."""
        if self._removed:
            return
        self._removed = True
        self._guardian.release()
        if self._process is not None:
            self._process.wait()

    def _run(self, argv: list[str | Path]) -> int:
        with self.log.open("wb") as log:
            options = run_as(self.account) | {"cwd": self.directory}
            return self._guardian.spawn(argv, stdout=log, stderr=log, **options).wait()

    def _ready(self, pid: int) -> bool:
        lines = _pid_file(self.directory)
        # A standby that takes connections says so in its own way.
        return len(lines) > 7 and lines[0] == str(pid) and lines[7] in {"ready", "standby"}

    def _last_words(self) -> str:
        return " ".join(self.log.read_text(errors="replace").split()[-60:])

    def _give(self, *paths: Path) -> None:
        if self.account is not None:
            for path in paths:
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)


def remove_instance(directory: str) -> None:
    """Remove what a server that is gone has left: its directory, and its shared memory."""
    lines = _pid_file(Path(directory))
    if len(lines) > 6:
        # It was killed, so it could not free the segment that line 7 names: key and id.
        _remove_segment(int(lines[6].split()[1]))
    remove_directories(directory)


def _remove_segment(identifier: int) -> None:
    ipc_rmid = 0
    ctypes.CDLL(None).shmctl(identifier, ipc_rmid, None)


def _pid_file(directory: Path) -> list[str]:
    try:
        return [
            line.strip() for line in (directory / "data/postmaster.pid").read_text().split("\n")
        ]
    except FileNotFoundError:
        return []


def _short_directory(parent: Path | None) -> Path:
    """Make a directory in which a socket's path is not too long."""
    directory = make_directory("postgres", parent=parent)
    if len(str(directory / LONGEST_SOCKET)) <= LONGEST_SOCKET_PATH:
        return directory
    directory.rmdir()
    return make_directory("postgres", parent=Path("/tmp"))  # noqa: S108 - of our own, and short


def _children(parent: int) -> list[int]:
    """Return the children of a process; none where the system shows none.

    There they end by themselves, when they notice that their parent is gone.
    """
    return [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if _status(int(entry.name))[1] == str(parent)
    ]


def _lives(pid: int) -> bool:
    return _status(pid)[0] not in {"", "Z", "X"}


def _status(pid: int) -> tuple[str, str]:
    """Return the state of a process and its parent's id; empty when it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    # The name before them, in parentheses, may hold anything.
    state, parent, *_ = told.rpartition(")")[2].split()
    return state, parent
