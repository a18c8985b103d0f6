"""Calls that begin together, and what became of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

from flue_conformance.contract import Storage, kind_of
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.progress import count

T = TypeVar("T")

ROUNDS: Final = 6
"""How often the handles of one process race for the same thing."""

ROUNDS_APART: Final = 18
"""How often processes do: theirs begin less exactly together. A fixture, `rounds`, scales it."""

_PAUSE_S = 0.005

_limits = Limits()


def be_patient(limits: Limits) -> None:
    """Have contention of this process end within the limits."""
    global _limits  # noqa: PLW0603 - races are made in places that know no limits
    _limits = limits


@dataclass(frozen=True, slots=True)
class Racer(Generic[T]):
    """What became of one racing call.

    `tries` counts how often it was made: contention may raise `Storage`, after which the outcome of
    that try is unknown and the call is made again (section 0.1 of the contract).
    """

    tries: int
    value: T | None = None
    error: Exception | None = None


async def together(calls: Iterable[Callable[[], Awaitable[T]]]) -> list[Racer[T]]:
    """Make the calls begin at once and return what became of each, in the given order."""
    count("races")
    racing = list(calls)
    barrier = asyncio.Barrier(len(racing))

    async def race(call: Callable[[], Awaitable[T]]) -> Racer[T]:
        await barrier.wait()
        return await through_contention(call)

    return list(await asyncio.gather(*(race(call) for call in racing)))


def is_storage(error: Exception) -> bool:
    """Return whether an error may be contention's: it is of no kind that the contract names.

    What is not implemented yet will not be in a moment.
    """
    return kind_of(error) == Storage.kind and not isinstance(error, NotImplementedError)


async def through_contention(
    call: Callable[[], Awaitable[T]], contended: Callable[[Exception], bool] = is_storage
) -> Racer[T]:
    """Make a call again while it raises what contention may raise, for a bounded time."""
    deadline = time.monotonic() + _limits.contention
    tries = 0
    while True:
        tries += 1
        try:
            return Racer(tries, value=await call())
        except BrokenRule:
            raise
        except Exception as error:  # noqa: BLE001 - adapters may raise anything
            if not contended(error) or time.monotonic() > deadline:
                return Racer(tries, error=error)
            await asyncio.sleep(_PAUSE_S)


async def attempted(call: Callable[[], Awaitable[T]]) -> Racer[T]:
    """Make a call once that may be refused, and return what became of it."""
    try:
        return Racer(1, value=await call())
    except BrokenRule:
        raise
    except Exception as error:  # noqa: BLE001 - adapters may raise anything
        return Racer(1, error=error)


async def outlasting(
    call: Callable[[], Awaitable[T]], contended: Callable[[Exception], bool] = is_storage
) -> T:
    """Return what the call returns once contention is over; raises what it raises in the end."""
    racer = await through_contention(call, contended)
    if racer.error:
        raise racer.error
    return cast("T", racer.value)


def values(racers: Sequence[Racer[T]]) -> list[T | None]:
    """Return what the calls returned that did not raise."""
    return [racer.value for racer in racers if racer.error is None]


def errors(racers: Sequence[Racer[T]]) -> list[Exception]:
    """Return the errors of the calls that raised in the end."""
    return [racer.error for racer in racers if racer.error is not None]


def only_winner(
    racers: Sequence[Racer[T]], won: Callable[[T | None], bool], about: str
) -> int | None:
    """Return the position of the one call that won a race for something that can be had once.

    None: whoever won is not known, because a try that raised may have happened. Raises
    `BrokenRule` when several calls won, or none did although every outcome is known; raises what
    an adapter raised to the end of our patience.
    """
    winners = [place for place, racer in enumerate(racers) if not racer.error and won(racer.value)]
    if len(winners) > 1:
        raise BrokenRule(
            about=about, came_back=f"{len(winners)} of {len(racers)}", expected="exactly one"
        )
    if winners:
        return winners[0]
    for racer in racers:
        if racer.error and kind_of(racer.error) == Storage.kind:
            raise racer.error
    if all(racer.tries == 1 and not racer.error for racer in racers):
        raise BrokenRule(about=about, came_back=f"none of {len(racers)}", expected="exactly one")
    return None
