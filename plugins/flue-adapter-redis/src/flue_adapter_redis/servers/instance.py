"""A Redis server process of our own, and the folder that holds its data."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from redis.exceptions import AuthenticationError, RedisError

from flue_adapter_redis.servers.administration import ask
from flue_conformance.backends import Guardian, NotAvailable, make_directory, remove_directories

PROGRAM: Final = "redis-server"
START_S: Final = 60.0
POLL_S: Final = 0.005
SETTINGS: Final[Mapping[str, str]] = {
    # What durability takes; the rest is as it is by default.
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    # Snapshots besides would be made again and again.
    "save": '""',
    "port": "0",
}


class Instance:
    """A server that a socket in its folder leads to, and a port where the settings have one.

    What is left of it goes with this process. Raises `NotAvailable` without a `redis-server`.
    """

    def __init__(self, settings: Mapping[str, str], *, parent: Path | None = None) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise NotAvailable(
                f"{PROGRAM} is not on the PATH: install Redis (Debian: apt-get install {PROGRAM}), "
                "or name a server that is there, as in --flue-adapter=redis:redis://host:6379/0"
            )
        self._program = program
        self.directory = make_directory("redis", parent=parent)
        self.socket = self.directory / "socket"
        self._log = self.directory / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._removed = False
        self._guardian = Guardian(remove_directories, str(self.directory))
        self._configure({**SETTINGS, **settings})

    @property
    def url(self) -> str:
        """The URL of its socket, for those who need no password."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start the process on the data that there is; returns when it takes commands."""
        argv = [self._program, str(self.directory / "redis.conf")]
        with self._log.open("ab") as log:
            process = self._guardian.spawn(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._process = process
        deadline = time.monotonic() + START_S
        while not self._ready():
            if time.monotonic() > deadline:
                raise NotAvailable(f"{PROGRAM} was not ready in time: {self._last_words()}")
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
                raise NotAvailable(f"{PROGRAM} did not start: {self._last_words()}")

    def kill(self) -> None:
        """Kill the process with no warning; returns when it is gone."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.wait()

    def keep(self) -> None:
        """Stop the server and leave its data behind."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._guardian.dismiss()

    def remove(self) -> None:
        """End the server and leave nothing; repeating is fine."""
        if self._removed:
            return
        self._removed = True
        self._guardian.release()
        if self._process is not None:
            self._process.wait()

    def _configure(self, settings: Mapping[str, str]) -> None:
        # In a file, for a command line is for everybody to read.
        configuration = self.directory / "redis.conf"
        configuration.touch(mode=0o600)
        own = {"dir": str(self.directory), "unixsocket": str(self.socket)}
        lines = [f"{name} {value}\n" for name, value in {**settings, **own}.items()]
        configuration.write_text("".join(lines))

    def _ready(self) -> bool:
        """Tell whether it takes commands, if only to ask for a password; it may still load."""
        try:
            return bool(ask(self.url, "PING"))
        except AuthenticationError:
            return True
        except (RedisError, OSError):
            return False

    def _last_words(self) -> str:
        return " ".join(self._log.read_text(errors="replace").split()[-60:])
