"""A run to be interrupted: starts a backend, says where its database is, and waits.

Arguments: `file`, or a way to a Postgres server, which comes from HELD_POSTGRES when it is a URL.
It ends as pytest does: Ctrl-C is an exception, after which the backend is stopped.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import NoReturn

from flue_conformance.backends import Backend, FileBackend, PostgresBackend, Settings


def no_adapter(location: str, edition: str) -> NoReturn:
    raise AssertionError((location, edition))


def backend(kind: str) -> Backend:
    if kind == "file":
        return FileBackend(no_adapter, editions={"0.11"}).configure(None, Settings())
    settings = Settings(
        postgres=os.environ["HELD_POSTGRES"] if kind == "URL" else kind,
        postgres_image=os.environ["HELD_IMAGE"],
    )
    return PostgresBackend(no_adapter, editions={"0.11"}).configure(None, settings)


def main() -> None:
    # A shell has what it starts in the background ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    held = backend(sys.argv[1])
    asyncio.run(held.start())
    try:
        location = asyncio.run(held.create())
        if sys.argv[1] != "file":
            asyncio.run(held.copy(location))
        print(location, flush=True)  # noqa: T201 - for the test that started this
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    finally:
        asyncio.run(held.stop())


if __name__ == "__main__":
    main()
