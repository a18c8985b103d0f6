"""Lines of bytes over two file descriptors, read and written on the running event loop."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable
from typing import Final

from flue_conformance.bridge.errors import MessageTooLong

LONGEST: Final = 512 * 1024 * 1024
"""How many bytes a line may have, without its end."""

_READ_AT_ONCE: Final = 256 * 1024
_HEAD: Final = 256
"""How much of a line that is too long is handed on, to tell whose it was."""


class Channel:
    """One end of a bridge: sends lines in order, and hands on those that come.

    A line longer than `longest` is not kept: `too_long` gets its beginning. The descriptors may be
    one and the same; they belong to the channel.
    """

    def __init__(self, reading: int, writing: int, *, longest: int = LONGEST) -> None:
        self._reading = reading
        self._writing = writing
        self._longest = longest
        self._loop: asyncio.AbstractEventLoop | None = None
        self._parts: list[bytes] = []
        self._length = 0
        self._unsent = bytearray()
        self.closed = False
        for descriptor in {reading, writing}:
            if not os.isatty(descriptor):
                os.set_blocking(descriptor, False)

    def open(
        self,
        came: Callable[[bytes], None],
        too_long: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        """Hand on what comes from now on, in the running loop.

        `ended` is called once nothing comes any more; what is sent then may still arrive.
        """
        self._came, self._too_long, self._ended = came, too_long, ended
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._reading, self._read)

    def fits(self, line: bytes) -> bool:
        """Return whether a line, which has its end, is no longer than lines may be."""
        return len(line) <= self._longest + 1

    def send(self, line: bytes) -> None:
        """Send a line, which has its end, unless the channel is closed; returns at once.

        Raises `MessageTooLong`.
        """
        if not self.fits(line):
            raise MessageTooLong(
                f"A message of {len(line)} bytes is longer than the {self._longest} of the bridge."
            )
        if self.closed:
            return
        if self._unsent:
            self._unsent += line
            return
        sent = self._send_some(line)
        if sent < len(line):
            self._unsent += line[sent:]
            if self._loop is not None:
                self._loop.add_writer(self._writing, self._write)

    def flush(self) -> None:
        """Wait until everything is sent; blocks."""
        while self._unsent and not self.closed:
            waiting = select.poll()
            waiting.register(self._writing, select.POLLOUT)
            waiting.poll()
            self._write()

    def close(self) -> None:
        """Let go of the descriptors; repeating is fine."""
        if self.closed:
            return
        self.closed = True
        self._unsent.clear()
        self._parts.clear()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._reading)
            self._loop.remove_writer(self._writing)
        for descriptor in {self._reading, self._writing}:
            os.close(descriptor)

    def _send_some(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._writing, data)
        except BlockingIOError:
            return 0
        except OSError:
            # What the other side sent before it went is read first; its end tells the rest.
            return len(data)

    def _write(self) -> None:
        del self._unsent[: self._send_some(self._unsent)]
        if not self._unsent and self._loop is not None:
            self._loop.remove_writer(self._writing)

    def _read(self) -> None:
        try:
            data = os.read(self._reading, _READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            assert self._loop is not None
            self._loop.remove_reader(self._reading)
            self._ended()
            return
        begin = 0
        while (end := data.find(b"\n", begin)) >= 0:
            self._hand_on(data[begin:end])
            if self.closed:
                return
            begin = end + 1
        if begin < len(data):
            self._keep(data[begin:] if begin else data)

    def _hand_on(self, rest: bytes) -> None:
        self._keep(rest)
        line, length = b"".join(self._parts), self._length
        self._parts.clear()
        self._length = 0
        if length > self._longest:
            self._too_long(line[:_HEAD])
        elif line:
            self._came(line)

    def _keep(self, part: bytes) -> None:
        self._parts.append(part)
        self._length += len(part)
        if self._length > self._longest:
            self._parts[:] = [b"".join(self._parts)[:_HEAD]]
