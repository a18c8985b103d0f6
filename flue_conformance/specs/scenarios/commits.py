"""Which of a call's requests to a server commit, whatever the product and the adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from flue_conformance.harness import Lost, Proxy
from flue_conformance.specs.scenarios.outages import persistently
from flue_conformance.specs.support.limits import Limits

_LOOKS: Final = 10
"""How many looks fit into the time in which what must happen has happened."""


async def losses(
    proxy: Proxy,
    call: Callable[[], Awaitable[object]],
    seen: Callable[[], Awaitable[object]],
    limits: Limits,
) -> list[tuple[int, Lost]]:
    """Make a call that finds no connection; returns what to lose of it, each by its request.

    Before the answer to a request goes on, the database is looked at: where it has changed, that
    request has committed. Losses are such a request, its answer and the one before, and the last
    answer of all. Where nobody can look, since readers wait for writers or the call blocks the
    loop, each request may be the one.
    """
    changes: dict[int, bool] = {}
    state = await seen()

    looking = asyncio.Lock()

    async def look(number: int) -> None:
        nonlocal state
        async with looking:
            now = await seen()
            changes[number - begun] = now != state
            state = now

    proxy.cut()
    begun = proxy.requests
    with proxy.watched(look, limits.settle / _LOOKS):
        await persistently(call, limits, "a call that finds its connections ended")
    last = proxy.requests - begun
    changes[last] = changes.get(last, True) or await seen() != state
    commits = [number for number in range(1, last + 1) if changes.get(number, True)]
    answers = {last, *commits, *(number - 1 for number in commits if number > 1)}
    return [
        *((number, Lost.ANSWER) for number in sorted(answers)),
        *((number, Lost.REQUEST) for number in commits),
    ]
