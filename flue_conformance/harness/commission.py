"""The first line that a worker reads, before the protocol: what it serves, where and how."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from typing import Final

from flue_conformance.backends import Backend
from flue_conformance.bridge.standard_streams import serve_backend
from flue_conformance.harness.clocks import set_clock
from flue_conformance.harness.cuts import Cut, Cutter
from flue_conformance.harness.duty import Duty
from flue_conformance.harness.mortality import die_at_the_end_of

_STANDARD_INPUT: Final = 0


@dataclass(frozen=True, slots=True)
class Commission:
    """What one worker is told. It holds no location: that comes in `initialize`."""

    duty: Duty
    directory: str
    """Where it works: relative paths mean the same as in the process that asked for it."""
    cut: Cut | None = None
    presence: int | None = None

    def line(self) -> bytes:
        """Return the line that tells it."""
        told = {
            "duty": self.duty.as_json(),
            "directory": self.directory,
            "cut": self.cut.as_json() if self.cut else None,
            "presence": self.presence,
        }
        return json.dumps(told).encode("ascii") + b"\n"

    @classmethod
    def received(cls) -> Commission:
        """Read it from standard input, and nothing more."""
        line = bytearray()
        while not line.endswith(b"\n"):
            piece = os.read(_STANDARD_INPUT, 1)
            if not piece:
                os._exit(0)
            line += piece
        told = json.loads(line)
        cut = Cut.of_json(told["cut"]) if told["cut"] else None
        return cls(Duty.of_json(told["duty"]), told["directory"], cut, told["presence"])


def fulfil(commission: Commission, backend: Backend, version: str) -> None:
    """Be the worker, until nobody is at the other end."""
    os.chdir(commission.directory)
    if commission.presence is not None:
        die_at_the_end_of(commission.presence)
    cut = commission.cut
    boundary = Cutter(cut, lambda: os.killpg(os.getpgrp(), cut.signal)) if cut else None
    serve_backend(backend, version, boundary=boundary)


def main() -> None:
    """Be a worker in a process of its own, which has imported nothing yet."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_clock()
    commission = Commission.received()
    duty = commission.duty
    fulfil(commission, duty.backend(), duty.version())
