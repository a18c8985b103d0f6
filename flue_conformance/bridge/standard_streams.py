"""Serving over standard input and output, which then belong to the protocol alone."""

from __future__ import annotations

import asyncio
import os
import selectors

from flue_conformance.backends import Backend
from flue_conformance.bridge.channel import Channel
from flue_conformance.bridge.host import serve
from flue_conformance.bridge.peer import Boundary


def serve_backend(
    backend: Backend,
    version: str,
    *,
    location: str | None = None,
    edition: str | None = None,
    boundary: Boundary | None = None,
) -> None:
    """Serve adapters of a backend over standard input and output, until the input ends.

    Whatever else writes to standard output writes to standard error. `version` is that of its
    distribution; `location` and `edition` stand for what `initialize` leaves out.
    """
    identity = {
        "name": backend.label,
        "version": version,
        "editions": sorted(backend.editions),
        "durability": str(backend.durability),
    }
    serving = serve(
        Channel(*_taken()),
        backend.adapter,
        identity,
        location=location,
        edition=edition,
        boundary=boundary,
    )
    loop = _loop()
    # An adapter that stops the loop ends the process: nothing tidies by running it once more.
    loop.run_until_complete(serving)
    loop.close()


def _taken() -> tuple[int, int]:
    """Return private copies of the standard streams, with harmless ones in their place."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return reading, writing


def _loop() -> asyncio.AbstractEventLoop:
    # Unlike epoll it also waits for input that is a file.
    return asyncio.SelectorEventLoop(getattr(selectors, "PollSelector", selectors.SelectSelector)())
