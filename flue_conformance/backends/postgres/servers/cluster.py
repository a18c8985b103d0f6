"""A private server made of programs on this machine, reached through a socket in its directory."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from flue_conformance.backends.errors import NotAvailable
from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.servers.installations import (
    Installation,
    run_as,
    server_account,
)
from flue_conformance.backends.postgres.servers.server import SETTINGS, PostgresServer, new_prefix
from flue_conformance.backends.scratch import MEMORY, make_directory, remove_directories

START_SECONDS = 60.0
POLL_SECONDS = 0.005
LONGEST_SOCKET_PATH = 103
"""What the system with the shortest limit (macOS) allows."""
SOCKET = ".s.PGSQL.5432"
ADMINISTRATOR = "postgres"


class Cluster(PostgresServer):
    """A server of our own: its programs, its directory and the process."""

    def __init__(self, installation: Installation) -> None:
        if os.name != "posix":
            raise NotAvailable("a private server needs a Unix system")
        self._account = server_account()
        self._directory = _short_directory()
        self._data = self._directory / "data"
        self._log = self._directory / "log"
        self._guardian = Guardian(remove_cluster, str(self._directory))
        try:
            self._log.touch()
            if self._account is not None:
                for path in (self._directory, self._log):
                    os.chown(path, self._account.uid, self._account.gid)
            self._installation = installation.ready_for(self._account, self._directory)
            self._initialise()
            self._process = self._start()
        except BaseException:
            self._guardian.release()
            raise
        self.access = Access(
            url=f"postgresql://{ADMINISTRATOR}@/postgres?host={self._directory}&port=5432",
            prefix=new_prefix(),
            opening=self._opening(),
            about=f"{self._version()}, {installation.kind}, from {installation.bin}",
            # Copying files wins where there is no disk behind them.
            strategy="FILE_COPY" if MEMORY in self._directory.parents else None,
        )

    def stop(self, *, keep: bool) -> None:
        """End the server; its directory goes too, unless it is kept."""
        if keep:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._guardian.dismiss()
        else:
            self._guardian.release()
            self._process.wait()

    def _initialise(self) -> None:
        """Make the data directory; with a collation that differs from code-point order if possible.

        The C collation would hide an adapter that forgets to ask for code-point order.
        """
        plain: list[str | Path] = [
            self._installation.bin / "initdb",
            *("-D", self._data, "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8", "--locale=C"),
            *("--no-sync", "--no-instructions"),
        ]
        natural = [*plain, "--locale-provider=icu", "--icu-locale=en-US"]
        # A build without ICU, or older than 15, refuses at once, before it writes anything.
        if self._run(natural) != 0 and self._run(plain) != 0:
            raise NotAvailable(f"initdb failed: {self._last_words()}")
        settings = SETTINGS | {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self._directory),
            "unix_socket_permissions": "0700",
        }
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def _run(self, argv: list[str | Path]) -> int:
        with self._log.open("wb") as log:
            options = run_as(self._account) | {"cwd": self._directory}
            return self._guardian.spawn(argv, stdout=log, stderr=log, **options).wait()

    def _start(self) -> subprocess.Popen[bytes]:
        argv: list[str | Path] = [self._installation.bin / "postgres", "-D", self._data]
        with self._log.open("wb") as log:
            options = run_as(self._account) | {"cwd": self._directory}
            process = self._guardian.spawn(argv, stdout=log, stderr=log, **options)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(process.pid):
            if time.monotonic() > deadline:
                raise NotAvailable(f"the server was not ready in time: {self._last_words()}")
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
                raise NotAvailable(f"the server did not start: {self._last_words()}")
        return process

    def _ready(self, pid: int) -> bool:
        lines = _pid_file(self._directory)
        return len(lines) > 7 and lines[0] == str(pid) and lines[7] == "ready"

    def _last_words(self) -> str:
        return " ".join(self._log.read_text(errors="replace").split()[-60:])

    def _version(self) -> str:
        said = self._installation.version(self._account) or "PostgreSQL"
        return said.replace("postgres (PostgreSQL)", "PostgreSQL").strip()

    def _opening(self) -> str:
        programs = self._installation.bin
        start = shlex.join(
            map(str, [programs / "pg_ctl", "-D", self._data, "-l", self._log, "start"])
        )
        if self._account is not None:
            start = shlex.join(["su", self._account.name, "-s", "/bin/sh", "-c", start])
        psql = shlex.join(map(str, [programs / "psql", "-h", self._directory, "-U", ADMINISTRATOR]))
        return f"{start}; {psql} -p 5432 {{name}}"


def remove_cluster(directory: str) -> None:
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


def _short_directory() -> Path:
    """Make a directory in which a socket's path is not too long."""
    directory = make_directory("postgres")
    if len(str(directory / SOCKET)) <= LONGEST_SOCKET_PATH:
        return directory
    directory.rmdir()
    return make_directory("postgres", parent=Path("/tmp"))  # noqa: S108 - of our own, and short
