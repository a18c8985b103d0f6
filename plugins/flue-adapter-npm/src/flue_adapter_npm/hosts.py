"""Node processes that serve adapters to this one."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections import defaultdict
from contextlib import suppress
from typing import Final

from flue_adapter_npm.target import Target
from flue_conformance.backends import NotAvailable
from flue_conformance.backends.scratch import make_directory, remove_directories
from flue_conformance.bridge import Channel, PeerGone, RemoteAdapter

_ANSWER_S: Final = 10.0
"""How long a Node may take between two specs to answer anything at all."""
_LAST_BYTES: Final = 8192
_LAST_LINES: Final = 20
_ANYTHING: Final = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}\n'


class Hosts:
    """Makes adapters in Node, and ends those of a location together.

    One Node serves them all, over a connection each; one that exports an adapter object, instead of
    what makes one, has a Node for each. With `careless` they meet a caller that shares objects and
    changes them.
    """

    def __init__(self, target: Target, *, careless: bool = False) -> None:
        self._target = target
        self._careless = careless
        self._shared: Host | None = None
        self._open: dict[str, list[tuple[RemoteAdapter, Host]]] = defaultdict(list)

    def adapter(self, location: str, edition: str) -> RemoteAdapter:
        """Return a new adapter on a location."""
        host = self._host()
        adapter = RemoteAdapter(
            host.connect(), location, edition, gone=host.gone, careless=self._careless
        )
        self._open[location].append((adapter, host))
        return adapter

    def release(self, location: str) -> None:
        """End the adapters on a location; on the loop on which they were used, or none."""
        for adapter, host in self._open.pop(location, ()):
            adapter.end(PeerGone("The adapter was let go.", intended=True))
            if host is not self._shared:
                host.end()

    def check(self) -> None:
        """End a Node that does not answer any more; blocks for as long as that takes."""
        if self._shared is not None and not self._shared.answers():
            self._end_shared()

    def end(self) -> None:
        """End everything; what is asked for afterwards begins anew."""
        for location in [*self._open]:
            self.release(location)
        self._end_shared()

    def _end_shared(self) -> None:
        if self._shared is not None:
            self._shared.end()
            self._shared = None

    def _host(self) -> Host:
        if not self._target.description.is_factory:
            return Host(self._target, careless=self._careless)
        if self._shared is not None and not self._shared.lives:
            self._end_shared()
        if self._shared is None:
            self._shared = Host(self._target, careless=self._careless)
        return self._shared


class Host:
    """One Node, which serves an adapter to each connection. It ends with this process."""

    def __init__(self, target: Target, *, careless: bool) -> None:
        self._label = target.label
        self._folder = make_directory("npm")
        self._path = str(self._folder / "socket")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the host
        command = target.command("--socket", self._path, careless=careless)
        self._process = subprocess.Popen(  # noqa: S603 - Node, and our own program
            list(command.argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **command.env},
            process_group=0,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            said = self._last_words()
            self.end()
            raise NotAvailable(f"Node did not begin to serve {self._label}: {said}")

    @property
    def lives(self) -> bool:
        """Whether the process goes on."""
        return self._process.poll() is None

    def connect(self) -> Channel:
        """Return a new connection."""
        connection = self._connected()
        connection.setblocking(False)
        descriptor = connection.detach()
        return Channel(descriptor, descriptor)

    def answers(self) -> bool:
        """Tell whether it takes a connection and answers, whatever; blocks for that long."""
        try:
            with self._connected() as connection:
                connection.sendall(_ANYTHING)
                return bool(connection.recv(1))
        except OSError:
            return False

    def gone(self) -> PeerGone:
        """Return why calls are not answered any more."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.poll()
        how = "goes on" if status is None else f"ended with status {status}"
        return PeerGone(f"The Node of {self._label} {how}. It wrote:\n{self._last_words()}")

    def end(self) -> None:
        """Kill the process; repeating is fine."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._errors.close()
        remove_directories(str(self._folder))

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_ANSWER_S)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return connection

    def _last_words(self) -> str:
        size = self._errors.seek(0, 2)
        self._errors.seek(max(0, size - _LAST_BYTES))
        lines = self._errors.read().decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])
