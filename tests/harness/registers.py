"""Histories of registers that are read, written and compared by several clients at once."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from flue_conformance.harness import Operation

Call: TypeAlias = tuple[str, int, int]
"""`read`, `write` or `swap`, the value to write, and the one that a swap expects."""

_VALUES: Final = 5
_LONGEST: Final = 100


class Registers:
    """Registers that hold 0 at first."""

    def initial(self, key: object) -> int:
        """Return what a register holds at first."""
        del key
        return 0

    def after(self, state: int, operation: Operation[Call]) -> Iterable[int]:
        """Return what it may hold after an operation."""
        came_back, held = applied(state, operation.call)
        known = operation.ended is not None
        return (held,) if not known or operation.outcome == came_back else ()

    def alters(self, operation: Operation[Call]) -> bool:
        """Return whether an operation may write."""
        return operation.call[0] != "read"


def applied(state: int, call: Call) -> tuple[int | bool, int]:
    """Return what a call returns, and what the register holds then."""
    name, value, expected = call
    if name == "read":
        return state, state
    if name == "write":
        return True, value
    return (True, value) if state == expected else (False, state)


def history(
    count: int, *, clients: int, keys: int, unknown: float, seed: int
) -> list[Operation[Call]]:
    """Return a history that some order explains: each call takes effect amid its time."""
    chance = random.Random(seed)
    held = dict.fromkeys(range(keys), 0)
    free = [(0, client) for client in range(clients)]
    begun: list[tuple[int, int, int, int, Call]] = []
    for _ in range(count):
        at, client = heapq.heappop(free)
        began = at + chance.randint(1, _LONGEST)
        effect = began + chance.randint(1, _LONGEST)
        ended = effect + chance.randint(1, _LONGEST)
        call = (
            chance.choice(("read", "write", "swap")),
            chance.randrange(_VALUES),
            chance.randrange(_VALUES),
        )
        begun.append((effect, began, ended, client, call))
        heapq.heappush(free, (ended, client))
    told = []
    for _, began, ended, client, call in sorted(begun):
        key = chance.randrange(keys)
        lost = chance.random() < unknown
        if lost and chance.random() < 0.5:
            told.append(Operation(str(client), key, call, began))
            continue
        came_back, held[key] = applied(held[key], call)
        told.append(
            Operation(
                str(client), key, call, began, None if lost else ended, None if lost else came_back
            )
        )
    return told


def corrupted(operations: Sequence[Operation[Call]], seed: int) -> list[Operation[Call]]:
    """Return the history with a value read that no register ever held, in its second half."""
    chance = random.Random(seed)
    half = len(operations) // 2
    reads = [
        place
        for place in range(half, len(operations))
        if operations[place].call[0] == "read" and operations[place].certain
    ]
    place = chance.choice(reads)
    changed = replace(operations[place], outcome=_VALUES)
    return [*operations[:place], changed, *operations[place + 1 :]]
